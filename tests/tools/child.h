// The daybook program itself, run as a child process.
//
//   Child child({"import", "events", "-"}, {});
//   child.Write("...");
//   child.Signal(SIGINT);
//   EXPECT_EQ(child.Wait().exit_code, 130);

#ifndef DAYBOOK_TESTS_TOOLS_CHILD_H_
#define DAYBOOK_TESTS_TOOLS_CHILD_H_

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/testing/temporary_folder.h"
#include "tests/tools/command_runner.h"

namespace daybook::testing {

struct ChildOptions {
  // "NAME=value", added to the environment; NO_COLOR and DAYBOOK_STORE are not
  // inherited.
  std::vector<std::string> environment;
  // Standard output and error are one terminal rather than files.
  bool on_terminal = false;
  // Standard output is a pipe that is closed after its first bytes.
  bool reader_leaves = false;
};

class Child {
 public:
  Child(const std::vector<std::string>& arguments, const ChildOptions& options);
  // Kills it if it was not waited for.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  // To its standard input.
  void Write(std::string_view text);
  // Waits until `text` stands in its output, which goes to a file.
  void AwaitOut(std::string_view text);
  void Signal(int signal);
  // Ends its input, unless it was sent a signal, and waits. What a terminal got
  // is in `out`. A process that was killed has the exit code -signal.
  CommandResult Wait();

 private:
  TemporaryFolder folder_;
  const ChildOptions options_;
  pid_t pid_ = -1;
  int input_ = -1;
  bool signalled_ = false;
  // The terminal, or the pipe that is closed.
  int output_ = -1;
};

// Runs it to its end.
CommandResult RunDaybook(const std::vector<std::string>& arguments,
                         std::string_view input = {},
                         const ChildOptions& options = ChildOptions());

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTS_TOOLS_CHILD_H_
