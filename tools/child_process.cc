#include "tools/child_process.h"

#include <fcntl.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "store/strings.h"

extern char** environ;

namespace daybook::tools {
namespace {

std::string ErrnoText(int error) { return std::strerror(error); }

// Pointers to the strings of `list`, as exec wants them.
std::vector<char*> Pointers(std::vector<std::string>& list) {
  std::vector<char*> pointers;
  pointers.reserve(list.size() + 1);
  for (std::string& text : list) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// This process's environment without `unset`. The pointers are its own.
std::vector<char*> EnvironmentWithout(const std::vector<std::string>& unset) {
  std::vector<char*> kept;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    if (std::find(unset.begin(), unset.end(), name) == unset.end()) {
      kept.push_back(*entry);
    }
  }
  kept.push_back(nullptr);
  return kept;
}

void CloseIfOpen(int& file) {
  if (file >= 0) close(file);
  file = -1;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(
    std::vector<std::string> arguments, const ChildProcessOptions& options) {
  auto child = std::unique_ptr<ChildProcess>(new ChildProcess());
  child->name_ = arguments.front();
  child->errors_ = std::tmpfile();
  if (child->errors_ == nullptr) {
    return absl::UnavailableError(
        absl::StrCat("no temporary file: ", ErrnoText(errno)));
  }
  std::array<int, 2> ends = {-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return absl::UnavailableError(absl::StrCat("no pipe: ", ErrnoText(errno)));
  }
  child->output_ = ends[0];
  const absl::Cleanup close_write_end = [&ends] { close(ends[1]); };

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
                                   O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(child->errors_),
                                   STDERR_FILENO);
  // The child must not inherit that we ignore a closed pipe.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);

  std::vector<char*> environment = EnvironmentWithout(options.unset);
  const int error =
      posix_spawnp(&child->pid_, child->name_.c_str(), &actions, &attributes,
                   Pointers(arguments).data(), environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    child->pid_ = -1;
    const std::string message =
        absl::StrCat("can't run ", child->name_, ": ", ErrnoText(error));
    return error == ENOENT ? absl::NotFoundError(message)
                           : absl::UnavailableError(message);
  }
  return child;
}

ChildProcess::~ChildProcess() {
  CloseIfOpen(output_);
  if (pid_ > 0) {
    kill(pid_, SIGTERM);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  if (errors_ != nullptr) std::fclose(errors_);
}

absl::StatusOr<size_t> ChildProcess::Read(char* buffer, size_t size) {
  while (true) {
    const ssize_t count = read(output_, buffer, size);
    if (count >= 0) return static_cast<size_t>(count);
    if (errno != EINTR) {
      return absl::UnavailableError(
          absl::StrCat("can't read from ", name_, ": ", ErrnoText(errno)));
    }
  }
}

absl::Status ChildProcess::Wait() {
  CloseIfOpen(output_);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0) {
    if (errno != EINTR) return absl::InternalError(ErrnoText(errno));
  }
  pid_ = -1;
  if (WIFEXITED(status)) exit_status_ = WEXITSTATUS(status);
  if (exit_status_ == 0) return absl::OkStatus();
  const std::string how =
      exit_status_.has_value()
          ? absl::StrCat("ended with status ", *exit_status_)
          : absl::StrCat("was ended by signal ", WTERMSIG(status));
  const std::string text = ErrorText();
  return absl::FailedPreconditionError(
      absl::StrCat(name_, " ", how, text.empty() ? "" : ": ", text));
}

std::string ChildProcess::ErrorText() const {
  constexpr off_t kKept = 4096;
  const int file = fileno(errors_);
  const off_t size = lseek(file, 0, SEEK_END);
  std::string text(static_cast<size_t>(std::clamp<off_t>(size, 0, kKept)), 0);
  const ssize_t count = pread(file, text.data(), text.size(),
                              size - static_cast<off_t>(text.size()));
  text.resize(static_cast<size_t>(std::max<ssize_t>(count, 0)));
  absl::StripAsciiWhitespace(&text);
  // It goes into a status, and from there to a terminal.
  return IsUtf8(text) ? text : Quoted(text);
}

absl::StatusOr<std::string> RunProgram(std::vector<std::string> arguments,
                                       const ChildProcessOptions& options,
                                       size_t output_bytes_max) {
  DAYBOOK_ASSIGN_OR_RETURN(auto child,
                           ChildProcess::Start(std::move(arguments), options));
  std::string output;
  std::array<char, 4096> buffer;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const size_t count,
                             child->Read(buffer.data(), buffer.size()));
    if (count == 0) break;
    if (output.size() + count > output_bytes_max) {
      return absl::ResourceExhaustedError(
          absl::StrCat("more than ", output_bytes_max, " bytes of output"));
    }
    output.append(buffer.data(), count);
  }
  DAYBOOK_RETURN_IF_ERROR(child->Wait());
  return output;
}

}  // namespace daybook::tools
