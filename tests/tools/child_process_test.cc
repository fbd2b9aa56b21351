#include "tools/child_process.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::IsOkAndHolds;
using ::daybook::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(ChildProcessTest, OutputIsReadToItsEnd) {
  EXPECT_THAT(RunProgram({"printf", "%s-%s", "a b", "$HOME"}, {}),
              IsOkAndHolds("a b-$HOME"));
}

TEST(ChildProcessTest, OutputAndErrorsLargerThanAPipeDoNotBlock) {
  const auto output = RunProgram(
      {"sh", "-c", "head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero"},
      {});
  ASSERT_OK(output);
  EXPECT_EQ(output->size(), 300'000u);
}

TEST(ChildProcessTest, FailureCarriesTheProgramsOwnWords) {
  EXPECT_THAT(
      RunProgram({"sh", "-c", "echo fatal: no such thing >&2; exit 7"}, {}),
      StatusIs(
          absl::StatusCode::kFailedPrecondition,
          AllOf(HasSubstr("status 7"), HasSubstr("fatal: no such thing"))));
  EXPECT_THAT(
      RunProgram({"sh", "-c", "kill -9 $$"}, {}),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("signal 9")));
}

TEST(ChildProcessTest, MissingProgramIsNotFound) {
  EXPECT_THAT(RunProgram({"no-such-program-anywhere"}, {}),
              StatusIs(absl::StatusCode::kNotFound,
                       HasSubstr("no-such-program-anywhere")));
}

TEST(ChildProcessTest, VariablesCanBeKeptFromTheChild) {
  ASSERT_EQ(setenv("DAYBOOK_TEST_VARIABLE", "set", 1), 0);
  const std::vector<std::string> command = {
      "sh", "-c", "printf %s \"${DAYBOOK_TEST_VARIABLE:-unset}\""};
  EXPECT_THAT(RunProgram(command, {}), IsOkAndHolds("set"));
  EXPECT_THAT(RunProgram(command, {.unset = {"DAYBOOK_TEST_VARIABLE"}}),
              IsOkAndHolds("unset"));
  unsetenv("DAYBOOK_TEST_VARIABLE");
}

TEST(ChildProcessTest, AChildThatIsNotWaitedForIsEnded) {
  auto child = ChildProcess::Start({"sleep", "1000"}, {});
  ASSERT_OK(child);
  child->reset();  // Returns, rather than after a quarter of an hour.
}

TEST(ChildProcessTest, OutputAboveTheLimitIsRefused) {
  EXPECT_THAT(RunProgram({"head", "-c", "2000", "/dev/zero"}, {}, 1000),
              StatusIs(absl::StatusCode::kResourceExhausted));
}

}  // namespace
}  // namespace daybook::tools
