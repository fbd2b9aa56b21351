// Consumer groups as their members see them: lanes, acknowledgements, retries,
// parking, leases.

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "tests/bus/groups_fixture.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr auto kFailedPrecondition = absl::StatusCode::kFailedPrecondition;
constexpr auto kInvalidArgument = absl::StatusCode::kInvalidArgument;
constexpr auto kNotFound = absl::StatusCode::kNotFound;
constexpr auto kUnavailable = absl::StatusCode::kUnavailable;

class GroupTest : public GroupsTest {};
DAYBOOK_FOR_GROUP_ENGINES(GroupTest);

// --- Lanes -------------------------------------------------------------------

TEST_P(GroupTest, HandsOutOneEventOfAStreamAtATimeInOrder) {
  Append("a", 3);
  const auto group = Open();
  const uint64_t member = Join(*group);
  std::vector<Delivery> first = Poll(*group, member);
  EXPECT_THAT(PositionsOf(first), ElementsAre(0));
  EXPECT_THAT(Take(*group, member), IsEmpty());
  EXPECT_OK(group->Ack(member, first[0].id));
  EXPECT_THAT(Take(*group, member), ElementsAre(1));
}

TEST_P(GroupTest, StreamsGoOnSideBySideAndNothingIsGivenTwice) {
  Append("a", 2);
  Append("b", 2);
  const auto group = Open();
  const uint64_t one = Join(*group);
  const uint64_t other = Join(*group);
  EXPECT_THAT(Take(*group, one, 1), ElementsAre(0));
  EXPECT_THAT(Take(*group, other), ElementsAre(2));
  EXPECT_THAT(Take(*group, one), IsEmpty());
}

TEST_P(GroupTest, LanesCanBeByATag) {
  AppendTagged("a", {"x", "customer:7"});
  AppendTagged("b", {"customer:7"});
  AppendTagged("c", {"customer:8"});
  AppendTagged("d", {});
  AppendTagged("d", {"x"});
  const auto group = Open({.lanes = Lanes::ByTag("customer:")});
  EXPECT_THAT(Take(*group, Join(*group)), ElementsAre(0, 2, 3));
}

TEST_P(GroupTest, LanesCanBeByAFunction) {
  if (!TakeFunctions()) GTEST_SKIP() << "no functions through the socket";
  Append("a", 4);
  const auto group =
      Open({.lanes = Lanes::ByKey([](const EventView& event) {
              return std::string(event.position.value() < 2 ? "low" : "high");
            })});
  const std::vector<Delivery> taken = Poll(*group, Join(*group));
  EXPECT_THAT(PositionsOf(taken), ElementsAre(0, 2));
  EXPECT_NE(taken[0].lane, taken[1].lane);
}

TEST_P(GroupTest, FollowsWhatTheFilterSays) {
  Append("a-1", 1);
  Append("b-1", 1);
  Append("a-2", 1);
  const auto group = Open({.filter = {.category = "a"}});
  EXPECT_THAT(Finish(*group, Join(*group)), ElementsAre(0, 2));
  EXPECT_EQ(InfoOf().checkpoint, Position(3));
}

TEST_P(GroupTest, BeginsWhereItIsTold) {
  Append("a", 3);
  const auto at = Open({.from = SubscribeFrom::At(Position(1))}, "at");
  const auto end = Open({.from = SubscribeFrom::End()}, "end");
  EXPECT_THAT(Finish(*at, Join(*at)), ElementsAre(1, 2));
  EXPECT_THAT(Finish(*end, Join(*end)), IsEmpty());
  Append("a", 1);
  EXPECT_THAT(Finish(*end, Join(*end)), ElementsAre(3));
}

TEST_P(GroupTest, WaitsForWhatIsAppended) {
  const auto group = Open();
  const uint64_t member = Join(*group);
  std::thread appender([&] {
    absl::SleepFor(absl::Milliseconds(20));
    Append("a", 1);
  });
  EXPECT_THAT(PositionsOf(Poll(*group, member, 1, kSoon)), ElementsAre(0));
  appender.join();
}

