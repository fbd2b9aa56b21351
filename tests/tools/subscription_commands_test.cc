// `daybook subscription` and `daybook tail`.

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/store/subscription.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/command_runner.h"
#include "tools/interrupt.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class SubscriptionCommandsTest : public ::testing::Test {
 protected:
  SubscriptionCommandsTest() { daybook_({"init"}); }

  void Append(const std::string& stream, int count) {
    std::vector<NewEvent> events;
    for (int i = 0; i < count; ++i) {
      events.push_back({.type = "t",
                        .payload = absl::StrCat("{\"n\":", next_++, "}"),
                        .content_type = "application/json"});
    }
    EXPECT_OK(daybook_.store().Append(stream, ExpectedRevision::Any(), events));
  }
  // A durable subscription that has acknowledged what is below `checkpoint`.
  void Subscribe(const std::string& name, EventFilter filter,
                 uint64_t checkpoint) {
    SubscribeOptions options;
    options.name = name;
    options.filter = std::move(filter);
    EXPECT_OK(daybook_.store().Subscribe(options));
    EXPECT_OK(daybook_.store().ResetSubscription(name, Position(checkpoint)));
  }
  Position CheckpointOf(const std::string& name) {
    return daybook_.store().GetSubscription(name)->checkpoint;
  }
  std::string Run(const std::vector<std::string>& arguments) {
    const CommandResult result = daybook_(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }
  int ExitCode(const std::vector<std::string>& arguments) {
    return daybook_(arguments).exit_code;
  }

  CommandRunner daybook_;
  int next_ = 0;
};

// --- subscription ------------------------------------------------------------

TEST_F(SubscriptionCommandsTest, ListShowsWhatEachFollowsAndItsLag) {
  EXPECT_THAT(Run({"subscription", "list"}), IsEmpty());
  Append("order-1", 5);
  daybook_.clock().Advance(absl::Seconds(65));
  Subscribe("mailer", {.category = "order"}, 2);
  Subscribe("ledger", {}, 5);
  EXPECT_THAT(Run({"subscription", "list"}),
              AllOf(HasSubstr("mailer           2             3, 1m5s  "
                              "category order\n"),
                    HasSubstr("everything")));
  EXPECT_THAT(Run({"subscription", "list", "--format", "json"}),
              HasSubstr(R"({"name":"mailer","category":"order",)"));
}

TEST_F(SubscriptionCommandsTest, ShowTellsOfOne) {
  Append("a", 3);
  Subscribe("s", {.stream = "a", .query = {{{.types = {"t"}}}}}, 1);
  EXPECT_THAT(Run({"subscription", "show", "s"}),
              AllOf(HasSubstr("checkpoint  1\n"),
                    HasSubstr(R"(stream a, {"items":[{"types":["t"]}]})")));
  EXPECT_THAT(
      Run({"subscription", "show", "s", "--format", "json"}),
      HasSubstr(
          R"("open":false,"checkpoint":1,"lag_events":2,"lag_seconds":0)"));
  EXPECT_EQ(ExitCode({"subscription", "show", "none"}), 4);
}

TEST_F(SubscriptionCommandsTest, ResetOnlyTellsUntilYesAndIsRecorded) {
  Append("a", 5);
  Subscribe("s", {}, 4);
  EXPECT_THAT(
      Run({"subscription", "reset", "s", "--to", "@1"}),
      AllOf(HasSubstr("from position 4 to 1: it is given again"),
            HasSubstr("among 3 events"), HasSubstr("nothing was done")));
  EXPECT_EQ(CheckpointOf("s"), Position(4));

  EXPECT_THAT(Run({"subscription", "reset", "s", "--to", "@1", "--yes",
                   "--reason", "mails lost"}),
              HasSubstr("done: moved"));
  EXPECT_EQ(CheckpointOf("s"), Position(1));
  EXPECT_THAT(Run({"read", "$operations", "--system", "--format", "raw"}),
              HasSubstr("mails lost"));
  EXPECT_THAT(Run({"subscription", "reset", "s", "--to", "@5"}),
              HasSubstr("it is never given what it follows among 4 events"));
}

TEST_F(SubscriptionCommandsTest, ResetTakesATimeOrARevision) {
  Append("a", 1);
  Append("b", 2);
  daybook_.clock().Advance(absl::Hours(2));
  Append("b", 1);
  Subscribe("all", {}, 0);
  Run({"subscription", "reset", "all", "--to", "-1h", "--yes"});
  EXPECT_EQ(CheckpointOf("all"), Position(3));
  Run({"subscription", "reset", "all", "--to", "now", "--yes"});
  EXPECT_EQ(CheckpointOf("all"), Position(3));

  Subscribe("b", {.stream = "b"}, 0);
  Run({"subscription", "reset", "b", "--to", "#1", "--yes"});
  EXPECT_EQ(CheckpointOf("b"), Position(2));
  EXPECT_EQ(ExitCode({"subscription", "reset", "all", "--to", "#1"}), 2);
}

