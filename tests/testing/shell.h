// Runs a command as a user does in a shell, and keeps what it prints.

#ifndef DAYBOOK_TESTS_TESTING_SHELL_H_
#define DAYBOOK_TESTS_TESTING_SHELL_H_

#include <string>

namespace daybook::testing {

struct ShellResult {
  // Standard output.
  std::string out;
  // As wait() gives it; 0 if all was well.
  int status = -1;
};

ShellResult RunInShell(const std::string& command);

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTS_TESTING_SHELL_H_
