#include "tools/child_process.h"

#include <fcntl.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "store/strings.h"
#include "tools/spawn.h"

namespace daybook::tools {
namespace {

std::string ErrnoText(int error) { return std::strerror(error); }

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

  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing < 0) {
    return absl::UnavailableError(
        absl::StrCat("no /dev/null: ", ErrnoText(errno)));
  }
  const absl::Cleanup close_nothing = [nothing] { close(nothing); };
  SpawnOptions spawn;
  spawn.input = nothing;
  spawn.output = ends[1];
  spawn.errors = fileno(child->errors_);
  spawn.unset = options.unset;
  const int error = Spawn(std::move(arguments), std::move(spawn), &child->pid_);
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
