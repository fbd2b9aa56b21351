// The window alone: which lanes are ready, and what goes before what.

#include "bus/group_window.h"

#include <memory>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using ::testing::IsNull;

constexpr absl::Duration kStart = absl::Hours(1);

class GroupWindowTest : public ::testing::Test {
 protected:
  void Add(uint64_t position, uint64_t lane) {
    window_.Add(Position(position), lane, nullptr, {});
  }
  // Takes and finishes what is ready.
  std::vector<uint64_t> Drain() {
    std::vector<uint64_t> positions;
    while (GroupWindow::Entry* entry = window_.Take()) {
      positions.push_back(entry->position.value());
      window_.Done(entry);
    }
    return positions;
  }

  GroupWindow window_;
};

TEST_F(GroupWindowTest, LanesTakeTurns) {
  Add(0, 1);
  Add(1, 1);
  Add(2, 2);
  Add(3, 2);
  EXPECT_THAT(Drain(), ElementsAre(0, 2, 1, 3));
  EXPECT_EQ(window_.count(), 0);
}

TEST_F(GroupWindowTest, NothingOfALaneIsReadyWhileOneIsInHand) {
  Add(0, 1);
  Add(1, 1);
  window_.Take();
  EXPECT_THAT(window_.Take(), IsNull());
}

TEST_F(GroupWindowTest, WhatWaitsIsReadyWhenItsTimeHasCome) {
  Add(0, 1);
  window_.PutBack(window_.Take(), kStart + absl::Seconds(2), kStart);
  EXPECT_EQ(window_.waiting_count(), 1);
  EXPECT_EQ(window_.next_due(), kStart + absl::Seconds(2));
  window_.ReleaseDue(kStart + absl::Seconds(1));
  EXPECT_THAT(window_.Take(), IsNull());
  window_.ReleaseDue(kStart + absl::Seconds(2));
  EXPECT_EQ(window_.waiting_count(), 0);
  EXPECT_THAT(Drain(), ElementsAre(0));
}

TEST_F(GroupWindowTest, AnEarlierEventGoesBeforeOneThatWaits) {
  Add(5, 1);
  window_.PutBack(window_.Take(), kStart + absl::Seconds(9), kStart);
  Add(3, 1);
  EXPECT_EQ(window_.waiting_count(), 0);
  // The other one still waits as long as it has to.
  EXPECT_THAT(Drain(), ElementsAre(3));
  EXPECT_EQ(window_.waiting_count(), 1);
  window_.ReleaseDue(kStart + absl::Seconds(9));
  EXPECT_THAT(Drain(), ElementsAre(5));
}

TEST_F(GroupWindowTest, AnEarlierEventGoesBeforeOneThatIsReady) {
  Add(5, 1);
  Add(6, 1);
  Add(4, 1);
  EXPECT_EQ(window_.ready_count(), 1);
  EXPECT_THAT(Drain(), ElementsAre(4, 5, 6));
}

TEST_F(GroupWindowTest, AnEarlierEventComesNextAfterOneThatIsInHand) {
  Add(5, 1);
  Add(9, 1);
  GroupWindow::Entry* const in_hand = window_.Take();
  Add(3, 1);
  Add(7, 1);
  window_.Done(in_hand);
  EXPECT_THAT(Drain(), ElementsAre(3, 7, 9));
}

TEST_F(GroupWindowTest, AnEventCanBeAddedBehindTheOnlyOneInHand) {
  Add(5, 1);
  GroupWindow::Entry* const in_hand = window_.Take();
  Add(3, 1);
  Add(8, 1);
  window_.Done(in_hand);
  EXPECT_THAT(Drain(), ElementsAre(3, 8));
}

TEST_F(GroupWindowTest, WhatIsPutBackStandsBehindEarlierOnesThatCameMeanwhile) {
  Add(5, 1);
  Add(9, 1);
  GroupWindow::Entry* const in_hand = window_.Take();
  Add(3, 1);
  Add(4, 1);
  window_.PutBack(in_hand, kStart + absl::Seconds(2), kStart);
  EXPECT_THAT(Drain(), ElementsAre(3, 4));
  EXPECT_EQ(window_.waiting_count(), 1);
  window_.ReleaseDue(kStart + absl::Seconds(2));
  EXPECT_THAT(Drain(), ElementsAre(5, 9));
}

TEST_F(GroupWindowTest, BytesAreThoseOfTheEventsThatAreHeld) {
  Event event;
  event.payload = std::string(1000, 'x');
  const auto held = std::make_shared<const Event>(event);
  window_.Add(Position(0), 1, held, {});
  EXPECT_EQ(window_.bytes(), BytesOf(event));
  EXPECT_GE(window_.bytes(), 1000);
  Drain();
  EXPECT_EQ(window_.bytes(), 0);
}

}  // namespace
}  // namespace daybook
