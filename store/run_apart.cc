#include "store/run_apart.h"

#include <fcntl.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "store/out_of_memory.h"
#include "store/store_folder.h"
#include "store/strings.h"

namespace daybook {
namespace {

using Work = absl::FunctionRef<absl::StatusOr<std::string>()>;

// What goes through the pipe: the code of the status, then the result or the
// message.
std::string Encode(const absl::StatusOr<std::string>& result) {
  std::string text(1, static_cast<char>(result.status().code()));
  text += result.ok() ? *result : std::string(result.status().message());
  return text;
}

absl::StatusOr<std::string> Decode(std::string_view text) {
  if (text.empty()) {
    return absl::InternalError("the process that opened the log said nothing");
  }
  const auto code = static_cast<absl::StatusCode>(text.front());
  text.remove_prefix(1);
  if (code != absl::StatusCode::kOk) return absl::Status(code, ToAbsl(text));
  return std::string(text);
}

// The copy: never returns, and lets nothing out that is thrown.
[[noreturn]] void BeTheCopy(pid_t parent, int out, Work work) noexcept {
  // Nothing is left of it when the process is killed: neither itself nor the
  // locks that came with its files.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  close_range(STDERR_FILENO + 1, static_cast<unsigned>(out) - 1, 0);
  close_range(static_cast<unsigned>(out) + 1, UINT_MAX, 0);
  // Neither a core file nor what a library says as it dies.
  const rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere >= 0) dup2(nowhere, STDERR_FILENO);
  EndWhenOutOfMemory();
  const std::string result = Encode(work());
  std::string_view left = result;
  while (!left.empty()) {
    const ssize_t count = write(out, left.data(), left.size());
    if (count < 0 && errno != EINTR) _exit(1);
    if (count > 0) left.remove_prefix(static_cast<size_t>(count));
  }
  _exit(0);
}

// What a process sends itself, in code that does what it must not.
bool IsOfItsOwnDoing(int signal) {
  return signal == SIGSEGV || signal == SIGABRT || signal == SIGBUS ||
         signal == SIGILL || signal == SIGFPE || signal == SIGTRAP ||
         signal == SIGSYS;
}

// `status`: of waitpid(), not of one that ended by itself.
absl::Status DeathOf(int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == kOutOfMemoryStatus) {
    return absl::ResourceExhaustedError(
        "the process that opened the log had too little memory");
  }
  if (WIFEXITED(status)) {
    return absl::UnavailableError(
        absl::StrCat("the process that opened the log ended with status ",
                     WEXITSTATUS(status)));
  }
  const int signal = WTERMSIG(status);
  if (IsOfItsOwnDoing(signal)) {
    return absl::DataLossError(absl::StrCat(
        "the process that opened the log ended by signal ", signal));
  }
  return absl::UnavailableError(absl::StrCat(
      "the process that opened the log was ended from outside, by signal ",
      signal,
      signal == SIGKILL ? " (as Linux does where memory runs out)" : ""));
}

}  // namespace

absl::StatusOr<std::string> RunApart(Work work) {
  std::array<int, 2> ends;
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return ErrnoStatus(errno, "make a pipe");
  }
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) BeTheCopy(parent, ends[1], work);
  const int error = errno;
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    return absl::UnavailableError(
        absl::StrCat("no further process: ", ErrnoStatus(error, "").message()));
  }
  std::string result;
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t count = read(ends[0], buffer.data(), buffer.size());
    if (count == 0 || (count < 0 && errno != EINTR)) break;
    if (count > 0) result.append(buffer.data(), static_cast<size_t>(count));
  }
  close(ends[0]);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    return Decode(result);
  }
  return DeathOf(status);
}

}  // namespace daybook
