// What a group knows after a restart, clean or not.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/bus/groups_fixture.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto kFailedPrecondition = absl::StatusCode::kFailedPrecondition;

class GroupRestartTest : public GroupsTest {
 protected:
  // An event of each of `count` streams.
  void AppendSideBySide(int count) {
    for (int i = 0; i < count; ++i) Append("s" + std::to_string(i), 1);
  }
  // Closed and opened again; where nothing is kept, the groups alone.
  void Restart() {
    if (GetParam().persistent) {
      Reopen();
    } else {
      EXPECT_OK(groups_->Close());
      MakeGroups();
    }
  }
};
DAYBOOK_FOR_GROUP_ENGINES(GroupRestartTest);

TEST_P(GroupRestartTest, NothingAcknowledgedComesAgainAndNothingElseIsLost) {
  AppendSideBySide(6);
  {
    const auto group = Open();
    const uint64_t member = Join(*group);
    const std::vector<Delivery> taken = Poll(*group, member);
    for (const int done : {1, 2, 5}) {
      EXPECT_OK(group->Ack(member, taken[done].id));
    }
  }
  Restart();
  const auto group = Open();
  EXPECT_THAT(Take(*group, Join(*group)), ElementsAre(0, 3, 4));
  EXPECT_EQ(InfoOf().checkpoint, Position(0));
}

TEST_P(GroupRestartTest, OrderInALaneHolds) {
  Append("a", 4);
  {
    const auto group = Open();
    const uint64_t member = Join(*group);
    EXPECT_OK(group->Ack(member, Poll(*group, member)[0].id));
    Poll(*group, member);
  }
  Restart();
  const auto group = Open();
  EXPECT_THAT(Finish(*group, Join(*group)), ElementsAre(1, 2, 3));
}

TEST_P(GroupRestartTest, AttemptsAreCountedOn) {
  Append("a", 1);
  const GroupOptions options = {.retry = {.attempt_count_max = 3}};
  for (uint32_t attempt = 1; attempt <= 3; ++attempt) {
    const auto group = Open(options);
    const uint64_t member = Join(*group);
    const std::vector<Delivery> taken = Poll(*group, member);
    ASSERT_THAT(taken, SizeIs(1));
    EXPECT_EQ(taken[0].attempt, attempt);
    EXPECT_OK(group->Nack(member, taken[0].id, {.cause = "no"}));
    Restart();
  }
  EXPECT_THAT(Parked(), SizeIs(1));
}

TEST_P(GroupRestartTest, AnAcknowledgedEventLeavesNoAttemptsBehind) {
  Append("a", 1);
  {
    const auto group = Open();
    const uint64_t member = Join(*group);
    EXPECT_OK(
        group->Nack(member, Poll(*group, member)[0].id, {.retry_after = kNow}));
    EXPECT_OK(group->Ack(member, Poll(*group, member)[0].id));
  }
  Restart();
  EXPECT_OK(groups().Reset("group", Position(0), {}));
  const auto group = Open();
  EXPECT_EQ(Poll(*group, Join(*group))[0].attempt, 1);
}

TEST_P(GroupRestartTest, ParkedEventsStayParked) {
  Append("a", 1);
  {
    const auto group = Open();
    const uint64_t member = Join(*group);
    EXPECT_OK(group->Park(member, Poll(*group, member)[0].id, "poison"));
  }
  Restart();
  EXPECT_EQ(Parked()[0].cause, "poison");
  const auto group = Open();
  EXPECT_THAT(Take(*group, Join(*group)), IsEmpty());
}

TEST_P(GroupRestartTest, WhatWasLookedAtWithoutAMatchIsNotLookedAtAgain) {
  Append("a", 500);
  {
    const auto group = Open({.filter = {.stream = "none"}});
    Poll(*group, Join(*group));
  }
  Restart();
  EXPECT_EQ(InfoOf().checkpoint, Position(500));
}

TEST_P(GroupRestartTest, DeliveriesOfAnEarlierOpeningAreNobodys) {
  Append("a", 1);
  uint64_t old_member;
  uint64_t old_delivery;
  {
    const auto group = Open();
    old_member = Join(*group);
    old_delivery = Poll(*group, old_member)[0].id;
  }
  Restart();
  const auto group = Open();
  const uint64_t member = Join(*group);
  Poll(*group, member);
  EXPECT_THAT(group->Ack(old_member, old_delivery),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(group->Ack(member, old_delivery), StatusIs(kFailedPrecondition));
}

TEST_P(GroupRestartTest, AGroupIsOpenedByItsNameAsItWas) {
  AppendTagged("a", {"customer:7"});
  AppendTagged("b", {"customer:7"});
  Open({.filter = {.query = {{{.types = {"happened"}}}}},
        .lanes = Lanes::ByTag("customer:"),
        .lease = absl::Seconds(7)});
  Restart();
  const auto group = groups().Open("group");
  ASSERT_OK(group);
  EXPECT_EQ((*group)->Join("m")->lease, absl::Seconds(7));
  EXPECT_THAT(Take(**group, Join(**group)), ElementsAre(0));
  EXPECT_EQ(*groups().Open("group"), *group);
  EXPECT_THAT(groups().Open("none"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_P(GroupRestartTest, AKeyFunctionIsNotKept) {
  if (!TakeFunctions()) GTEST_SKIP() << "no functions through the socket";
  Open({.lanes = Lanes::ByKey([](const EventView&) { return "one"; })});
  Restart();
  EXPECT_THAT(groups().Open("group"), StatusIs(kFailedPrecondition));
  EXPECT_EQ(InfoOf().lanes.kind(), Lanes::Kind::kKey);
}

TEST_P(GroupRestartTest, AnotherFilterIsRefusedUntilItIsAccepted) {
  Append("a", 2);
  Open();
  GroupOptions other = {.filter = {.stream = "a"}};
  EXPECT_THAT(groups().Open("group", other), StatusIs(kFailedPrecondition));
  Restart();
  EXPECT_THAT(groups().Open("group", other), StatusIs(kFailedPrecondition));
  other.accept_changed_filter = true;
  EXPECT_OK(groups().Open("group", other));
  EXPECT_EQ(InfoOf().filter.stream, "a");
}

TEST_P(GroupRestartTest, GroupsThatAreClosedSaySo) {
  const auto group = Open();
  EXPECT_OK(groups().Close());
  EXPECT_OK(groups().Close());
  for (const absl::Status& status :
       {groups().Open("group", {}).status(), groups().List().status(),
        group->Flush(), group->Info().status()}) {
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
  }
  MakeGroups();
}

}  // namespace
}  // namespace daybook
