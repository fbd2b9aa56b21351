// `daybook subscribe`, alone and as a group.

#include <atomic>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "daybook/bus/groups.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/command_runner.h"
#include "tools/event_work.h"
#include "tools/interrupt.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

class SubscribeCommandTest : public ::testing::Test {
 protected:
  SubscribeCommandTest() { daybook_({"init"}); }

  void Append(const std::string& stream, int count) {
    const std::vector<NewEvent> events(count, {.type = "t"});
    EXPECT_OK(daybook_.store().Append(stream, ExpectedRevision::Any(), events));
  }
  CommandResult Subscribe(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"subscribe", "s"});
    return daybook_(arguments);
  }
  // The group is there before the command is.
  void OpenGroup(const GroupOptions& options) {
    EXPECT_OK(Groups::Over(daybook_.store())->Open("s", options));
  }
  // Notes which event it was given.
  std::string Noting() const {
    return "echo $DAYBOOK_POSITION.$DAYBOOK_ATTEMPT >> " + notes_;
  }
  std::string Notes() {
    std::string notes = daybook_.folder().Read("notes");
    daybook_.folder().Write("notes", "");
    return notes;
  }

  CommandRunner daybook_;
  const std::string notes_ = daybook_.folder().Write("notes", "");
};

TEST_F(SubscribeCommandTest, EachEventIsGivenOnceAndTheNextRunGoesOn) {
  Append("a", 2);
  EXPECT_EQ(Subscribe({"--exec", Noting()}).exit_code, 0);
  EXPECT_EQ(Notes(), "0.1\n1.1\n");
  Append("a", 1);
  EXPECT_EQ(Subscribe({"--exec", Noting()}).exit_code, 0);
  EXPECT_EQ(Notes(), "2.1\n");
}

TEST_F(SubscribeCommandTest, WithoutACommandEventsArePrinted) {
  Append("a", 1);
  EXPECT_THAT(Subscribe({}).out, HasSubstr(R"({"position":0,"stream":"a")"));
  EXPECT_THAT(Subscribe({}).out, IsEmpty());
}

