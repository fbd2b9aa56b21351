// The command line as a library: of a program of any name, with a registry.

#include "daybook/tools/tool_main.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/tools/command_runner.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(CommandLineTest, VersionSucceeds) {
  const char* const arguments[] = {"daybook", "--version"};
  EXPECT_EQ(ToolMain(2, arguments, Registry()), 0);
}

TEST(CommandLineTest, ARegistryWithAnErrorEndsItAndSaysWhich) {
  Registry registry;
  registry.Add(absl::StatusOr<std::shared_ptr<const AnyDecider>>(
      absl::InvalidArgumentError("\"cart\" is no name")));
  CommandRunner shopctl;
  shopctl.set_registry(&registry);

  const CommandResult result = shopctl({"status"});

  EXPECT_EQ(result.err, "daybook: \"cart\" is no name\n");
  EXPECT_NE(result.exit_code, 0);
}

TEST(CommandLineTest, HelpErrorsAndCompletionBearTheProgramsName) {
  CommandRunner shopctl;
  shopctl.set_program("shopctl");

  EXPECT_THAT(shopctl({"read", "--help"}).out,
              AllOf(HasSubstr("\n  shopctl read order-42"),
                    Not(HasSubstr("daybook read"))));
  EXPECT_THAT(shopctl({"frobnicate"}).err,
              AllOf(StartsWith("shopctl: "), HasSubstr("`shopctl --help`")));
  EXPECT_THAT(shopctl({"status"}).err, HasSubstr("`shopctl --store store "));
  for (const char* shell : {"bash", "zsh"}) {
    EXPECT_THAT(shopctl({"completion", shell}).out,
                AllOf(HasSubstr("_shopctl"), Not(HasSubstr("daybook"))));
  }
}

}  // namespace
}  // namespace daybook::tools
