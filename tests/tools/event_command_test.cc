#include "tools/event_command.h"

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::StatusIs;
using ::testing::HasSubstr;

class EventCommandTest : public ::testing::Test {
 protected:
  absl::Status Run(const std::string& command,
                   absl::Duration timeout = absl::Seconds(60),
                   std::string_view json = "{}") {
    EventView event;
    event.position = Position(17);
    event.stream = "order-42";
    event.revision = Revision(3);
    event.type = "order-placed";
    return EventCommand(command, "/shop", "mailer", timeout)
        .Run(event, 2, json, [this] { ++alive_count_; });
  }
  std::string Out() { return folder_.Read("out"); }

  testing::TemporaryFolder folder_;
  const std::string out_ = folder_ / "out";
  int alive_count_ = 0;
};

TEST_F(EventCommandTest, TheEventIsOnItsInput) {
  EXPECT_OK(Run("cat > " + out_, absl::Seconds(60), R"({"position":17})"));
  EXPECT_EQ(Out(), "{\"position\":17}\n");
}

TEST_F(EventCommandTest, AnEventThatNobodyReadsBlocksNothing) {
  EXPECT_OK(Run("true", absl::Seconds(60), std::string(1 << 20, 'x')));
}

TEST_F(EventCommandTest, TheEnvironmentSaysWhichEventItIs) {
  EXPECT_OK(
      Run("echo $DAYBOOK_STORE $DAYBOOK_SUBSCRIPTION $DAYBOOK_ATTEMPT "
          "$DAYBOOK_POSITION "
          "$DAYBOOK_STREAM $DAYBOOK_REVISION $DAYBOOK_TYPE $DAYBOOK_ID > " +
          out_));
  EXPECT_EQ(Out(),
            "/shop mailer 2 17 order-42 3 order-placed "
            "00000000-0000-0000-0000-000000000000\n");
}

TEST_F(EventCommandTest, FailureSaysHowItEnded) {
  EXPECT_THAT(Run("exit 7"), StatusIs(absl::StatusCode::kFailedPrecondition,
                                      HasSubstr("status 7")));
  EXPECT_THAT(Run("kill -9 $$"), StatusIs(absl::StatusCode::kFailedPrecondition,
                                          HasSubstr("signal 9")));
  EXPECT_THAT(Run("/no/such/program 2> " + out_),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("status 127")));
}

TEST_F(EventCommandTest, OneThatHangsIsEndedWithWhatItStarted) {
  EXPECT_THAT(
      Run(absl::StrCat("sleep 1000 & echo $! > ", out_, "; wait"),
          absl::Milliseconds(300)),
      StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("300ms")));
  EXPECT_GT(alive_count_, 0);
  // Nothing of it is left, but for what nobody has waited for yet.
  EXPECT_OK(Run("pid=$(cat " + out_ +
                "); for i in 1 2 3 4 5 6 7 8 9; do "
                "grep -q '^State:.[^ZX]' /proc/$pid/status 2> /dev/null || "
                "exit 0; sleep 0.1; done; exit 1"));
}

}  // namespace
}  // namespace daybook::tools