TEST_P(GroupTest, WaitsForTheOneBeforeInItsLane) {
  Append("a", 2);
  const auto group = Open();
  const uint64_t one = Join(*group);
  const uint64_t other = Join(*group);
  const std::vector<Delivery> first = Poll(*group, one);
  std::thread worker([&] {
    absl::SleepFor(absl::Milliseconds(20));
    EXPECT_OK(group->Ack(one, first[0].id));
  });
  EXPECT_THAT(PositionsOf(Poll(*group, other, 1, kSoon)), ElementsAre(1));
  worker.join();
}

TEST_P(GroupTest, AnInterruptedPollGivesNothing) {
  const auto group = Open();
  const uint64_t member = Join(*group);
  absl::Notification ended;
  std::thread other([&] {
    absl::SleepFor(absl::Milliseconds(20));
    group->Interrupt(member);
    if (ended.WaitForNotificationWithTimeout(kSoon)) return;
    // So that it ends, with an error.
    EXPECT_OK(group->Leave(member));
  });
  // The one that waits, and the next one.
  EXPECT_THAT(Poll(*group, member, 1, absl::InfiniteDuration()), IsEmpty());
  group->Interrupt(member);
  EXPECT_THAT(Poll(*group, member, 1, absl::InfiniteDuration()), IsEmpty());
  ended.Notify();
  other.join();
}

// --- Retries and parking -----------------------------------------------------

TEST_P(GroupTest, WhatFailedIsTriedAgainAfterAWait) {
  Append("a", 2);
  const auto group = Open({.retry = {.first = absl::Seconds(8)}});
  const uint64_t member = Join(*group);
  const std::vector<Delivery> first = Poll(*group, member);
  EXPECT_EQ(first[0].attempt, 1);
  EXPECT_OK(group->Nack(member, first[0].id, {.cause = "no"}));
  // From the half of it on it may come, after all of it it does.
  clock_.Advance(absl::Seconds(3.9));
  EXPECT_THAT(Take(*group, member), IsEmpty());
  clock_.Advance(absl::Seconds(4.1));
  const std::vector<Delivery> second = Poll(*group, member);
  EXPECT_THAT(PositionsOf(second), ElementsAre(0));
  EXPECT_EQ(second[0].attempt, 2);
  EXPECT_NE(second[0].id, first[0].id);
}

TEST_P(GroupTest, ARetryCanBeAskedForAtATime) {
  Append("a", 1);
  const auto group = Open({.lease = absl::Hours(3)});
  const uint64_t member = Join(*group);
  EXPECT_OK(group->Nack(member, Poll(*group, member)[0].id,
                        {.retry_after = absl::Hours(1)}));
  clock_.Advance(absl::Minutes(59));
  EXPECT_THAT(Take(*group, member), IsEmpty());
  clock_.Advance(absl::Minutes(1));
  EXPECT_THAT(Take(*group, member), ElementsAre(0));
}

TEST_P(GroupTest, ALaneThatWaitsHoldsUpNoOtherOne) {
  Append("a", 1);
  const auto group = Open();
  const uint64_t member = Join(*group);
  EXPECT_OK(group->Nack(member, Poll(*group, member)[0].id, {}));
  Append("b", 1);
  EXPECT_THAT(Take(*group, member), ElementsAre(1));
}