TEST_F(SubscribeCommandTest, WhatFailsIsTriedAgainAndThenItStopsThere) {
  Append("a", 2);
  const CommandResult result = Subscribe(
      {"--attempts", "2", "--exec", Noting() + "; test $DAYBOOK_POSITION = 0"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err,
              HasSubstr("event @1: the command ended with status 1"));
  EXPECT_EQ(Notes(), "0.1\n1.1\n1.2\n");
  EXPECT_EQ(Subscribe({"--exec", Noting()}).exit_code, 0);
  EXPECT_EQ(Notes(), "1.1\n");
}

TEST_F(SubscribeCommandTest, ACommandThatIsNotThereIsNoEventsFault) {
  Append("a", 1);
  const std::string not_executable = daybook_.folder().Write("command", "");
  for (const std::string& command :
       {std::string("no-such-command-anywhere"), not_executable}) {
    for (const bool group : {false, true}) {
      std::vector<std::string> arguments = {"--attempts", "1", "--exec",
                                            command};
      if (group) arguments.push_back("--group");
      arguments.insert(arguments.begin(),
                       {"subscribe", group ? "group" : "one"});
      const CommandResult result = daybook_(arguments);
      EXPECT_EQ(result.exit_code, 1);
      EXPECT_THAT(result.err, HasSubstr("can't be started"));
    }
  }
  EXPECT_THAT(daybook_({"group", "parked", "group"}).out,
              Not(HasSubstr("can't be started")));
  daybook_({"subscribe", "one", "--exec", Noting()});
  EXPECT_EQ(Notes(), "0.1\n");
  daybook_({"subscribe", "group", "--group", "--exec", Noting()});
  EXPECT_THAT(Notes(), StartsWith("0."));
}

TEST_F(SubscribeCommandTest, AnInterruptBetweenAttemptsIsNoFailure) {
  Append("a", 1);
  daybook_.set_while_asleep([] { SetReceivedSignal(SIGINT); });
  EXPECT_EQ(Subscribe({"--exec", "false", "--follow"}).exit_code, 0);
  SetReceivedSignal(0);
  EXPECT_EQ(Subscribe({"--exec", "false"}).exit_code, 130);
  SetReceivedSignal(0);
  EXPECT_EQ(Subscribe({"--exec", Noting()}).exit_code, 0);
  EXPECT_EQ(Notes(), "0.1\n");
}

// A variable that was not set.
TEST_F(SubscribeCommandTest, WhatIsEmptyIsNotTakenForNone) {
  Append("a", 1);
  EXPECT_EQ(daybook_({"subscribe", ""}).exit_code, 2);
  EXPECT_EQ(daybook_({"subscribe", "", "--group"}).exit_code, 2);
  EXPECT_EQ(Subscribe({"--exec", ""}).exit_code, 2);
  EXPECT_EQ(Subscribe({"--stream", ""}).exit_code, 2);
  EXPECT_EQ(Subscribe({"--category", ""}).exit_code, 2);
  EXPECT_EQ(daybook_({"health", "--max-lag", ""}).exit_code, 2);
  EXPECT_EQ(daybook_({"health", "--min-disk", ""}).exit_code, 2);
}

TEST_F(SubscribeCommandTest, AnotherFilterIsTakenWhereItIsAccepted) {
  Append("a", 1);
  Append("b", 1);
  for (const bool is_group : {false, true}) {
    std::vector<std::string> words = {"subscribe", is_group ? "g" : "s"};
    if (is_group) words.emplace_back("--group");
    const auto follow = [&](std::vector<std::string> more) {
      more.insert(more.begin(), words.begin(), words.end());
      return daybook_(more);
    };
    EXPECT_EQ(follow({"--stream", "a"}).exit_code, 0);
    EXPECT_EQ(follow({"--stream", "b"}).exit_code, 1);
    EXPECT_EQ(follow({"--stream", "b", "--accept-changed-filter"}).exit_code,
              0);
  }
}

// From cron, runs would pile up.
TEST_F(SubscribeCommandTest, AGroupEndsAtTheHeadThoughEventsGoOnComing) {
  Append("a", 3);
  std::atomic<bool> is_over = false;
  std::thread appender([&] {
    while (!is_over) {
      Append("b", 1);
      absl::SleepFor(absl::Milliseconds(1));
    }
  });
  EXPECT_EQ(Subscribe({"--group", "--exec", "true"}).exit_code, 0);
  is_over = true;
  appender.join();
}

TEST_F(SubscribeCommandTest, FollowsWhatItIsTold) {
  Append("a-1", 1);
  Append("b-1", 1);
  EXPECT_EQ(Subscribe({"--category", "b", "--exec", Noting()}).exit_code, 0);
  EXPECT_EQ(Notes(), "1.1\n");
  // As before, if nothing is said; another filter is refused.
  EXPECT_EQ(Subscribe({}).exit_code, 0);
  EXPECT_EQ(Subscribe({"--category", "a"}).exit_code, 1);
}

TEST_F(SubscribeCommandTest, AnExpressionSaysWhatIsHandled) {
  Append("a", 4);
  EXPECT_EQ(
      Subscribe({"--where", "position % 2 = 1", "--exec", Noting()}).exit_code,
      0);
  EXPECT_EQ(Notes(), "1.1\n3.1\n");
  // What it was not true of is done, too.
  EXPECT_EQ(Subscribe({"--exec", Noting()}).exit_code, 0);
  EXPECT_EQ(Notes(), "");
}

TEST_F(SubscribeCommandTest, AnExpressionSaysWhatAGroupHandles) {
  Append("a", 4);
  EXPECT_EQ(
      Subscribe({"--group", "--where", "revision > 1", "--exec", Noting()})
          .exit_code,
      0);
  EXPECT_EQ(Notes(), "2.1\n3.1\n");
  EXPECT_THAT(daybook_({"group", "list"}).out,
              ContainsRegex("s +4 +0 +0 +0 +everything"));
}

// Such as that a value of it is too large for an expression: a group parks it.
TEST(EventWorkTest, WhatAnEventIsToBlameForIsNoOwnFailure) {
  EXPECT_FALSE(IsOwnFailure(absl::ResourceExhaustedError("too large")));
}

// From there on it would be given what comes before.
TEST_F(SubscribeCommandTest, NothingBeginsInTheFuture) {
  Append("a", 1);
  const CommandResult result = Subscribe({"--from", "2099-01-01T00:00:00Z"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("in the future"));
  EXPECT_EQ(daybook_({"tail", "--from", "2099-01-01"}).exit_code, 2);
  EXPECT_EQ(daybook_({"subscription", "show", "s"}).exit_code, 4);
  EXPECT_EQ(Subscribe({"--from", "now"}).exit_code, 0);
}

TEST_F(SubscribeCommandTest, AFilterThatNothingCanMatchIsRefused) {
  Append("order-1", 1);
  for (const bool is_group : {false, true}) {
    std::vector<std::string> words = {"--stream", "order-1", "--category"};
    if (is_group) words.insert(words.begin(), "--group");
    words.emplace_back("cart");
    EXPECT_EQ(Subscribe(words).exit_code, 2);
    words.back() = "order";
    EXPECT_EQ(Subscribe(words).exit_code, 0);
  }
}

// One that is slow does not let the others go on into what is new.
TEST_F(SubscribeCommandTest, AGroupStopsAtTheHeadAlsoWhileAWorkerIsBusy) {
  Append("a", 1);
  Append("b", 1);
  const std::string go = daybook_.folder() / "go";
  CommandResult result;
  std::thread group([&] {
    result =
        Subscribe({"--group", "--workers", "2", "--exec",
                   absl::StrCat("test $DAYBOOK_POSITION != 0 || until test "
                                "-e ",
                                go, "; do sleep 0.02; done; ", Noting())});
  });
  while (daybook_.folder().Read("notes") != "1.1\n") {
    absl::SleepFor(absl::Milliseconds(5));
  }
  Append("c", 1);
  // The worker that has nothing left sees it.
  absl::SleepFor(absl::Milliseconds(300));
  daybook_.folder().Write("go", "");
  group.join();

  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(Notes(), "1.1\n0.1\n");
}

TEST_F(SubscribeCommandTest, AWrongExpressionBeginsNothing) {
  Append("a", 1);
  EXPECT_EQ(Subscribe({"--where", "positon > 1"}).exit_code, 2);
  EXPECT_THAT(daybook_({"subscription", "list"}).err,
              HasSubstr("no subscriptions"));
}

// Whoever named one goes on with it, though it is the store's own.
TEST_F(SubscribeCommandTest, ASystemStreamIsFollowedAlsoWhenItIsNotNamedAgain) {
  const auto operate = [&] {
    EXPECT_OK(daybook_.store().RecordOperation({.user = "ann"}));
  };
  for (const std::string& name : {std::string("w"), std::string("g")}) {
    std::vector<std::string> again = {"subscribe", name};
    if (name == "g") again.emplace_back("--group");
    std::vector<std::string> first = again;
    first.insert(first.end(), {"--stream", "$operations"});
    operate();
    EXPECT_THAT(daybook_(first).out, HasSubstr("\"stream\":\"$operations\""));
    operate();
    EXPECT_THAT(daybook_(again).out, HasSubstr("\"stream\":\"$operations\""));
  }
}

TEST_F(SubscribeCommandTest, AGroupHandlesEachEventOnce) {
  Append("a", 2);
  Append("b", 2);
  EXPECT_EQ(
      Subscribe({"--group", "--workers", "2", "--exec", Noting()}).exit_code,
      0);
  EXPECT_THAT(absl::StrSplit(Notes(), '\n', absl::SkipEmpty()),
              UnorderedElementsAre("0.1", "1.1", "2.1", "3.1"));
  EXPECT_EQ(Subscribe({"--group", "--exec", Noting()}).exit_code, 0);
  EXPECT_EQ(Notes(), "");
}

TEST_F(SubscribeCommandTest, AGroupParksWhatFailsAndGoesOn) {
  Append("a", 2);
  const CommandResult result =
      Subscribe({"--group", "--attempts", "2", "--exec",
                 Noting() + "; test $DAYBOOK_POSITION = 1"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("1 event is parked"));
  EXPECT_EQ(Notes(), "0.1\n0.2\n1.1\n");
  EXPECT_THAT(daybook_({"group", "parked", "s"}).out,
              HasSubstr("the command ended with status 1"));
}

TEST_F(SubscribeCommandTest, AGroupKeepsWhatNothingElseIsAskedFor) {
  OpenGroup({.lanes = Lanes::ByTag("customer:"),
             .retry = {.first = absl::Seconds(2),
                       .max = absl::Seconds(3),
                       .attempt_count_max = 4},
             .lease = absl::Seconds(7),
             .outstanding_count_max = 50,
             .outstanding_bytes_max = 5000,
             .durable_only = true});
  for (const uint32_t attempts : {4, 2}) {
    std::vector<std::string> arguments = {"--group"};
    if (attempts == 2) {
      arguments.insert(arguments.end(), {"--attempts", "2"});
    }
    EXPECT_EQ(Subscribe(arguments).exit_code, 0);
    const GroupInfo info = *Groups::Over(daybook_.store())->Get("s");
    EXPECT_EQ(info.lanes.tag_prefix(), "customer:");
    EXPECT_EQ(info.retry.first, absl::Seconds(2));
    EXPECT_EQ(info.retry.max, absl::Seconds(3));
    EXPECT_EQ(info.retry.attempt_count_max, attempts);
    EXPECT_EQ(info.lease, absl::Seconds(7));
    EXPECT_EQ(info.outstanding_count_max, 50);
    EXPECT_EQ(info.outstanding_bytes_max, 5000);
    EXPECT_TRUE(info.durable_only);
  }
}

TEST_F(SubscribeCommandTest, AWorkerThatWasTakenForDeadGoesOn) {
  OpenGroup({.retry = {.first = absl::ZeroDuration(), .attempt_count_max = 2},
             .lease = absl::Milliseconds(1)});
  Append("a", 1);
  // Much longer than the lease, and than how often it is renewed.
  const CommandResult result =
      Subscribe({"--group", "--exec", Noting() + "; sleep 0.2"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("1 event is parked"));
  EXPECT_EQ(Notes(), "0.1\n0.2\n");
}

TEST_F(SubscribeCommandTest, SystemEventsAreLeftOutUnlessTheyAreAskedFor) {
  Append("a", 1);
  daybook_({"metadata", "a", "--max-count", "5"});
  EXPECT_EQ(Subscribe({"--exec", Noting()}).exit_code, 0);
  EXPECT_EQ(Notes(), "0.1\n");
  daybook_({"subscription", "reset", "s", "--to", "@0", "--yes"});
  EXPECT_EQ(Subscribe({"--system", "--exec", Noting()}).exit_code, 0);
  EXPECT_THAT(Notes(), HasSubstr("1.1\n2.1\n"));
}

TEST_F(SubscribeCommandTest, FollowsUntilItIsInterrupted) {
  for (const bool group : {false, true}) {
    std::thread other([this] {
      Append("a", 1);
      while (daybook_.folder().Read("notes").empty()) {
        absl::SleepFor(absl::Milliseconds(5));
      }
      SetReceivedSignal(2);
    });
    std::vector<std::string> arguments = {"--follow", "--exec", Noting()};
    if (group) arguments.emplace_back("--group");
    EXPECT_EQ(Subscribe(arguments).exit_code, 0);
    other.join();
    SetReceivedSignal(0);
    Notes();
  }
}

}  // namespace
}  // namespace daybook::tools
