#include "tools/event_command.h"

#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/time/clock.h"
#include "daybook/store/runtime.h"
#include "tools/text.h"

extern char** environ;

namespace daybook::tools {
namespace {

// How soon the end of a command is seen, at first and when it takes long.
constexpr absl::Duration kFirstPause = absl::Microseconds(500);
constexpr absl::Duration kLongestPause = absl::Milliseconds(20);

absl::Status Failed(std::string_view what) {
  return absl::UnavailableError(Concat(what, ": ", std::strerror(errno)));
}

// Ours, but for what begins like one of `ours`, and those.
std::vector<char*> Environment(std::vector<std::string>& ours) {
  std::vector<char*> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('=') + 1);
    const bool is_ours = std::ranges::any_of(
        ours, [&](const std::string& one) { return one.starts_with(name); });
    if (!is_ours) all.push_back(*entry);
  }
  for (std::string& one : ours) all.push_back(one.data());
  all.push_back(nullptr);
  return all;
}

// A file without a name that holds `text`, to be read from its beginning. Not a
// pipe: nobody has to write while the command reads, or does not.
absl::Status Fill(std::FILE* file, std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file) != text.size() ||
      std::fflush(file) != 0) {
    return Failed("can't write a temporary file");
  }
  std::rewind(file);
  return absl::OkStatus();
}

absl::Status StatusOf(int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      WIFEXITED(status)
          ? Concat("the command ended with status ", WEXITSTATUS(status))
          : Concat("the command was ended by signal ", WTERMSIG(status)));
}

}  // namespace

absl::Status EventCommand::Run(const EventView& event, uint32_t attempt,
                               std::string_view json,
                               absl::FunctionRef<void()> alive) const {
  std::FILE* const input = std::tmpfile();
  if (input == nullptr) return Failed("no temporary file");
  const absl::Cleanup close_input = [input] { std::fclose(input); };
  absl::Status filled = Fill(input, Concat(json, "\n"));
  if (!filled.ok()) return filled;

  std::vector<std::string> ours = {
      Concat("DAYBOOK_STORE=", store_path_),
      Concat("DAYBOOK_SUBSCRIPTION=", subscription_),
      Concat("DAYBOOK_ATTEMPT=", attempt),
      Concat("DAYBOOK_POSITION=", event.position.value()),
      Concat("DAYBOOK_STREAM=", event.stream),
      Concat("DAYBOOK_REVISION=", event.revision.value()),
      Concat("DAYBOOK_TYPE=", event.type),
      Concat("DAYBOOK_ID=", event.id.ToString())};
  std::string shell = "sh";
  std::string flag = "-c";
  std::string command = command_;
  const std::array<char*, 4> arguments = {shell.data(), flag.data(),
                                          command.data(), nullptr};

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, fileno(input), STDIN_FILENO);
  // A group of its own, so that all of it can be ended and Ctrl-C lets it
  // finish. It must not inherit that we ignore a closed pipe.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, "sh", &actions, &attributes,
                                 arguments.data(), Environment(ours).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    errno = error;
    return Failed("can't run sh");
  }

  const absl::Duration begin = Clock::System()->Monotonic();
  absl::Duration pause = kFirstPause;
  bool is_late = false;
  while (true) {
    int status = 0;
    const pid_t ended = waitpid(pid, &status, is_late ? 0 : WNOHANG);
    if (ended == pid) {
      if (!is_late) return StatusOf(status);
      return absl::DeadlineExceededError(Concat("the command took longer than ",
                                                absl::FormatDuration(timeout_),
                                                " and was ended"));
    }
    if (ended < 0 && errno != EINTR) return Failed("can't wait for sh");
    if (Clock::System()->Monotonic() - begin >= timeout_) {
      kill(-pid, SIGKILL);
      is_late = true;
      continue;
    }
    alive();
    absl::SleepFor(pause);
    pause = std::min(2 * pause, kLongestPause);
  }
}

}  // namespace daybook::tools