TEST_P(GroupTest, AnEventWhoseAttemptsAllFailIsParkedAndItsLaneGoesOn) {
  Append("a", 2);
  const auto group =
      Open({.retry = {.first = absl::Seconds(1), .attempt_count_max = 3}});
  const uint64_t member = Join(*group, "worker");
  for (const std::string cause : {"first", "second", "third"}) {
    clock_.Advance(absl::Seconds(10));
    EXPECT_OK(group->Nack(member, Poll(*group, member)[0].id,
                          {.cause = "the " + cause}));
  }
  EXPECT_THAT(Finish(*group, member), ElementsAre(1));
  const std::vector<ParkedEvent> parked = Parked();
  ASSERT_THAT(parked, SizeIs(1));
  EXPECT_EQ(parked[0].position, Position(0));
  EXPECT_EQ(parked[0].attempt_count, 3);
  EXPECT_EQ(parked[0].cause, "the third");
  EXPECT_EQ(parked[0].member, "worker");
  EXPECT_EQ(parked[0].parked_at, clock_.Now());
}

TEST_P(GroupTest, AMemberParksWhatItCanNeverHandle) {
  Append("a", 2);
  const auto group = Open();
  const uint64_t member = Join(*group);
  EXPECT_OK(group->Park(member, Poll(*group, member)[0].id, "no such sku"));
  EXPECT_THAT(Take(*group, member), ElementsAre(1));
  EXPECT_EQ(Parked()[0].cause, "no such sku");
}

TEST_P(GroupTest, ALongCauseIsCutOff) {
  Append("a", 1);
  const auto group = Open();
  const uint64_t member = Join(*group);
  EXPECT_OK(group->Park(member, Poll(*group, member)[0].id,
                        std::string(kGroupCauseBytesMax + 1, 'x')));
  EXPECT_THAT(Parked()[0].cause, SizeIs(kGroupCauseBytesMax));
}

// --- Bounds ------------------------------------------------------------------

TEST_P(GroupTest, LooksAtNothingNewWhileTooMuchIsOutstanding) {
  Append("a", 10);
  Append("b", 1);
  const auto group = Open({.outstanding_count_max = 4});
  const uint64_t member = Join(*group);
  const std::vector<Delivery> taken = Poll(*group, member);
  EXPECT_THAT(PositionsOf(taken), ElementsAre(0));
  EXPECT_THAT(Take(*group, member), IsEmpty());
  EXPECT_EQ(InfoOf().outstanding_count, 4);
  EXPECT_OK(group->Ack(member, taken[0].id));
  EXPECT_THAT(Finish(*group, member), SizeIs(10));
}

TEST_P(GroupTest, WhatDoesNotFitInMemoryIsReadAgainWhenItIsItsTurn) {
  Append("a", 20);
  const auto group = Open({.outstanding_bytes_max = 1});
  EXPECT_THAT(Finish(*group, Join(*group)), SizeIs(20));
}

TEST_P(GroupTest, APollGivesNoMoreThanItsLimit) {
  for (int i = 0; i < 5; ++i) Append(absl::StrCat("s", i), 1);
  const auto group = Open();
  const uint64_t member = Join(*group);
  EXPECT_THAT(Take(*group, member, 3), ElementsAre(0, 1, 2));
  EXPECT_THAT(Take(*group, member, 3), ElementsAre(3, 4));
}

// --- Members that go ---------------------------------------------------------

TEST_P(GroupTest, WhatALeavingMemberHadIsGivenToOthersUncounted) {
  Append("a", 1);
  Append("b", 1);
  const auto group = Open();
  const uint64_t leaving = Join(*group);
  Poll(*group, leaving);
  EXPECT_OK(group->Leave(leaving));
  const std::vector<Delivery> taken = Poll(*group, Join(*group));
  EXPECT_THAT(PositionsOf(taken), UnorderedElementsAre(0, 1));
  EXPECT_EQ(taken[0].attempt, 1);
  EXPECT_THAT(group->Leave(leaving), StatusIs(kNotFound));
}

