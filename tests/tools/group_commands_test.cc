// `daybook group`.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/bus/groups.h"
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
using ::testing::Not;

class GroupCommandsTest : public ::testing::Test {
 protected:
  GroupCommandsTest() { daybook_({"init"}); }

  void Append(const std::string& stream, int count) {
    const std::vector<NewEvent> events(count, {.type = "t"});
    EXPECT_OK(daybook_.store().Append(stream, ExpectedRevision::Any(), events));
  }
  // A group that has parked the first `parked` events of `stream`, acknowledged
  // the next one, and has nothing else in hand.
  void MakeGroup(const std::string& name, const std::string& stream, int parked,
                 size_t outstanding_count_max = 1000) {
    const auto groups =
        Groups::Over(daybook_.store(), {.clock = &daybook_.clock()});
    const auto group =
        groups->Open(name, {.filter = {.stream = stream},
                            .outstanding_count_max = outstanding_count_max});
    ASSERT_OK(group);
    const uint64_t member = (*group)->Join("worker")->id;
    for (int i = 0; i <= parked; ++i) {
      const auto deliveries = (*group)->Poll(member, 1, absl::ZeroDuration());
      const uint64_t delivery = deliveries->front().id;
      EXPECT_OK(i < parked ? (*group)->Park(member, delivery, "no such sku")
                           : (*group)->Ack(member, delivery));
    }
  }
  std::string Run(const std::vector<std::string>& arguments) {
    const CommandResult result = daybook_(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }
  int ExitCode(const std::vector<std::string>& arguments) {
    return daybook_(arguments).exit_code;
  }
  std::string Operations() {
    return Run({"read", "$operations", "--system", "--format", "raw"});
  }

  CommandRunner daybook_;
};

TEST_F(GroupCommandsTest, ListAndShowTellHowTheyStand) {
  EXPECT_THAT(Run({"group", "list"}), IsEmpty());
  Append("a", 5);
  daybook_.clock().Advance(absl::Seconds(65));
  MakeGroup("mailers", "a", 1);
  EXPECT_THAT(Run({"group", "list"}),
              HasSubstr("mailers           2            3       1"
                        "             3, 1m5s  stream a\n"));
  EXPECT_THAT(Run({"group", "list", "--format", "json"}),
              AllOf(HasSubstr(R"({"name":"mailers","stream":"a",)"),
                    HasSubstr(R"("lanes":"stream")"),
                    HasSubstr(R"("checkpoint":2,"next_position":5,)"
                              R"("outstanding":3,"parked":1,"lag_events":3,)"
                              R"("lag_seconds":65})")));
  EXPECT_THAT(
      Run({"group", "show", "mailers"}),
      AllOf(HasSubstr("checkpoint     2\n"), HasSubstr("outstanding    3\n"),
            HasSubstr("attempts       10\n")));
  EXPECT_EQ(ExitCode({"group", "show", "none"}), 4);
}

TEST_F(GroupCommandsTest, ParkedTellsWhatAndWhy) {
  Append("a", 3);
  MakeGroup("mailers", "a", 2);
  EXPECT_THAT(
      Run({"group", "parked", "mailers"}),
      AllOf(HasSubstr("a#0"), HasSubstr("a#1"), HasSubstr("no such sku")));
  EXPECT_THAT(Run({"group", "parked", "mailers", "--limit", "1"}),
              Not(HasSubstr("a#1")));
  EXPECT_THAT(daybook_({"group", "parked", "mailers", "--limit", "1"}).err,
              HasSubstr("the first 1 of 2 parked events"));
  EXPECT_THAT(daybook_({"group", "parked", "mailers"}).err, IsEmpty());
  EXPECT_THAT(
      Run({"group", "parked", "mailers", "--format", "json"}),
      AllOf(HasSubstr(R"({"position":0,"stream":"a","revision":0,"type":"t",)"
                      R"("attempts":1,)"),
            HasSubstr(R"("member":"worker","cause":"no such sku"})")));
}

TEST_F(GroupCommandsTest, RetryTakesUpOneOrAllAndIsRecorded) {
  Append("a", 4);
  MakeGroup("mailers", "a", 3);
  EXPECT_THAT(Run({"group", "retry", "mailers", "@1", "--reason", "is back"}),
              HasSubstr("the group mailers tries 1 event again"));
  EXPECT_THAT(Run({"group", "retry", "mailers", "--all"}),
              HasSubstr("tries 2 events again"));
  EXPECT_THAT(Run({"group", "parked", "mailers"}), IsEmpty());
  EXPECT_THAT(Operations(), HasSubstr("is back"));
  EXPECT_EQ(ExitCode({"group", "retry", "mailers", "@1"}), 4);
  EXPECT_EQ(ExitCode({"group", "retry", "mailers"}), 2);
  EXPECT_EQ(ExitCode({"group", "retry", "mailers", "@1", "--all"}), 2);
}

TEST_F(GroupCommandsTest, WhatIsDoneToAllIsRecordedOnce) {
  Append("a", 6);
  MakeGroup("mailers", "a", 5);
  const Position head = daybook_.store().Head();
  Run({"group", "retry", "mailers", "--all", "--reason", "is back"});
  EXPECT_EQ(daybook_.store().Head(), head.Next());
  EXPECT_THAT(Operations(), HasSubstr("is back (5 events)"));
  MakeGroup("others", "a", 3);
  Run({"group", "skip", "others", "--all", "--reason", "gone", "--yes"});
  EXPECT_EQ(daybook_.store().Head(), head.Next().Next());
  EXPECT_THAT(Operations(), HasSubstr("gone (3 events)"));
  EXPECT_THAT(Run({"group", "parked", "others"}), IsEmpty());
}

TEST_F(GroupCommandsTest, ARetryThatFailsMidwayTellsHowFarItCame) {
  Append("a", 4);
  MakeGroup("mailers", "a", 3, /*outstanding_count_max=*/2);
  const CommandResult result = daybook_({"group", "retry", "mailers", "--all"});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.err, AllOf(HasSubstr("event @2: "),
                                HasSubstr("done before: 2 of 3 events")));
  EXPECT_THAT(Run({"group", "parked", "mailers"}),
              AllOf(Not(HasSubstr("a#1")), HasSubstr("a#2")));
}

