// What operators do about groups: retry, skip, reset, delete.

#include <string>
#include <thread>
#include <vector>

#include "tests/bus/groups_fixture.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto kAborted = absl::StatusCode::kAborted;
constexpr auto kDeadlineExceeded = absl::StatusCode::kDeadlineExceeded;
constexpr auto kFailedPrecondition = absl::StatusCode::kFailedPrecondition;
constexpr auto kInvalidArgument = absl::StatusCode::kInvalidArgument;
constexpr auto kNotFound = absl::StatusCode::kNotFound;
constexpr auto kResourceExhausted = absl::StatusCode::kResourceExhausted;

class GroupAdminTest : public GroupsTest {
 protected:
  // Parks the next event that is ready.
  void ParkOne(ConsumerGroup& group, uint64_t member) {
    EXPECT_OK(group.Park(member, Poll(group, member, 1)[0].id, "poison"));
  }
  std::vector<uint64_t> ParkedPositions() {
    std::vector<uint64_t> positions;
    for (const ParkedEvent& parked : Parked()) {
      positions.push_back(parked.position.value());
    }
    return positions;
  }
  // Only events of ours, not what operators did.
  const GroupOptions ours_ = {.filter = {.stream_prefix = "s"}};
  const Operation by_ann_ = {.user = "ann", .reason = "mended"};
};
DAYBOOK_FOR_GROUP_ENGINES(GroupAdminTest);

// --- Retry -------------------------------------------------------------------

TEST_P(GroupAdminTest, ARetriedEventIsGivenAgainFromItsFirstAttemptOn) {
  Append("s", 1);
  const auto group = Open(ours_);
  const uint64_t member = Join(*group);
  ParkOne(*group, member);
  EXPECT_OK(groups().Retry("group", Position(0), by_ann_));
  EXPECT_THAT(ParkedPositions(), IsEmpty());
  EXPECT_EQ(RecordedCount(), 1);
  const std::vector<Delivery> taken = Poll(*group, member);
  EXPECT_THAT(PositionsOf(taken), ElementsAre(0));
  EXPECT_EQ(taken[0].attempt, 1);
}

TEST_P(GroupAdminTest, ARetriedEventGoesBeforeLaterOnesOfItsLane) {
  Append("s", 4);
  const auto group = Open(ours_);
  const uint64_t member = Join(*group);
  ParkOne(*group, member);
  ParkOne(*group, member);
  const std::vector<Delivery> in_hand = Poll(*group, member);
  EXPECT_OK(groups().Retry("group", Position(1), by_ann_));
  EXPECT_OK(groups().Retry("group", Position(0), by_ann_));
  EXPECT_THAT(Take(*group, member), IsEmpty());
  EXPECT_OK(group->Ack(member, in_hand[0].id));
  EXPECT_THAT(Finish(*group, member), ElementsAre(0, 1, 3));
}

TEST_P(GroupAdminTest, AGroupThatIsNotOpenIsRetriedToo) {
  Append("s", 5);
  const auto group = Open(ours_);
  const uint64_t member = Join(*group);
  ParkOne(*group, member);
  ParkOne(*group, member);
  EXPECT_OK(group->Close());
  EXPECT_OK(groups().Retry("group", Position(1), by_ann_));
  EXPECT_OK(groups().Retry("group", Position(0), by_ann_));
  const auto again = Open(ours_);
  EXPECT_THAT(Finish(*again, Join(*again)), ElementsAre(0, 1, 2, 3, 4));
}

TEST_P(GroupAdminTest, OnlyWhatIsParkedCanBeRetriedAndOnce) {
  Append("s", 2);
  const auto group = Open(ours_);
  ParkOne(*group, Join(*group));
  EXPECT_THAT(groups().Retry("group", Position(1), by_ann_),
              StatusIs(kNotFound));
  EXPECT_OK(groups().Retry("group", Position(0), by_ann_));
  EXPECT_THAT(groups().Retry("group", Position(0), by_ann_),
              StatusIs(kNotFound));
  EXPECT_THAT(groups().Retry("none", Position(0), by_ann_),
              StatusIs(kNotFound));
  EXPECT_EQ(RecordedCount(), 1);
}

