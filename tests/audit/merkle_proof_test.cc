// Proofs made from tiles, verified; and proofs that must not be.

#include "daybook/audit/merkle_proof.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "daybook/audit/merkle_prover.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/audit/memory_log.h"
#include "tests/testing/status_matchers.h"

namespace daybook::audit {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::IsOkAndHolds;
using ::testing::SizeIs;
using testing::StatusIs;

TEST(MerkleProofTest, EveryLeafOfEverySizeIsProven) {
  MemoryLog log(130);
  for (uint64_t size = 1; size <= log.size(); ++size) {
    const Hash root = DefinedRoot(log.leaves(size));
    ASSERT_THAT(log.prover().Root(size), IsOkAndHolds(root));
    for (uint64_t index = 0; index < size; ++index) {
      ASSERT_OK_AND_ASSIGN(const std::vector<Hash> proof,
                           log.prover().ProveInclusion(index, size));
      ASSERT_THAT(VerifyInclusion(index, size, LeafAt(index), proof, root),
                  IsOk())
          << index << " of " << size;
    }
  }
}

TEST(MerkleProofTest, EverySizeContinuesEverySmallerOne) {
  MemoryLog log(70);
  for (uint64_t size = 1; size <= log.size(); ++size) {
    const Hash root = DefinedRoot(log.leaves(size));
    for (uint64_t old_size = 1; old_size <= size; ++old_size) {
      ASSERT_OK_AND_ASSIGN(const std::vector<Hash> proof,
                           log.prover().ProveConsistency(old_size, size));
      ASSERT_THAT(VerifyConsistency(old_size, DefinedRoot(log.leaves(old_size)),
                                    size, root, proof),
                  IsOk())
          << old_size << " and " << size;
    }
  }
}

TEST(MerkleProofTest, EverySubtreeIsProven) {
  MemoryLog log(40);
  int count = 0;
  for (uint64_t size = 1; size <= log.size(); ++size) {
    const Hash root = DefinedRoot(log.leaves(size));
    for (uint64_t begin = 0; begin < size; ++begin) {
      for (uint64_t end = begin + 1; end <= size; ++end) {
        if (!IsSubtree(begin, end)) continue;
        ++count;
        const Hash subtree_root = DefinedRoot(log.leaves(end).subspan(begin));
        ASSERT_THAT(log.prover().SubtreeRoot(begin, end),
                    IsOkAndHolds(subtree_root));
        ASSERT_OK_AND_ASSIGN(const std::vector<Hash> proof,
                             log.prover().ProveSubtree(begin, end, size));
        ASSERT_THAT(VerifySubtreeConsistency(begin, end, size, subtree_root,
                                             root, proof),
                    IsOk())
            << begin << " to " << end << " of " << size;
      }
    }
  }
  EXPECT_GT(count, 2'000);
}

// Sizes around complete tiles, also of an older tree than the log is now.
TEST(MerkleProofTest, HoldsAcrossTiles) {
  MemoryLog log(66'000);
  for (const uint64_t size :
       {255u, 256u, 257u, 513u, 65'535u, 65'536u, 65'537u, 65'793u, 66'000u}) {
    const Hash root = DefinedRoot(log.leaves(size));
    EXPECT_THAT(log.prover().Root(size), IsOkAndHolds(root));
    for (const uint64_t index : {uint64_t{0}, size / 3, size / 2, size - 1}) {
      ASSERT_OK_AND_ASSIGN(std::vector<Hash> proof,
                           log.prover().ProveInclusion(index, size));
      EXPECT_THAT(VerifyInclusion(index, size, LeafAt(index), proof, root),
                  IsOk());

      const uint64_t old_size = index + 1;
      ASSERT_OK_AND_ASSIGN(proof,
                           log.prover().ProveConsistency(old_size, size));
      EXPECT_THAT(VerifyConsistency(old_size, DefinedRoot(log.leaves(old_size)),
                                    size, root, proof),
                  IsOk());
    }
  }
}

TEST(MerkleProofTest, ReadsTwoTilesALevelAtMostAndEachOnce) {
  constexpr uint64_t kSize = 2 * 65'536 + 300 * 256 + 77;
  MemoryLog log(kSize);
  std::mt19937_64 random(1);
  for (int i = 0; i < 200; ++i) {
    const uint64_t size = 1 + random() % kSize;
    const uint64_t index = random() % size;
    for (const bool inclusion : {true, false}) {
      log.ForgetReads();
      const auto proof = inclusion
                             ? log.prover().ProveInclusion(index, size)
                             : log.prover().ProveConsistency(index + 1, size);
      ASSERT_THAT(proof, IsOk());
      EXPECT_LE(proof->size(), 19u);
      EXPECT_LE(log.reads().size(), 6u) << index << " of " << size;
      for (const TileId& tile : log.reads()) {
        EXPECT_EQ(std::ranges::count(log.reads(), tile), 1);
      }
    }
  }
}

TEST(MerkleProofTest, AProofOfAnotherLeafIsRefused) {
  MemoryLog log(8);
  const Hash root = DefinedRoot(log.leaves());
  ASSERT_OK_AND_ASSIGN(const std::vector<Hash> proof,
                       log.prover().ProveInclusion(5, 8));

  EXPECT_THAT(VerifyInclusion(5, 8, LeafAt(4), proof, root),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr(root.ToHex())));
  EXPECT_THAT(VerifyInclusion(4, 8, LeafAt(5), proof, root),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(VerifyInclusion(5, 8, LeafAt(5), proof, LeafAt(5)),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST(MerkleProofTest, AProofOfAnotherLengthIsRefused) {
  MemoryLog log(7);
  const Hash root = DefinedRoot(log.leaves());
  ASSERT_OK_AND_ASSIGN(std::vector<Hash> proof,
                       log.prover().ProveInclusion(6, 7));
  ASSERT_THAT(proof, SizeIs(2));

  proof.push_back(Hash());
  EXPECT_THAT(VerifyInclusion(6, 7, LeafAt(6), proof, root),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("has 3 hashes, this one must have 2")));
  EXPECT_THAT(VerifyInclusion(6, 7, LeafAt(6), {}, root),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(MerkleProofTest, ALeafPastTheEndIsRefused) {
  EXPECT_THAT(VerifyInclusion(8, 8, LeafAt(8), {}, LeafAt(8)),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("a tree of 8 leaves has no leaf 8")));
  EXPECT_THAT(VerifyInclusion(0, 0, LeafAt(0), {}, EmptyRoot()),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(MerkleProofTest, AChangedHistoryIsNotConsistent) {
  MemoryLog before(5);
  MemoryLog changed(0);
  for (uint64_t i = 0; i < 9; ++i) {
    changed.Append(i == 2 ? LeafHash("changed") : LeafAt(i));
  }
  ASSERT_OK_AND_ASSIGN(const std::vector<Hash> proof,
                       changed.prover().ProveConsistency(5, 9));

  EXPECT_THAT(VerifyConsistency(5, DefinedRoot(before.leaves()), 9,
                                DefinedRoot(changed.leaves()), proof),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("older root")));
}

TEST(MerkleProofTest, ASizeContinuesItselfWithoutAProof) {
  const Hash root = LeafHash("root");
  EXPECT_THAT(VerifyConsistency(7, root, 7, root, {}), IsOk());
  EXPECT_THAT(VerifyConsistency(7, root, 7, LeafHash("other"), {}),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST(MerkleProofTest, ConsistencyWithNothingOrWithMoreMakesNoSense) {
  const Hash root = LeafHash("root");
  EXPECT_THAT(VerifyConsistency(0, EmptyRoot(), 7, root, {}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(VerifyConsistency(8, root, 7, root, {}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("7 leaves can't continue one of 8")));
}

TEST(MerkleProofTest, SubtreesBeginWhereTreesOfTheirSizeDo) {
  EXPECT_TRUE(IsSubtree(0, 13));
  EXPECT_TRUE(IsSubtree(4, 8));
  EXPECT_TRUE(IsSubtree(4, 7));
  EXPECT_TRUE(IsSubtree(6, 8));
  EXPECT_TRUE(IsSubtree(5, 5));
  EXPECT_TRUE(IsSubtree(0, UINT64_MAX));
  EXPECT_TRUE(IsSubtree(uint64_t{1} << 63, UINT64_MAX));

  EXPECT_FALSE(IsSubtree(6, 9));
  EXPECT_FALSE(IsSubtree(3, 5));
  EXPECT_FALSE(IsSubtree(5, 4));
  EXPECT_FALSE(IsSubtree(1, UINT64_MAX));
}

// Nothing here can be computed; nothing may overflow either.
TEST(MerkleProofTest, TheLargestNumbersAreRefusedForTheirProofsLength) {
  const Hash root;
  const std::vector<Hash> proof(65);
  EXPECT_THAT(VerifyInclusion(UINT64_MAX - 1, UINT64_MAX, root, proof, root),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(
      VerifyInclusion(0, UINT64_MAX, root, proof, root),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("must have 64")));
  EXPECT_THAT(VerifyConsistency(UINT64_MAX - 1, root, UINT64_MAX, root, proof),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(VerifySubtreeConsistency(uint64_t{1} << 63, UINT64_MAX,
                                       UINT64_MAX, root, root, proof),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(MerkleProverTest, RefusesWhatTheLogDoesNotHave) {
  MemoryLog log(10);
  const auto refused = StatusIs(absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(log.prover().Root(11), refused);
  EXPECT_THAT(log.prover().ProveInclusion(10, 10), refused);
  EXPECT_THAT(log.prover().ProveInclusion(10, 11), refused);
  EXPECT_THAT(log.prover().ProveConsistency(0, 10), refused);
  EXPECT_THAT(log.prover().ProveConsistency(6, 5), refused);
  EXPECT_THAT(log.prover().ProveConsistency(5, 11), refused);
  EXPECT_THAT(log.prover().ProveSubtree(3, 5, 10), refused);
  EXPECT_THAT(log.prover().SubtreeRoot(3, 3), refused);
}

TEST(MerkleProverTest, AnEmptyLogHasARoot) {
  MemoryLog log(0);
  EXPECT_THAT(log.prover().Root(0), IsOkAndHolds(EmptyRoot()));
}

TEST(MerkleProverTest, AnErrorOfTheSourceComesThrough) {
  MemoryLog log(10);
  const MerkleProver prover(600, log);
  EXPECT_THAT(prover.ProveInclusion(0, 600),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(prover.Root(600), StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace daybook::audit
