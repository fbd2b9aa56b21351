#include "tools/command_line.h"

#include "gtest/gtest.h"

namespace daybook::tools {
namespace {

TEST(CommandLineTest, VersionSucceeds) {
  const char* const arguments[] = {"daybook", "--version"};
  EXPECT_EQ(RunCommandLine(2, arguments), 0);
}

}  // namespace
}  // namespace daybook::tools
