#include "daybook/audit/merkle_tree.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "audit/coding.h"

namespace daybook::audit {

absl::StatusOr<MerkleFrontier> MerkleFrontier::Parse(std::string_view bytes) {
  MerkleFrontier frontier;
  std::string_view rest = bytes;
  if (!TakeNumber(&rest, &frontier.size_) ||
      rest.size() != std::popcount(frontier.size_) * Hash::kSize) {
    return absl::DataLossError(absl::StrCat(
        "a frontier of a Merkle tree can't have ", bytes.size(), " bytes"));
  }
  for (; !rest.empty(); rest.remove_prefix(Hash::kSize)) {
    frontier.roots_.push_back(*Hash::FromBytes(rest.substr(0, Hash::kSize)));
  }
  return frontier;
}

void MerkleFrontier::Append(
    const Hash& leaf,
    absl::FunctionRef<void(uint32_t height, const Hash& root)> completed) {
  assert(size_ < std::numeric_limits<uint64_t>::max());
  Hash root = leaf;
  uint32_t height = 0;
  completed(height, root);
  // Each tree as high as the one that ends here becomes its left half.
  for (uint64_t rest = size_; (rest & 1) != 0; rest >>= 1) {
    root = NodeHash(roots_.back(), root);
    roots_.pop_back();
    completed(++height, root);
  }
  roots_.push_back(root);
  ++size_;
}

Hash MerkleFrontier::Root() const {
  if (roots_.empty()) return EmptyRoot();
  Hash root = roots_.back();
  for (auto left = roots_.rbegin() + 1; left != roots_.rend(); ++left) {
    root = NodeHash(*left, root);
  }
  return root;
}

std::string MerkleFrontier::Encode() const {
  std::string bytes;
  bytes.reserve(sizeof(size_) + roots_.size() * Hash::kSize);
  PutNumber(&bytes, size_);
  for (const Hash& root : roots_) bytes.append(root.view());
  return bytes;
}

Hash RootOf(std::span<const Hash> leaves) {
  MerkleFrontier frontier;
  for (const Hash& leaf : leaves) frontier.Append(leaf);
  return frontier.Root();
}

absl::StatusOr<TileEdge> TileEdge::Load(uint64_t size, TileSource& tiles) {
  TileEdge edge;
  std::array<Hash, kTileWidth> complete;
  for (uint32_t level = 0; level < kTileLevelCount; ++level) {
    const uint32_t width = PartialTileWidth(size, level);
    if (width == 0) continue;
    const uint64_t first = TileHashCount(size, level) - width;
    std::vector<Hash>& partial = edge.partial_[level];
    partial.resize(width);
    if (level == 0) {
      const TileId tile = {0, first / kTileWidth, width};
      const absl::Status read = tiles.ReadTile(tile, partial);
      if (!read.ok()) return read;
      continue;
    }
    for (uint32_t i = 0; i < width; ++i) {
      const TileId below = {level - 1, first + i, kTileWidth};
      const absl::Status read = tiles.ReadTile(below, complete);
      if (!read.ok()) return read;
      partial[i] = RootOf(complete);
    }
  }
  edge.frontier_.size_ = size;
  for (uint32_t level = kTileLevelCount; level-- > 0;) {
    MerkleFrontier part;
    for (const Hash& hash : edge.partial_[level]) part.Append(hash);
    std::vector<Hash>& roots = edge.frontier_.roots_;
    roots.insert(roots.end(), part.roots_.begin(), part.roots_.end());
  }
  return edge;
}

void TileEdge::Append(const Hash& leaf, OnComplete on_complete) {
  const uint64_t index = frontier_.size();
  frontier_.Append(leaf, [&](uint32_t height, const Hash& root) {
    if (height % kTileHeight != 0) return;
    const uint32_t level = height / kTileHeight;
    // A tree of all 2^64 leaves: there is none.
    assert(level < kTileLevelCount);
    std::vector<Hash>& partial = partial_[level];
    partial.reserve(kTileWidth);
    partial.push_back(root);
    if (partial.size() < kTileWidth) return;
    on_complete({level, (index >> height) / kTileWidth, kTileWidth}, partial);
    partial.clear();
  });
}

bool TileEdge::Read(const TileId& tile, std::span<Hash> hashes) const {
  assert(hashes.size() == tile.width);
  const uint64_t count = TileHashCount(size(), tile.level);
  const std::vector<Hash>& partial = partial_[tile.level];
  if (tile.index != count / kTileWidth || tile.width > partial.size()) {
    return false;
  }
  std::copy_n(partial.begin(), tile.width, hashes.begin());
  return true;
}

}  // namespace daybook::audit