TEST_P(GroupAdminTest, ARetryIsRefusedWhileTooMuchIsOutstanding) {
  Append("s", 3);
  GroupOptions options = ours_;
  options.outstanding_count_max = 1;
  const auto group = Open(options);
  const uint64_t member = Join(*group);
  ParkOne(*group, member);
  EXPECT_THAT(Take(*group, member), ElementsAre(1));
  EXPECT_THAT(groups().Retry("group", Position(0), by_ann_),
              StatusIs(kResourceExhausted));
  EXPECT_OK(group->Close());
  EXPECT_THAT(groups().Retry("group", Position(0), by_ann_),
              StatusIs(kResourceExhausted));
  EXPECT_THAT(ParkedPositions(), ElementsAre(0));
  EXPECT_EQ(RecordedCount(), 0);
}

// --- Skip --------------------------------------------------------------------

TEST_P(GroupAdminTest, ASkippedEventIsDoneAndTheReasonRecorded) {
  Append("s", 1);
  const auto group = Open(ours_);
  const uint64_t member = Join(*group);
  ParkOne(*group, member);
  EXPECT_OK(groups().Skip("group", Position(0), by_ann_));
  EXPECT_THAT(ParkedPositions(), IsEmpty());
  EXPECT_THAT(Finish(*group, member), IsEmpty());
  EXPECT_EQ(RecordedCount(), 1);
}

TEST_P(GroupAdminTest, NothingIsSkippedWithoutAReason) {
  Append("s", 1);
  const auto group = Open(ours_);
  ParkOne(*group, Join(*group));
  EXPECT_THAT(groups().Skip("group", Position(0), {.user = "ann"}),
              StatusIs(kInvalidArgument));
  EXPECT_THAT(groups().Skip("group", Position(7), by_ann_),
              StatusIs(kNotFound));
  EXPECT_THAT(ParkedPositions(), ElementsAre(0));
}

// --- Parked ------------------------------------------------------------------

TEST_P(GroupAdminTest, ParkedEventsAreListedFromAPositionOn) {
  for (int i = 0; i < 4; ++i) Append("s" + std::to_string(i), 1);
  const auto group = Open(ours_);
  const uint64_t member = Join(*group);
  for (int i = 0; i < 4; ++i) ParkOne(*group, member);
  const auto parked =
      groups().Parked("group", {.from = Position(1), .count_max = 2});
  ASSERT_OK(parked);
  ASSERT_THAT(*parked, SizeIs(2));
  EXPECT_EQ((*parked)[0].position, Position(1));
  EXPECT_EQ((*parked)[1].position, Position(2));
  EXPECT_EQ(InfoOf().parked_count, 4);
}

TEST_P(GroupAdminTest, ParkedEventsAreOfTheirGroupAlone) {
  Append("s", 1);
  const auto group = Open(ours_, "g");
  const auto longer = Open(ours_, "group");
  ParkOne(*group, Join(*group));
  EXPECT_THAT(Parked("g"), SizeIs(1));
  EXPECT_THAT(Parked("group"), IsEmpty());
}

// --- Reset and delete --------------------------------------------------------

