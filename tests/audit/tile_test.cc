#include "daybook/audit/tile.h"

#include <cstdint>

#include "gtest/gtest.h"

namespace daybook::audit {
namespace {

// The examples of https://c2sp.org/tlog-tiles.
TEST(TileTest, PathsAreThoseOfTlogTiles) {
  EXPECT_EQ(TilePath({0, 0}), "tile/0/000");
  EXPECT_EQ(TilePath({2, 999}), "tile/2/999");
  EXPECT_EQ(TilePath({0, 1000}), "tile/0/x001/000");
  EXPECT_EQ(TilePath({0, 1234067}), "tile/0/x001/x234/067");
  EXPECT_EQ(TilePath({7, 273, 112}), "tile/7/273.p/112");
  EXPECT_EQ(TilePath({1, 1234067, 1}), "tile/1/x001/x234/067.p/1");
  EXPECT_EQ(TilePath({0, UINT64_MAX}),
            "tile/0/x018/x446/x744/x073/x709/x551/615");
}

TEST(TileTest, EntriesStandBesideTheirHashes) {
  EXPECT_EQ(EntriesPath({0, 1234067}), "tile/entries/x001/x234/067");
  EXPECT_EQ(EntriesPath({0, 273, 112}), "tile/entries/273.p/112");
}

TEST(TileTest, PartialTilesOfALogAreThoseOfTlogTiles) {
  EXPECT_EQ(TileHashCount(70'000, 0) / kTileWidth, 273u);
  EXPECT_EQ(PartialTileWidth(70'000, 0), 112u);
  EXPECT_EQ(TileHashCount(70'000, 1) / kTileWidth, 1u);
  EXPECT_EQ(PartialTileWidth(70'000, 1), 17u);
  EXPECT_EQ(PartialTileWidth(70'000, 2), 1u);
  EXPECT_EQ(PartialTileWidth(70'000, 3), 0u);

  EXPECT_EQ(PartialTileWidth(256, 0), 0u);
  EXPECT_EQ(PartialTileWidth(256, 1), 1u);
}

}  // namespace
}  // namespace daybook::audit
