// `daybook schedule`.

#include <string>
#include <vector>

#include "daybook/bus/schedules.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/command_runner.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ScheduleCommandsTest : public ::testing::Test {
 protected:
  ScheduleCommandsTest() { daybook_({"init"}); }

  void Add(const std::string& id, absl::Duration delay) {
    EXPECT_OK(Schedules::Over(daybook_.store())
                  ->Add({.id = id,
                         .due = daybook_.clock().Now() + delay,
                         .events = {{"order-42", {.type = "reminded"}}}}));
  }
  std::string Run(const std::vector<std::string>& arguments) {
    const CommandResult result = daybook_(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }

  CommandRunner daybook_;
};

TEST_F(ScheduleCommandsTest, ListShowsWhatIsPendingInTheOrderItIsDue) {
  EXPECT_THAT(Run({"schedule", "list"}), IsEmpty());
  Add("later", absl::Hours(2));
  Add("sooner", absl::Hours(1));
  const std::string out = Run({"schedule", "list"});
  EXPECT_THAT(out, HasSubstr("reminded in order-42"));
  EXPECT_LT(out.find("sooner"), out.find("later"));
  EXPECT_THAT(
      Run({"schedule", "list", "--format", "json", "--limit", "1"}),
      AllOf(
          HasSubstr(R"({"id":"sooner","due":")"),
          HasSubstr(R"("events":[{"stream":"order-42","type":"reminded"}]})")));
}

TEST_F(ScheduleCommandsTest, ListShowsWhatFailedAndWhy) {
  EXPECT_THAT(Run({"schedule", "list", "--failed"}), IsEmpty());
  Add("reminder", -absl::Hours(1));
  Run({"append", "order-42", "--type", "placed"});
  EXPECT_OK(daybook_.store().TombstoneStream("order-42"));
  EXPECT_OK(Schedules::Over(daybook_.store(), {.clock = &daybook_.clock()})
                ->FireDue());
  EXPECT_THAT(Run({"schedule", "list"}), IsEmpty());
  EXPECT_THAT(Run({"schedule", "list", "--failed"}),
              AllOf(HasSubstr("reminder"), HasSubstr("tombstoned")));
  EXPECT_THAT(Run({"schedule", "list", "--failed", "--format", "json"}),
              AllOf(HasSubstr(R"("state":"failed","reason":")"),
                    HasSubstr("tombstoned")));
}

TEST_F(ScheduleCommandsTest, CancelOnlyTellsUntilYesAndIsRecorded) {
  Add("reminder", absl::Hours(1));
  EXPECT_THAT(Run({"schedule", "cancel", "reminder"}),
              AllOf(HasSubstr("cancels the schedule reminder"),
                    HasSubstr("nothing was done")));
  EXPECT_THAT(Run({"schedule", "list"}), HasSubstr("reminder"));
  EXPECT_THAT(
      Run({"schedule", "cancel", "reminder", "--yes", "--reason", "paid"}),
      HasSubstr("done: cancelled"));
  EXPECT_THAT(Run({"schedule", "list"}), IsEmpty());
  EXPECT_THAT(Run({"read", "$operations", "--system", "--format", "raw"}),
              HasSubstr("paid"));
  EXPECT_EQ(daybook_({"schedule", "cancel", "reminder"}).exit_code, 1);
  EXPECT_EQ(daybook_({"schedule", "cancel", "none"}).exit_code, 4);
}

}  // namespace
}  // namespace daybook::tools