TEST_P(GroupAdminTest, AfterAResetItGoesOnThere) {
  Append("s", 5);
  const auto group = Open(ours_);
  const uint64_t member = Join(*group);
  ParkOne(*group, member);
  EXPECT_OK(group->Ack(member, Poll(*group, member)[0].id));
  ParkOne(*group, member);
  EXPECT_OK(group->Close());
  EXPECT_OK(groups().Reset("group", Position(1), by_ann_));
  // What is parked below stays so; the rest is given again.
  EXPECT_THAT(ParkedPositions(), ElementsAre(0));
  EXPECT_EQ(InfoOf().outstanding_count, 0);
  const auto again = Open(ours_);
  EXPECT_THAT(Finish(*again, Join(*again)), ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(RecordedCount(), 1);
}

TEST_P(GroupAdminTest, AResetForwardLeavesOut) {
  Append("s", 5);
  Open(ours_)->Close().IgnoreError();
  EXPECT_OK(groups().Reset("group", Position(3), by_ann_));
  const auto group = Open(ours_);
  EXPECT_THAT(Finish(*group, Join(*group)), ElementsAre(3, 4));
}

TEST_P(GroupAdminTest, OfAGroupWithMembersNothingIsResetOrDeleted) {
  const auto group = Open(ours_);
  const uint64_t member = Join(*group);
  EXPECT_THAT(groups().Reset("group", Position(0), by_ann_),
              StatusIs(kFailedPrecondition));
  EXPECT_THAT(groups().Delete("group", by_ann_), StatusIs(kFailedPrecondition));
  EXPECT_EQ(RecordedCount(), 0);
  EXPECT_OK(group->Leave(member));
  EXPECT_OK(groups().Reset("group", Position(0), by_ann_));
  EXPECT_OK(groups().Delete("group", by_ann_));
}

TEST_P(GroupAdminTest, WhoAppendedLearnsThatAnEventWasHandled) {
  Append("s", 2);
  const auto group = Open(ours_);
  const uint64_t member = Join(*group);
  const auto is_handled = [&](uint64_t position) {
    return groups().WaitHandled("group", Position(position), kNow);
  };
  EXPECT_THAT(is_handled(0), StatusIs(kDeadlineExceeded));
  const std::vector<Delivery> deliveries = Poll(*group, member);
  EXPECT_THAT(is_handled(0), StatusIs(kDeadlineExceeded));
  std::thread handling(
      [&] { EXPECT_OK(group->Ack(member, deliveries[0].id)); });
  EXPECT_OK(groups().WaitHandled("group", Position(0), kSoon));
  handling.join();
  EXPECT_THAT(is_handled(1), StatusIs(kDeadlineExceeded));
  EXPECT_THAT(is_handled(7), StatusIs(kDeadlineExceeded));

  ParkOne(*group, member);

  EXPECT_THAT(is_handled(1), StatusIs(kAborted, HasSubstr("is parked")));
  EXPECT_OK(group->Close());
  EXPECT_OK(is_handled(0));
  EXPECT_THAT(is_handled(1), StatusIs(kAborted));
  EXPECT_THAT(is_handled(7), StatusIs(kDeadlineExceeded));
  EXPECT_OK(groups().Skip("group", Position(1), by_ann_));
  EXPECT_OK(is_handled(1));
  EXPECT_THAT(groups().WaitHandled("none", Position(0), kNow),
              StatusIs(kNotFound));
}

TEST_P(GroupAdminTest, AResetBeyondTheLogIsRefused) {
  Open(ours_);
  EXPECT_THAT(groups().Reset("group", Position(1), by_ann_),
              StatusIs(kInvalidArgument));
  EXPECT_THAT(groups().Reset("none", Position(0), by_ann_),
              StatusIs(kNotFound));
  EXPECT_EQ(RecordedCount(), 0);
}

TEST_P(GroupAdminTest, ADeletedGroupBeginsAnew) {
  Append("s", 2);
  const auto group = Open(ours_);
  const uint64_t member = Join(*group);
  ParkOne(*group, member);
  Finish(*group, member);
  EXPECT_OK(group->Close());
  EXPECT_OK(groups().Delete("group", by_ann_));
  EXPECT_THAT(groups().Get("group"), StatusIs(kNotFound));
  EXPECT_THAT(groups().Delete("group", by_ann_), StatusIs(kNotFound));
  const auto again = Open(ours_);
  EXPECT_THAT(Finish(*again, Join(*again)), ElementsAre(0, 1));
  EXPECT_THAT(Parked(), IsEmpty());
}

TEST_P(GroupAdminTest, ListHasAllInOrderOfTheirNames) {
  Open(ours_, "b");
  Open(ours_, "a");
  const auto infos = groups().List();
  ASSERT_OK(infos);
  ASSERT_THAT(*infos, SizeIs(2));
  EXPECT_EQ((*infos)[0].name, "a");
  EXPECT_EQ((*infos)[1].name, "b");
}

TEST_P(GroupAdminTest, ADamagedGroupKeepsNoOtherFromBeingListed) {
  Open(ours_, "a");
  Open(ours_, "b");
  Reopen();
  RowBatch batch;
  batch.Put(std::string("\x08\x01", 2) + "a", "\xff");
  EXPECT_OK(store().WriteRows(batch));
  const auto infos = groups().List();
  ASSERT_OK(infos);
  ASSERT_THAT(*infos, SizeIs(2));
  EXPECT_EQ((*infos)[0].name, "a");
  EXPECT_THAT((*infos)[0].problem, StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_EQ((*infos)[1].name, "b");
  EXPECT_OK((*infos)[1].problem);
}

}  // namespace
}  // namespace daybook
