#include "tools/spawn.h"

#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "absl/cleanup/cleanup.h"

extern char** environ;

namespace daybook::tools {
namespace {

// Pointers to the strings of `list`, as exec wants them.
std::vector<char*> Pointers(std::vector<std::string>& list) {
  std::vector<char*> pointers;
  pointers.reserve(list.size() + 1);
  for (std::string& text : list) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Those of ours that are neither in `unset` nor in `set`, and `set`.
std::vector<char*> Environment(const std::vector<std::string>& unset,
                               std::vector<std::string>& set) {
  std::vector<char*> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    const auto sets = [name](std::string_view other) {
      return other.substr(0, other.find('=')) == name;
    };
    if (std::ranges::find(unset, name) == unset.end() &&
        std::ranges::none_of(set, sets)) {
      all.push_back(*entry);
    }
  }
  for (std::string& one : set) all.push_back(one.data());
  all.push_back(nullptr);
  return all;
}

}  // namespace

int Spawn(std::vector<std::string> arguments, SpawnOptions options,
          pid_t* pid) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  const absl::Cleanup destroy = [&] {
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
  };
  const auto give = [&actions](int ours, int theirs) {
    if (ours >= 0) posix_spawn_file_actions_adddup2(&actions, ours, theirs);
  };
  give(options.input, STDIN_FILENO);
  give(options.output, STDOUT_FILENO);
  give(options.errors, STDERR_FILENO);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setpgroup(&attributes, 0);
  const int group = options.own_group ? POSIX_SPAWN_SETPGROUP : 0;
  posix_spawnattr_setflags(&attributes,
                           static_cast<short>(POSIX_SPAWN_SETSIGDEF | group));
  return posix_spawnp(pid, arguments.front().c_str(), &actions, &attributes,
                      Pointers(arguments).data(),
                      Environment(options.unset, options.set).data());
}

}  // namespace daybook::tools