TEST_P(GroupTest, AMemberThatDiesMidBatchIsReplacedWithinItsLease) {
  Append("a", 1);
  Append("b", 1);
  Append("c", 1);
  const auto group = Open({.lease = absl::Seconds(10)});
  const uint64_t dying = Join(*group, "worker-1");
  const std::vector<Delivery> batch = Poll(*group, dying);
  EXPECT_OK(group->Ack(dying, batch[0].id));
  clock_.Advance(absl::Seconds(6));
  const uint64_t other = Join(*group);
  EXPECT_THAT(Take(*group, other), IsEmpty());
  clock_.Advance(absl::Seconds(4));
  const std::vector<Delivery> taken = Poll(*group, other);
  EXPECT_THAT(PositionsOf(taken), UnorderedElementsAre(1, 2));
  EXPECT_EQ(taken[0].attempt, 2);
}

TEST_P(GroupTest, TheDeadAreToldSoAndChangeNothing) {
  Append("a", 1);
  const auto group = Open({.lease = absl::Seconds(10)});
  const uint64_t dead = Join(*group);
  const uint64_t delivery = Poll(*group, dead)[0].id;
  clock_.Advance(absl::Seconds(10));
  EXPECT_THAT(group->Ack(dead, delivery),
              StatusIs(kNotFound, HasSubstr("join again")));
  EXPECT_THAT(group->Poll(dead, 1, kNow), StatusIs(kNotFound));
  EXPECT_THAT(group->Renew(dead), StatusIs(kNotFound));
  EXPECT_THAT(Take(*group, Join(*group)), ElementsAre(0));
}

TEST_P(GroupTest, WhoRenewsItsLeaseKeepsWhatItHas) {
  Append("a", 1);
  const auto group = Open({.lease = absl::Seconds(10)});
  const uint64_t member = Join(*group);
  const uint64_t delivery = Poll(*group, member)[0].id;
  for (int i = 0; i < 5; ++i) {
    clock_.Advance(absl::Seconds(9));
    EXPECT_OK(group->Renew(member));
  }
  EXPECT_OK(group->Ack(member, delivery));
}

TEST_P(GroupTest, AnEventThatKillsItsMembersIsParked) {
  Append("a", 1);
  const auto group =
      Open({.retry = {.attempt_count_max = 2}, .lease = absl::Seconds(10)});
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(Take(*group, Join(*group, "victim")), ElementsAre(0));
    clock_.Advance(absl::Seconds(10));
  }
  EXPECT_THAT(Take(*group, Join(*group)), IsEmpty());
  EXPECT_THAT(Parked()[0].cause,
              HasSubstr("\"victim\" was not heard of for 10s"));
}

// --- Mistakes ----------------------------------------------------------------

TEST_P(GroupTest, OnlyWhoHasADeliveryAnswersItAndOnlyOnce) {
  Append("a", 1);
  const auto group = Open();
  const uint64_t member = Join(*group);
  const uint64_t thief = Join(*group);
  const uint64_t delivery = Poll(*group, member)[0].id;
  EXPECT_THAT(group->Ack(thief, delivery), StatusIs(kFailedPrecondition));
  EXPECT_THAT(group->Nack(thief, delivery, {}), StatusIs(kFailedPrecondition));
  EXPECT_THAT(group->Park(thief, delivery, ""), StatusIs(kFailedPrecondition));
  EXPECT_OK(group->Ack(member, delivery));
  EXPECT_THAT(group->Ack(member, delivery), StatusIs(kFailedPrecondition));
}

TEST_P(GroupTest, OfSeveralAcknowledgementsTheGoodOnesCount) {
  Append("a", 1);
  Append("b", 1);
  const auto group = Open();
  const uint64_t member = Join(*group);
  const std::vector<Delivery> taken = Poll(*group, member);
  const std::vector<uint64_t> ids = {taken[0].id, 7, taken[1].id};
  EXPECT_THAT(group->Ack(member, ids), StatusIs(kFailedPrecondition));
  EXPECT_EQ(InfoOf().outstanding_count, 0);
}

TEST_P(GroupTest, UnknownMembersAreToldSo) {
  const auto group = Open();
  EXPECT_THAT(group->Poll(7, 1, kNow), StatusIs(kNotFound));
  EXPECT_THAT(group->Join(std::string(257, 'x')), StatusIs(kInvalidArgument));
}

