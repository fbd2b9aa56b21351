// A Merkle log as it grows: what must be in memory to append leaves and to know
// the root (MerkleFrontier), and to keep all its hashes as tiles (TileEdge).
//
//   MerkleFrontier frontier;
//   frontier.Append(LeafHash(leaf));
//   Hash root = frontier.Root();  // of a tree of frontier.size() leaves
//
// The tree is RFC 6962's (section 2.1). Its leaves are known by their hashes.

#ifndef DAYBOOK_AUDIT_MERKLE_TREE_H_
#define DAYBOOK_AUDIT_MERKLE_TREE_H_

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "daybook/audit/hash.h"
#include "daybook/audit/tile.h"

namespace daybook::audit {

// The roots of the largest complete trees that the leaves so far are made of,
// one for each bit of their number: at most 64 hashes. Not thread-safe.
class MerkleFrontier {
 public:
  // Of no leaves.
  MerkleFrontier() = default;

  // Reads what Encode() wrote. Errors: kDataLoss for bytes of any other length;
  // that the hashes are right, only the root shows.
  static absl::StatusOr<MerkleFrontier> Parse(std::string_view bytes);

  // How many leaves there are.
  uint64_t size() const { return size_; }

  // Appends the leaf with this hash. The second also tells of each complete
  // tree that it is the last leaf of, lowest first, with the tree's height: the
  // leaf itself is of height 0. Cost: one node hash, in the mean.
  // REQUIRES: size() is not the largest uint64_t.
  void Append(const Hash& leaf) {
    Append(leaf, [](uint32_t, const Hash&) {});
  }
  void Append(
      const Hash& leaf,
      absl::FunctionRef<void(uint32_t height, const Hash& root)> completed);

  // Cost: a node hash for each bit that is set in size(), but one.
  Hash Root() const;

  // The size as 8 bytes, big-endian, then the hashes, of the largest tree
  // first. Stored; never changes.
  std::string Encode() const;

  friend bool operator==(const MerkleFrontier&,
                         const MerkleFrontier&) = default;

 private:
  friend class TileEdge;

  uint64_t size_ = 0;
  // Of the largest tree first.
  std::vector<Hash> roots_;
};

// The root of the tree of leaves with these hashes, of any number.
Hash RootOf(std::span<const Hash> leaves);

// A frontier with the partial tiles of all levels: what makes tiles of a log
// that grows. Complete tiles are handed out and forgotten. At most 64 KiB.
// Copies are independent. Not thread-safe.
class TileEdge {
 public:
  using OnComplete =
      absl::FunctionRef<void(const TileId& tile, std::span<const Hash> hashes)>;

  // Of no leaves.
  TileEdge() = default;

  // The edge of a log of `size` leaves. From `tiles` are read: the partial tile
  // of level 0, and of each level the complete tiles that have no complete one
  // above them, at most 255. Partial tiles of higher levels are made from
  // those, so that they need not be kept. Errors: of `tiles`.
  //
  // Whether the tiles are right shows when Root() is compared with one that is
  // kept elsewhere.
  static absl::StatusOr<TileEdge> Load(uint64_t size, TileSource& tiles);

  uint64_t size() const { return frontier_.size(); }
  Hash Root() const { return frontier_.Root(); }
  const MerkleFrontier& frontier() const { return frontier_; }

  // Appends the leaf with this hash. Calls `on_complete` for each tile that it
  // completes, lowest first; `hashes` is only valid during the call. Cost: one
  // node hash, in the mean.
  void Append(const Hash& leaf, OnComplete on_complete);

  // The hashes of the partial tile of a level, empty when there is none. Valid
  // until the next append. REQUIRES: level < kTileLevelCount.
  std::span<const Hash> Partial(uint32_t level) const {
    return partial_[level];
  }

  // Fills `hashes` and returns true if the tile is one of these partial ones
  // and has so many; false otherwise: it was complete and handed out, or the
  // log has not got it. For a TileSource over both. REQUIRES: hashes.size() ==
  // tile.width, tile.level < kTileLevelCount.
  bool Read(const TileId& tile, std::span<Hash> hashes) const;

 private:
  MerkleFrontier frontier_;
  std::array<std::vector<Hash>, kTileLevelCount> partial_;
};

}  // namespace daybook::audit

#endif  // DAYBOOK_AUDIT_MERKLE_TREE_H_
