// ChildProcess runs a program, without a shell, and reads what it prints.
//
//   auto git = ChildProcess::Start({"git", "-C", repository, "log"}, {});
//   if (!git.ok()) return git.status();
//   ... (*git)->Read(buffer, size) until it gives 0 ...
//   return (*git)->Wait();
//
// What the program writes to its standard error is kept and becomes part of
// the status when it fails.

#ifndef DAYBOOK_TOOLS_CHILD_PROCESS_H_
#define DAYBOOK_TOOLS_CHILD_PROCESS_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace daybook::tools {

struct ChildProcessOptions {
  // Names of environment variables that the child must not inherit.
  std::vector<std::string> unset;
};

// Not thread-safe.
class ChildProcess {
 public:
  // Starts `arguments[0]`, looked for in PATH. Its standard input is empty.
  // REQUIRES: !arguments.empty().
  // Errors: kNotFound if there is no such program; kUnavailable if the machine
  // has no room for another process.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(
      std::vector<std::string> arguments, const ChildProcessOptions& options);

  // Ends the program (SIGTERM) if it still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // Reads 1 to `size` bytes of the standard output into `buffer` and returns
  // how many; 0 at its end. Waits for them.
  absl::StatusOr<size_t> Read(char* buffer, size_t size);

  // Waits for the program's end: OK if its status is 0, else
  // kFailedPrecondition with the last lines of its standard error.
  // REQUIRES: Read() returned 0, and Wait() was not called before.
  absl::Status Wait();
  // What Wait() found: the status the program ended with; nothing before, and
  // where a signal ended it.
  std::optional<int> exit_status() const { return exit_status_; }

 private:
  ChildProcess() = default;

  // The last few kilobytes of the standard error, trimmed.
  std::string ErrorText() const;

  std::string name_;
  pid_t pid_ = -1;
  int output_ = -1;
  std::optional<int> exit_status_;
  // A file rather than a pipe: nobody has to read it while the program runs.
  std::FILE* errors_ = nullptr;
};

// Runs a program and returns its whole standard output. For short ones.
// Errors: as ChildProcess; kResourceExhausted above `output_bytes_max`.
absl::StatusOr<std::string> RunProgram(std::vector<std::string> arguments,
                                       const ChildProcessOptions& options,
                                       size_t output_bytes_max = 1 << 20);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_CHILD_PROCESS_H_