TEST_P(GroupTest, WrongOptionsAreRefused) {
  for (const GroupOptions& options : std::vector<GroupOptions>{
           {.lanes = Lanes::ByKey(nullptr)},
           {.retry = {.first = -absl::Seconds(1)}},
           {.retry = {.attempt_count_max = 0}},
           {.lease = absl::ZeroDuration()},
           {.outstanding_count_max = 0},
           {.outstanding_count_max = kGroupOutstandingCountMax + 1},
           {.from = SubscribeFrom::At(Position(1))}}) {
    EXPECT_THAT(groups().Open("g", options), StatusIs(kInvalidArgument));
  }
  for (const std::string& name :
       {std::string(), std::string("$g"), std::string(257, 'g'),
        std::string("a\0b", 3), std::string("\xff")}) {
    EXPECT_THAT(groups().Open(name, {}), StatusIs(kInvalidArgument));
  }
  EXPECT_THAT(groups().Get("g"), StatusIs(kNotFound));
}

TEST_P(GroupTest, AClosedGroupSaysSo) {
  const auto group = Open();
  const uint64_t member = Join(*group);
  EXPECT_FALSE(group->is_closed());
  std::thread closer([&] {
    absl::SleepFor(absl::Milliseconds(20));
    EXPECT_OK(group->Close());
  });
  EXPECT_THAT(group->Poll(member, 1, kSoon), StatusIs(kUnavailable));
  closer.join();
  EXPECT_THAT(group->Join("x"), StatusIs(kUnavailable));
  EXPECT_TRUE(group->is_closed());
  EXPECT_OK(group->Close());
  EXPECT_NE(Open(), group);
}

TEST_P(GroupTest, AFilterThatFailsIsToldByEachPoll) {
  if (!TakeFunctions()) GTEST_SKIP() << "no functions through the socket";
  Append("a", 1);
  const auto group =
      Open({.filter = {.where = [](const EventView&) -> absl::StatusOr<bool> {
              return absl::InternalError("broken");
            }}});
  const uint64_t member = Join(*group);
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(group->Poll(member, 1, kNow),
                StatusIs(absl::StatusCode::kInternal));
  }
}

// --- Looking -----------------------------------------------------------------

TEST_P(GroupTest, InfoTellsWhatIsOutstandingAndWhoHasIt) {
  Append("a", 2);
  Append("b", 1);
  Append("c", 1);
  const auto group = Open({.lease = absl::Seconds(10)});
  const uint64_t member = Join(*group, "worker");
  const std::vector<Delivery> taken = Poll(*group, member);
  EXPECT_OK(group->Ack(member, taken[0].id));
  EXPECT_OK(group->Nack(member, taken[1].id, {}));
  clock_.Advance(absl::Seconds(5));
  const GroupInfo info = InfoOf();
  EXPECT_TRUE(info.open);
  EXPECT_EQ(info.checkpoint, Position(1));
  EXPECT_EQ(info.next_position, Position(4));
  EXPECT_EQ(info.outstanding_count, 3);
  EXPECT_EQ(info.in_hand_count, 1);
  EXPECT_EQ(info.parked_count, 0);
  EXPECT_EQ(info.lag_count, 3);
  EXPECT_EQ(info.lag, absl::Seconds(5));
  ASSERT_THAT(info.members, SizeIs(1));
  EXPECT_EQ(info.members[0].name, "worker");
  EXPECT_EQ(info.members[0].in_hand_count, 1);
  EXPECT_EQ(info.members[0].lease_left, absl::Seconds(5));
}

TEST_P(GroupTest, LagHasWhatNobodyLookedAtYet) {
  Open();
  Append("a", 5);
  EXPECT_EQ(InfoOf().lag_count, 5);
}

}  // namespace
}  // namespace daybook
