#include "tests/testing/shell.h"

#include <array>
#include <cstdio>

#include "gtest/gtest.h"

namespace daybook::testing {

ShellResult RunInShell(const std::string& command) {
  ShellResult result;
  std::FILE* const pipe = popen(command.c_str(), "r");
  EXPECT_NE(pipe, nullptr) << command;
  if (pipe == nullptr) return result;
  std::array<char, 4096> buffer;
  while (const size_t size =
             std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    result.out.append(buffer.data(), size);
  }
  result.status = pclose(pipe);
  return result;
}

}  // namespace daybook::testing