TEST_F(SubscriptionCommandsTest, ResetIsRefusedWhereItCanNotBe) {
  Subscribe("s", {}, 0);
  EXPECT_EQ(ExitCode({"subscription", "reset", "s", "--to", "@9"}), 2);
  EXPECT_EQ(ExitCode({"subscription", "reset", "s"}), 2);
  EXPECT_EQ(ExitCode({"subscription", "reset", "none", "--to", "@0"}), 4);
}

TEST_F(SubscriptionCommandsTest, DeleteOnlyTellsUntilYesAndIsRecorded) {
  Subscribe("s", {}, 0);
  EXPECT_THAT(Run({"subscription", "delete", "s"}),
              AllOf(HasSubstr("forgets the subscription s"),
                    HasSubstr("nothing was done")));
  EXPECT_OK(daybook_.store().GetSubscription("s"));

  Run({"subscription", "delete", "s", "--yes", "--reason", "no more"});
  EXPECT_EQ(ExitCode({"subscription", "show", "s"}), 4);
  EXPECT_THAT(Run({"read", "$operations", "--system", "--format", "raw"}),
              HasSubstr("no more"));
}

// --- tail --------------------------------------------------------------------

TEST_F(SubscriptionCommandsTest, TailShowsTheLastEvents) {
  EXPECT_THAT(Run({"tail"}), IsEmpty());
  Append("a", 12);
  EXPECT_THAT(Run({"tail", "--format", "raw"}),
              AllOf(::testing::StartsWith("{\"n\":2}\n"),
                    ::testing::EndsWith("{\"n\":11}\n")));
  EXPECT_EQ(Run({"tail", "--limit", "2", "--format", "raw"}),
            "{\"n\":10}\n{\"n\":11}\n");
}

TEST_F(SubscriptionCommandsTest, TailLeavesOutWhatIsNotWanted) {
  Append("order-1", 2);
  Append("cart-1", 2);
  Append("order-2", 2);
  EXPECT_OK(daybook_.store().RecordOperation({}));
  const auto tail = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments = {"tail", "--format", "raw"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments);
  };
  EXPECT_EQ(tail({"--category", "order", "--limit", "3"}),
            "{\"n\":1}\n{\"n\":4}\n{\"n\":5}\n");
  EXPECT_EQ(tail({"--stream", "cart-1", "--limit", "1"}), "{\"n\":3}\n");
  EXPECT_EQ(tail({"--where", "data ->> '$.n' < 3", "--limit", "2"}),
            "{\"n\":1}\n{\"n\":2}\n");
  EXPECT_EQ(tail({R"({"items":[{"category":"cart"}]})"}),
            "{\"n\":2}\n{\"n\":3}\n");
  EXPECT_EQ(tail({"--limit", "1"}), "{\"n\":5}\n");
  EXPECT_EQ(tail({"--from", "@4"}), "{\"n\":4}\n{\"n\":5}\n");
  EXPECT_EQ(tail({"--stream", "order-2", "--from", "#1"}), "{\"n\":5}\n");
  EXPECT_THAT(tail({"--system", "--limit", "1"}), Not(HasSubstr("{\"n\"")));
}

TEST_F(SubscriptionCommandsTest, TailFollowsUntilInterrupted) {
  Append("a", 1);
  std::thread other([&] {
    absl::SleepFor(absl::Milliseconds(10));
    Append("a", 1);
    SetReceivedSignal(2);
  });
  const std::string out =
      Run({"tail", "--from", "@0", "--follow", "--format", "raw"});
  other.join();
  SetReceivedSignal(0);
  EXPECT_EQ(out, "{\"n\":0}\n{\"n\":1}\n");
}

TEST_F(SubscriptionCommandsTest, TailRefusesWhatItCanNotRead) {
  EXPECT_EQ(ExitCode({"tail", "{"}), 2);
  EXPECT_EQ(ExitCode({"tail", "--where", "total >"}), 2);
  EXPECT_EQ(ExitCode({"tail", "--from", "#1"}), 2);
  EXPECT_EQ(ExitCode({"tail", "--from", "@0", "--limit", "1"}), 2);
}

}  // namespace
}  // namespace daybook::tools