TEST_F(GroupCommandsTest, ListTellsOfADamagedGroupAndOfTheOthers) {
  Append("a", 2);
  MakeGroup("damaged", "a", 0);
  MakeGroup("mailers", "a", 0);
  RowBatch batch;
  batch.Put(std::string("\x08\x01", 2) + "damaged", "\xff");
  EXPECT_OK(daybook_.store().WriteRows(batch));
  for (const std::string format : {"table", "json"}) {
    const CommandResult result =
        daybook_({"group", "list", "--format", format});
    EXPECT_NE(result.exit_code, 0);
    EXPECT_THAT(result.err, HasSubstr("\"damaged\""));
    EXPECT_THAT(result.out, AllOf(HasSubstr("damaged"), HasSubstr("mailers")));
  }
}

TEST_F(GroupCommandsTest, SkipNeedsAReasonAndOnlyTellsUntilYes) {
  Append("a", 3);
  MakeGroup("mailers", "a", 2);
  EXPECT_EQ(ExitCode({"group", "skip", "mailers", "@0", "--yes"}), 2);
  EXPECT_THAT(
      Run({"group", "skip", "mailers", "@0", "--reason", "no customer"}),
      AllOf(HasSubstr("takes 1 event for done"),
            HasSubstr("nothing was done")));
  EXPECT_THAT(Run({"group", "parked", "mailers"}), HasSubstr("a#0"));
  EXPECT_THAT(Run({"group", "skip", "mailers", "@0", "--reason", "no customer",
                   "--yes"}),
              HasSubstr("done: took"));
  EXPECT_THAT(Run({"group", "parked", "mailers"}), Not(HasSubstr("a#0")));
  EXPECT_THAT(Operations(), HasSubstr("no customer"));
}

TEST_F(GroupCommandsTest, ResetOnlyTellsUntilYesAndIsRecorded) {
  Append("a", 4);
  MakeGroup("mailers", "a", 1);
  EXPECT_THAT(
      Run({"group", "reset", "mailers", "--to", "#1"}),
      AllOf(HasSubstr("go on at position 1 instead of 4"),
            HasSubstr("at most 2 events"), HasSubstr("nothing was done")));
  Run({"group", "reset", "mailers", "--to", "@1", "--yes", "--reason",
       "again"});
  EXPECT_THAT(Run({"group", "show", "mailers"}),
              HasSubstr("checkpoint     1\n"));
  EXPECT_THAT(Operations(), HasSubstr("again"));
  EXPECT_EQ(ExitCode({"group", "reset", "mailers", "--to", "@99"}), 2);
}

TEST_F(GroupCommandsTest, DeleteOnlyTellsUntilYesAndIsRecorded) {
  Append("a", 2);
  MakeGroup("mailers", "a", 1);
  EXPECT_THAT(
      Run({"group", "delete", "mailers"}),
      AllOf(HasSubstr("has 1 event parked"), HasSubstr("nothing was done")));
  Run({"group", "delete", "mailers", "--yes", "--reason", "no more"});
  EXPECT_EQ(ExitCode({"group", "show", "mailers"}), 4);
  EXPECT_THAT(Operations(), HasSubstr("no more"));
}

}  // namespace
}  // namespace daybook::tools
