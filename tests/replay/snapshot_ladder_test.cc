// Which snapshots are kept: enough for any moment, most for those not long ago.

#include "replay/snapshot_ladder.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/tools/seeded_random.h"

namespace daybook {
namespace {

using ::testing::Le;

TEST(SnapshotLadderTest, NewestIsNeverRemoved) {
  EXPECT_EQ(SnapshotToRemove(std::vector<uint64_t>{1, 2}), 0);
  EXPECT_EQ(SnapshotToRemove(std::vector<uint64_t>{1, 1'000'000}), 0);
  EXPECT_EQ(SnapshotToRemove(std::vector<uint64_t>{999, 1'000}), 0);
}

TEST(SnapshotLadderTest, OneBetweenCloseNeighboursLongAgoGoesFirst) {
  EXPECT_EQ(SnapshotToRemove(std::vector<uint64_t>{100, 101, 102, 990, 1'000}),
            1);
}

TEST(SnapshotLadderTest, WhatAMomentHasToReadGrowsWithHowLongAgoItIs) {
  constexpr uint64_t kEach = 1'000;
  testing::SeededRandom random;
  std::vector<uint64_t> kept;
  uint64_t head = 0;
  for (int i = 0; i < 2'000; ++i) {
    head += kEach + random.Below(kEach);
    kept.push_back(head);
    if (kept.size() <= 8) continue;
    kept.erase(kept.begin() +
               static_cast<std::ptrdiff_t>(SnapshotToRemove(kept)));

    // The dearest moments are those just below a snapshot.
    for (size_t k = 0; k < kept.size(); ++k) {
      const uint64_t below = k == 0 ? 0 : kept[k - 1];
      const uint64_t age = head - kept[k];
      ASSERT_THAT(kept[k] - below, Le(8 * (age + 2 * kEach)))
          << "of " << head << " events, " << age << " ago";
    }
  }
}

}  // namespace
}  // namespace daybook
