#include "daybook/audit/merkle_prover.h"

#include <algorithm>
#include <bit>
#include <memory>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "audit/merkle_path.h"
#include "daybook/audit/merkle_proof.h"
#include "daybook/audit/merkle_tree.h"

namespace daybook::audit {
namespace {

// Reads each tile once for one proof.
class HashReader {
 public:
  HashReader(uint64_t size, TileSource& tiles) : size_(size), tiles_(tiles) {}

  // The root of the tree of these leaves. REQUIRES: they are a subtree, not
  // empty, of the log.
  absl::StatusOr<Hash> Root(const LeafRange& range) {
    // Complete trees of falling size; what is left of each is their rest.
    std::vector<Hash> roots;
    for (uint64_t begin = range.begin; begin < range.end;) {
      const uint64_t width = std::bit_floor(range.end - begin);
      absl::StatusOr<Hash> root = CompleteRoot(begin, width);
      if (!root.ok()) return root;
      roots.push_back(*root);
      begin += width;
    }
    Hash root = roots.back();
    for (auto left = roots.rbegin() + 1; left != roots.rend(); ++left) {
      root = NodeHash(*left, root);
    }
    return root;
  }

 private:
  struct Tile {
    uint32_t level = 0;
    uint64_t index = 0;
    std::vector<Hash> hashes;
  };

  // REQUIRES: `width` is a power of two, and `begin` a multiple of it.
  absl::StatusOr<Hash> CompleteRoot(uint64_t begin, uint64_t width) {
    const auto height = static_cast<uint32_t>(std::countr_zero(width));
    const uint32_t level = height / kTileHeight;
    const uint64_t first = begin >> (kTileHeight * level);
    const uint64_t count = width >> (kTileHeight * level);
    absl::StatusOr<const Tile*> tile = Read(level, first / kTileWidth);
    if (!tile.ok()) return tile.status();
    return RootOf(
        std::span((*tile)->hashes).subspan(first % kTileWidth, count));
  }

  absl::StatusOr<const Tile*> Read(uint32_t level, uint64_t index) {
    for (const std::unique_ptr<Tile>& tile : read_) {
      if (tile->level == level && tile->index == index) return tile.get();
    }
    const uint64_t there = TileHashCount(size_, level) - index * kTileWidth;
    const auto width =
        static_cast<uint32_t>(std::min<uint64_t>(there, kTileWidth));
    auto tile = std::make_unique<Tile>();
    tile->level = level;
    tile->index = index;
    tile->hashes.resize(width);
    const absl::Status read =
        tiles_.ReadTile({level, index, width}, tile->hashes);
    if (!read.ok()) return read;
    read_.push_back(std::move(tile));
    return read_.back().get();
  }

  const uint64_t size_;
  TileSource& tiles_;
  std::vector<std::unique_ptr<Tile>> read_;
};

absl::Status CheckSize(uint64_t size, uint64_t log_size) {
  if (size <= log_size) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the log has ", log_size, " leaves, never had ", size));
}

absl::Status CheckSubtree(uint64_t begin, uint64_t end, uint64_t size) {
  if (begin < end && end <= size && IsSubtree(begin, end)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "leaves ", begin, " to ", end, " are no subtree of a tree of ", size));
}

}  // namespace

absl::StatusOr<Hash> MerkleProver::Root(uint64_t size) const {
  const absl::Status checked = CheckSize(size, size_);
  if (!checked.ok()) return checked;
  if (size == 0) return EmptyRoot();
  return HashReader(size_, tiles_).Root({0, size});
}

absl::StatusOr<Hash> MerkleProver::SubtreeRoot(uint64_t begin,
                                               uint64_t end) const {
  const absl::Status checked = CheckSubtree(begin, end, size_);
  if (!checked.ok()) return checked;
  return HashReader(size_, tiles_).Root({begin, end});
}

absl::StatusOr<std::vector<Hash>> MerkleProver::ProveInclusion(
    uint64_t index, uint64_t size) const {
  if (index >= size) {
    return absl::InvalidArgumentError(
        absl::StrCat("a tree of ", size, " leaves has no leaf ", index));
  }
  return ProveSubtree(index, index + 1, size);
}

absl::StatusOr<std::vector<Hash>> MerkleProver::ProveConsistency(
    uint64_t old_size, uint64_t new_size) const {
  return ProveSubtree(0, old_size, new_size);
}

absl::StatusOr<std::vector<Hash>> MerkleProver::ProveSubtree(
    uint64_t begin, uint64_t end, uint64_t size) const {
  absl::Status checked = CheckSize(size, size_);
  if (checked.ok()) checked = CheckSubtree(begin, end, size);
  if (!checked.ok()) return checked;

  const MerklePath path({begin, end}, size);
  HashReader reader(size_, tiles_);
  std::vector<Hash> proof;
  proof.reserve(path.proof_size());
  const auto add = [&](const LeafRange& range) -> absl::Status {
    absl::StatusOr<Hash> root = reader.Root(range);
    if (root.ok()) proof.push_back(*root);
    return root.status();
  };
  if (!path.is_whole()) {
    const absl::Status added = add(path.end());
    if (!added.ok()) return added;
  }
  const std::span<const MerkleStep> steps = path.steps();
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    const absl::Status added = add(step->other);
    if (!added.ok()) return added;
  }
  return proof;
}

}  // namespace daybook::audit
