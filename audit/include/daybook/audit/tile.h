// Tiles: how the hashes of a Merkle log are kept, and published
// (https://c2sp.org/tlog-tiles).
//
// A tile is up to 256 hashes side by side. Those of level 0 are hashes of
// leaves; each hash of a tile of level 1 is the root of a complete tile of
// level 0, and so on. Hashes in between are made from these when needed. A
// complete tile never changes; the last one of a level is partial until then,
// and what it has of hashes stays.

#ifndef DAYBOOK_AUDIT_TILE_H_
#define DAYBOOK_AUDIT_TILE_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "daybook/audit/hash.h"

namespace daybook::audit {

// The height of the tree that a complete tile holds, and its hashes.
inline constexpr uint32_t kTileHeight = 8;
inline constexpr uint32_t kTileWidth = 1 << kTileHeight;
// Levels that a log of less than 2^64 leaves can have.
inline constexpr uint32_t kTileLevelCount = 64 / kTileHeight;

struct TileId {
  uint32_t level = 0;
  uint64_t index = 0;
  // How many hashes of it, from the first on: 1 to kTileWidth.
  uint32_t width = kTileWidth;

  friend bool operator==(const TileId&, const TileId&) = default;
};

// How many hashes the tiles of a level have together in a log of `size`
// leaves, and how many of them are in the partial one: 0 when there is none.
// REQUIRES: level < kTileLevelCount.
uint64_t TileHashCount(uint64_t size, uint32_t level);
uint32_t PartialTileWidth(uint64_t size, uint32_t level);

// Where a tile is published: "tile/0/x001/x234/067", or with ".p/W" at the end
// for a partial one of W hashes.
std::string TilePath(const TileId& tile);

// Where the leaves themselves are, those of a tile of level 0:
// "tile/entries/x001/x234/067". REQUIRES: tile.level == 0.
std::string EntriesPath(const TileId& tile);

// Appends a leaf to the bytes of a file of them, which holds those of one tile
// of level 0: its size as two bytes, the most significant first, and the leaf.
// REQUIRES: leaf.size() <= kLeafBytesMax (leaf.h).
void AppendEntry(std::string_view leaf, std::string* out);

// What holds the tiles of a log.
class TileSource {
 public:
  virtual ~TileSource() = default;

  // Reads the first `tile.width` hashes of a tile that has at least those.
  // REQUIRES: hashes.size() == tile.width.
  // Errors: of the source; whoever asked for the tile returns them as they are.
  virtual absl::Status ReadTile(const TileId& tile, std::span<Hash> hashes) = 0;
};

}  // namespace daybook::audit

#endif  // DAYBOOK_AUDIT_TILE_H_
