#include "daybook/audit/merkle_tree.h"

#include <array>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/audit/memory_log.h"
#include "tests/testing/status_matchers.h"

namespace daybook::audit {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

// The leaves and roots that Certificate Transparency's implementations test
// themselves with.
TEST(MerkleFrontierTest, RootsOfEightLeavesAreTheKnownOnes) {
  constexpr std::string_view kLeaves[] = {
      "",
      {"\x00", 1},
      {"\x10", 1},
      {"\x20\x21", 2},
      {"\x30\x31", 2},
      {"\x40\x41\x42\x43", 4},
      {"\x50\x51\x52\x53\x54\x55\x56\x57", 8},
      {"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16}};
  constexpr std::string_view kRoots[] = {
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  MerkleFrontier frontier;
  EXPECT_EQ(frontier.Root(), EmptyRoot());
  for (size_t i = 0; i < std::size(kLeaves); ++i) {
    frontier.Append(LeafHash(kLeaves[i]));
    EXPECT_EQ(frontier.Root().ToHex(), kRoots[i]) << i + 1 << " leaves";
  }
}

TEST(MerkleFrontierTest, RootIsTheDefinedOneAtEverySize) {
  MemoryLog log(0);
  MerkleFrontier frontier;
  for (uint64_t size = 0; size <= 300; ++size) {
    ASSERT_EQ(frontier.size(), size);
    ASSERT_EQ(frontier.Root(), DefinedRoot(log.leaves())) << size;
    ASSERT_EQ(RootOf(log.leaves()), frontier.Root()) << size;
    frontier.Append(LeafAt(size));
    log.Append(LeafAt(size));
  }
}

TEST(MerkleFrontierTest, RootIsTheDefinedOneOfLargeTrees) {
  for (const uint64_t size : {65'535u, 65'536u, 65'537u, 101'010u}) {
    const MemoryLog log(size);
    EXPECT_EQ(log.edge().Root(), DefinedRoot(log.leaves())) << size;
  }
}

TEST(MerkleFrontierTest, TellsOfEachCompleteTree) {
  const MemoryLog log(8);
  MerkleFrontier frontier;
  for (uint64_t i = 0; i < 7; ++i) frontier.Append(LeafAt(i));

  std::vector<Hash> completed;
  frontier.Append(LeafAt(7), [&](uint32_t height, const Hash& root) {
    EXPECT_EQ(height, completed.size());
    completed.push_back(root);
  });

  const std::span<const Hash> leaves = log.leaves();
  EXPECT_THAT(
      completed,
      ElementsAreArray({LeafAt(7), DefinedRoot(leaves.subspan(6)),
                        DefinedRoot(leaves.subspan(4)), DefinedRoot(leaves)}));
}

TEST(MerkleFrontierTest, ReadsBackAndGoesOn) {
  for (const uint64_t size : {0u, 1u, 7u, 8u, 255u, 256u, 300u}) {
    MerkleFrontier frontier = MemoryLog(size).edge().frontier();

    ASSERT_OK_AND_ASSIGN(MerkleFrontier back,
                         MerkleFrontier::Parse(frontier.Encode()));

    EXPECT_EQ(back, frontier);
    frontier.Append(LeafAt(size));
    back.Append(LeafAt(size));
    EXPECT_EQ(back.Root(), frontier.Root());
  }
}

TEST(MerkleFrontierTest, BytesOfAnotherLengthAreRefused) {
  const std::string whole = MemoryLog(7).edge().frontier().Encode();
  ASSERT_EQ(whole.size(), 8u + 3 * Hash::kSize);
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(MerkleFrontier::Parse(whole.substr(0, size)),
                StatusIs(absl::StatusCode::kDataLoss))
        << size;
  }
  EXPECT_THAT(MerkleFrontier::Parse(whole + "x"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("105")));
}

// The n-th tile of level l: MTH(D[(n * 256 + i) * 256**l : ... + 256**l]).
TEST(TileEdgeTest, HandsOutTheDefinedTilesWhenTheyAreComplete) {
  const MemoryLog log(2 * 256 * 256 + 300);

  EXPECT_EQ(log.complete().size(), 513u + 2u);
  for (const auto& [id, hashes] : log.complete()) {
    const auto [level, index] = id;
    ASSERT_EQ(hashes.size(), kTileWidth);
    const uint64_t width = uint64_t{1} << (kTileHeight * level);
    for (uint64_t i = 0; i < kTileWidth; i += level == 0 ? 1 : 51) {
      const uint64_t begin = (index * kTileWidth + i) * width;
      ASSERT_EQ(hashes[i],
                DefinedRoot(std::span(log.leaves()).subspan(begin, width)))
          << level << " " << index << " " << i;
    }
  }
}

TEST(TileEdgeTest, KeepsThePartialTiles) {
  const MemoryLog log(2 * 256 * 256 + 3 * 256 + 5);
  EXPECT_EQ(log.edge().Partial(0).size(), 5u);
  EXPECT_EQ(log.edge().Partial(1).size(), 3u);
  EXPECT_EQ(log.edge().Partial(2).size(), 2u);
  EXPECT_EQ(log.edge().Partial(3).size(), 0u);
  EXPECT_EQ(log.edge().Partial(2)[1],
            DefinedRoot(std::span(log.leaves()).subspan(65'536, 65'536)));
}

TEST(TileEdgeTest, LoadedFromItsTilesItGoesOnAsBefore) {
  for (const uint64_t size :
       {0u, 1u, 255u, 256u, 257u, 65'535u, 65'536u, 65'537u, 70'000u}) {
    MemoryLog log(size);

    ASSERT_OK_AND_ASSIGN(TileEdge loaded, TileEdge::Load(size, log));

    ASSERT_EQ(loaded.frontier(), log.edge().frontier()) << size;
    TileEdge original = log.edge();
    for (uint64_t i = size; i < size + 600; ++i) {
      std::vector<TileId> from_original;
      std::vector<TileId> from_loaded;
      original.Append(LeafAt(i), [&](const TileId& tile, auto) {
        from_original.push_back(tile);
      });
      loaded.Append(LeafAt(i), [&](const TileId& tile, auto) {
        from_loaded.push_back(tile);
      });
      ASSERT_EQ(from_loaded, from_original) << i;
    }
    EXPECT_EQ(loaded.Root(), original.Root());
    for (uint32_t level = 0; level < kTileLevelCount; ++level) {
      EXPECT_THAT(loaded.Partial(level),
                  ElementsAreArray(original.Partial(level)));
    }
  }
}

TEST(TileEdgeTest, LoadingReadsNoPartialTileButTheLowest) {
  MemoryLog log(70'000);
  ASSERT_THAT(TileEdge::Load(70'000, log), IsOk());

  for (const TileId& tile : log.reads()) {
    EXPECT_TRUE(tile.level == 0 || tile.width == kTileWidth) << TilePath(tile);
  }
  EXPECT_EQ(log.reads().front(), (TileId{0, 273, 112}));
  EXPECT_EQ(log.reads().size(), 1u + 17u + 1u);
}

TEST(TileEdgeTest, AnErrorOfTheSourceComesThrough) {
  MemoryLog small(10);
  EXPECT_THAT(TileEdge::Load(1'000, small),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("tile/0/003")));
}

TEST(TileEdgeTest, ReadsItsPartialTilesAlsoAsTheyWereBefore) {
  const MemoryLog log(600);
  std::array<Hash, 50> hashes;
  ASSERT_TRUE(log.edge().Read({0, 2, 50}, hashes));
  EXPECT_THAT(hashes,
              ElementsAreArray(std::span(log.leaves()).subspan(512, 50)));
  EXPECT_FALSE(log.edge().Read({0, 1, 50}, hashes));
}

}  // namespace
}  // namespace daybook::audit
