#include "tools/terminal.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/temporary_folder.h"
#include "tests/tools/child.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::ChildOptions;
using ::daybook::testing::RunDaybook;
using ::daybook::testing::TemporaryFolder;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(TerminalTest, StyledTextHasItsCodeAndTakesItBack) {
  const Terminal terminal = {.colors = true};
  EXPECT_EQ(Styled(terminal, Style::kBold, "x"), "\033[1mx\033[0m");
  EXPECT_EQ(Styled(terminal, Style::kRed, ""), "\033[31m\033[0m");
}

TEST(TerminalTest, WithoutColoursTextIsAsItIs) {
  for (const Style style : {Style::kBold, Style::kDim, Style::kRed,
                            Style::kGreen, Style::kYellow, Style::kCyan}) {
    EXPECT_EQ(Styled(Terminal(), style, "x"), "x");
  }
}

// What the program prints, which has a header in bold where there are colours.
class TerminalOfProcessTest : public ::testing::Test {
 protected:
  TerminalOfProcessTest() { Run({"init"}, {}); }

  std::string Run(std::vector<std::string> arguments,
                  const ChildOptions& options) {
    arguments.insert(arguments.begin(), {"--store", folder_.File("store")});
    return RunDaybook(arguments, "", options).out;
  }
  std::string OnTerminal(std::vector<std::string> environment) {
    ChildOptions options;
    options.on_terminal = true;
    options.environment = std::move(environment);
    return Run({"status"}, options) + Run({"streams"}, options) +
           Run({"read", "--all"}, options) +
           Run({"append", "a", "--type", "t"}, options) +
           Run({"read", "a"}, options);
  }

  TemporaryFolder folder_;
};

TEST_F(TerminalOfProcessTest, ATerminalHasColours) {
  EXPECT_THAT(OnTerminal({}), HasSubstr("\033["));
}

TEST_F(TerminalOfProcessTest, AnEmptyNoColorSaysNothing) {
  EXPECT_THAT(OnTerminal({"NO_COLOR="}), HasSubstr("\033["));
}

TEST_F(TerminalOfProcessTest, NoColorOfAnyValueTurnsThemOff) {
  EXPECT_THAT(OnTerminal({"NO_COLOR=1"}), Not(HasSubstr("\033")));
  EXPECT_THAT(OnTerminal({"NO_COLOR=0"}), Not(HasSubstr("\033")));
}

TEST_F(TerminalOfProcessTest, ADumbTerminalHasNone) {
  EXPECT_THAT(OnTerminal({"TERM=dumb"}), Not(HasSubstr("\033")));
}

TEST_F(TerminalOfProcessTest, APipeHasNone) {
  Run({"append", "a", "--type", "t"}, {});
  EXPECT_THAT(Run({"read", "a"}, {}) + Run({"status"}, {}),
              Not(HasSubstr("\033")));
}

}  // namespace
}  // namespace daybook::tools
