#include "daybook/audit/tile.h"

#include <cassert>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "audit/coding.h"
#include "daybook/audit/leaf.h"

namespace daybook::audit {
namespace {

// An index in groups of three digits, of which all but the last begin with x,
// and ".p/W" unless the tile is complete.
std::string IndexPath(const TileId& tile) {
  assert(tile.width > 0 && tile.width <= kTileWidth);
  std::string path = absl::StrFormat("%03d", tile.index % 1000);
  for (uint64_t rest = tile.index / 1000; rest > 0; rest /= 1000) {
    path = absl::StrFormat("x%03d/%s", rest % 1000, path);
  }
  if (tile.width < kTileWidth) absl::StrAppend(&path, ".p/", tile.width);
  return path;
}

}  // namespace

uint64_t TileHashCount(uint64_t size, uint32_t level) {
  assert(level < kTileLevelCount);
  return size >> (kTileHeight * level);
}

uint32_t PartialTileWidth(uint64_t size, uint32_t level) {
  return static_cast<uint32_t>(TileHashCount(size, level) % kTileWidth);
}

std::string TilePath(const TileId& tile) {
  return absl::StrCat("tile/", tile.level, "/", IndexPath(tile));
}

std::string EntriesPath(const TileId& tile) {
  assert(tile.level == 0);
  return absl::StrCat("tile/entries/", IndexPath(tile));
}

void AppendEntry(std::string_view leaf, std::string* out) {
  assert(leaf.size() <= kLeafBytesMax);
  PutNumber(out, static_cast<uint16_t>(leaf.size()));
  out->append(leaf);
}

}  // namespace daybook::audit
