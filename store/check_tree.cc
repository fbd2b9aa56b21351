#include "store/check_tree.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/audit/hash.h"
#include "daybook/audit/merkle_proof.h"
#include "daybook/audit/merkle_prover.h"
#include "daybook/audit/merkle_tree.h"
#include "daybook/audit/tile.h"
#include "store/errors_internal.h"
#include "store/log_tree.h"
#include "store/removal_ledger.h"
#include "store/status_macros.h"
#include "store/system_events.h"
#include "store/tree_below.h"

namespace daybook {
namespace {

using audit::Hash;
using audit::kTileHeight;
using audit::kTileWidth;
using audit::TileId;

// How many events are checked between two reports of progress.
constexpr uint64_t kProgressCount = 1 << 12;

absl::Status TooShort(const TreeState& tree, const NamedTree& head) {
  return DamageError(
      Position(tree.size),
      absl::StrCat("the log ends here, but ", head.place, " has a head of ",
                   head.tree.size,
                   " events: the store was rolled back or lost its end, or the "
                   "head is of another one"));
}

// `from`: everything below is as a smaller head says. Without one there is no
// telling where.
absl::Status AnotherRoot(Position from, const Hash& root,
                         const NamedTree& head) {
  const std::string what = absl::StrCat(
      "below ", head.tree.size,
      " an event was changed, removed or put in: the head in ", head.place,
      " has the root ", head.tree.root.ToHex(), ", the events have ",
      root.ToHex(), "; or that head is of another store");
  if (from == Position(0)) return absl::DataLossError("somewhere " + what);
  return DamageError(from, "here or later, " + what);
}

class TreeCheck {
 public:
  TreeCheck(const RocksDb& log, const CheckTreeOptions& options)
      : log_(log), options_(options), leaves_(log, options.finder) {}

  absl::StatusOr<TreeState> Run(Position from, Position to);

 private:
  absl::Status SkipTo(Position from);
  absl::Status CheckEvent(Position at);
  // Compares with the row of its tile, where that is complete.
  absl::Status CheckInTile(Position at, const Hash& leaf);
  absl::Status AppendToTree(const Hash& leaf);
  // Compares with the heads that are of as many leaves as the tree has now.
  absl::Status CheckHeads();
  // The tree is that of this head up to there.
  void Cover(const NamedTree& head);
  absl::Status TakeRemoval(Position at);
  absl::Status TakeRemovalsBelow(Position from, const TreeBelow& below);
  bool IsExplained(const NamedTree& head) const;

  const RocksDb& log_;
  const CheckTreeOptions& options_;
  LeafWalk leaves_;
  TreeState written_;
  audit::TileEdge tree_;
  // The next of the heads, and what those before it cover.
  size_t next_head_ = 0;
  Position covered_;
  // The same without heads of the size of the last one.
  Position covered_before_;
  // The tile of level 0 that was read last.
  std::optional<uint64_t> tile_index_;
  std::array<Hash, kTileWidth> tile_;
};

absl::Status TreeCheck::SkipTo(Position from) {
  DAYBOOK_ASSIGN_OR_RETURN(tree_, LoadTreeEdge(log_, from));
  LogTiles tiles(log_, tree_);
  const TreeState below = {tree_.size(), tree_.Root()};
  const TreeBelow known(below, tiles);
  if (options_.events && options_.finder == nullptr) {
    // No stream has an empty name.
    DAYBOOK_RETURN_IF_ERROR(leaves_.SkipTo(
        from, options_.visit ? kProducersStream : std::string_view(),
        [&](const EventView& event, const Hash& leaf) {
          const absl::Status in_tree = known.CheckLeaf(event.position, leaf);
          return in_tree.ok() ? options_.visit(event, nullptr) : in_tree;
        }));
  }
  bool took_below = false;
  for (; next_head_ < options_.heads.size() &&
         options_.heads[next_head_].tree.size < below.size;
       ++next_head_) {
    const NamedTree& head = options_.heads[next_head_];
    absl::Status continues = CheckContinues(head, below, tiles, covered_);
    if (continues.ok()) {
      Cover(head);
      continue;
    }
    if (options_.removals == nullptr) return continues;
    if (!std::exchange(took_below, true)) {
      DAYBOOK_RETURN_IF_ERROR(TakeRemovalsBelow(from, known));
    }
    if (!IsExplained(head)) return continues;
  }
  return absl::OkStatus();
}

absl::Status TreeCheck::TakeRemovalsBelow(Position from,
                                          const TreeBelow& below) {
  return LeafWalk(log_, nullptr)
      .SkipTo(from, kOperationsStream,
              [&](const EventView& event, const Hash& leaf) -> absl::Status {
                DAYBOOK_RETURN_IF_ERROR(below.CheckLeaf(event.position, leaf));
                DAYBOOK_ASSIGN_OR_RETURN(const Hash root,
                                         below.RootAt(event.position));
                options_.removals->Take(event, root);
                return absl::OkStatus();
              });
}

bool TreeCheck::IsExplained(const NamedTree& head) const {
  return options_.removals != nullptr &&
         options_.removals->Explain(head.tree).has_value();
}

absl::Status TreeCheck::TakeRemoval(Position at) {
  if (options_.removals == nullptr ||
      leaves_.StreamAt(at) != kOperationsStream) {
    return absl::OkStatus();
  }
  DAYBOOK_ASSIGN_OR_RETURN(const EventView event, leaves_.EventAt(at));
  options_.removals->Take(event, tree_.Root());
  return absl::OkStatus();
}

void TreeCheck::Cover(const NamedTree& head) {
  if (covered_.value() < head.tree.size) covered_before_ = covered_;
  covered_ = Position(head.tree.size);
}

absl::Status TreeCheck::CheckHeads() {
  while (next_head_ < options_.heads.size()) {
    const NamedTree& head = options_.heads[next_head_];
    if (head.tree.size > tree_.size()) return absl::OkStatus();
    const Hash root = tree_.Root();
    if (root == head.tree.root) {
      Cover(head);
    } else if (!IsExplained(head)) {
      // One of the same size may have been right: then it is the smaller ones
      // that say up to where.
      return AnotherRoot(
          covered_.value() < head.tree.size ? covered_ : covered_before_, root,
          head);
    }
    ++next_head_;
  }
  return absl::OkStatus();
}

absl::Status TreeCheck::CheckInTile(Position at, const Hash& leaf) {
  const uint64_t index = at.value() / kTileWidth;
  if ((index + 1) * kTileWidth > written_.size) return absl::OkStatus();
  if (tile_index_ != index) {
    DAYBOOK_RETURN_IF_ERROR(
        ReadCompleteTile(log_, {.level = 0, .index = index}, tile_));
    tile_index_ = index;
  }
  const Hash& in_tile = tile_[at.value() % kTileWidth];
  if (in_tile == leaf) return absl::OkStatus();
  return DamageError(at,
                     absl::StrCat("the event's leaf is ", leaf.ToHex(),
                                  ", the audit tree has ", in_tile.ToHex()));
}

absl::Status TreeCheck::CheckEvent(Position at) {
  Hash leaf;
  if (options_.events) {
    DAYBOOK_RETURN_IF_ERROR(leaves_.Read(at));
    leaf = leaves_.leaf();
  } else {
    DAYBOOK_ASSIGN_OR_RETURN(leaf, leaves_.StoredLeaf(at));
  }
  DAYBOOK_RETURN_IF_ERROR(CheckInTile(at, leaf));
  DAYBOOK_RETURN_IF_ERROR(TakeRemoval(at));
  if (options_.events && options_.visit) {
    const StoredLeaf stored = leaves_.stored_leaf();
    DAYBOOK_RETURN_IF_ERROR(options_.visit(leaves_.event(), &stored));
  }
  return AppendToTree(leaf);
}

absl::Status TreeCheck::AppendToTree(const Hash& leaf) {
  absl::Status status;
  tree_.Append(leaf, [&](const TileId& tile, std::span<const Hash> hashes) {
    // Those of level 0 were looked at leaf by leaf.
    if (tile.level == 0 || !status.ok()) return;
    std::array<Hash, kTileWidth> row;
    status = ReadCompleteTile(log_, tile, row);
    if (!status.ok()) return;
    const auto differ =
        std::mismatch(hashes.begin(), hashes.end(), row.begin());
    if (differ.first == hashes.end()) return;
    const uint64_t number = tile.index * kTileWidth +
                            static_cast<uint64_t>(differ.second - row.begin());
    status = DamageError(
        Position(number << (kTileHeight * tile.level)),
        absl::StrCat("tile ", tile.level, "/", tile.index,
                     " of the audit tree does not follow from those below"));
  });
  return status;
}

absl::StatusOr<TreeState> TreeCheck::Run(Position from, Position to) {
  absl::StatusOr<TreeState> written = ReadTreeHead(log_);
  if (absl::IsDataLoss(written.status())) {
    return DamageError(to, std::string(written.status().message()));
  }
  if (!written.ok()) return written.status();
  written_ = *written;
  DAYBOOK_RETURN_IF_ERROR(SkipTo(from));
  for (uint64_t at = from.value(); at < to.value(); ++at) {
    if (options_.progress && at % kProgressCount == 0) {
      DAYBOOK_RETURN_IF_ERROR(options_.progress(Position(at)));
    }
    DAYBOOK_RETURN_IF_ERROR(CheckHeads());
    DAYBOOK_RETURN_IF_ERROR(CheckEvent(Position(at)));
  }
  DAYBOOK_RETURN_IF_ERROR(CheckHeads());
  if (written_.size < to.value()) {
    return DamageError(
        Position(written_.size),
        absl::StrCat("the audit tree ends here, the log at ", to.value()));
  }
  const TreeState made = {tree_.size(), tree_.Root()};
  if (made.size == written_.size && made.root != written_.root) {
    return DamageError(Position(to.value() - to.value() % kTileWidth),
                       absl::StrCat("the root of the audit tree below ",
                                    to.value(), " is ", made.root.ToHex(),
                                    ", written was ", written_.root.ToHex()));
  }
  for (; next_head_ < options_.heads.size(); ++next_head_) {
    const NamedTree& head = options_.heads[next_head_];
    if (!IsExplained(head)) return TooShort(made, head);
  }
  return made;
}

}  // namespace

absl::StatusOr<TreeState> CheckTree(const RocksDb& log, Position from,
                                    Position to,
                                    const CheckTreeOptions& options) {
  return TreeCheck(log, options).Run(from, to);
}

absl::Status CheckTreeRange(Position from, Position to, Position head) {
  if (from <= to && to <= head) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("check the audit tree from ", from.value(), " to ",
                   to.value(), ": it has ", head.value(), " leaves"));
}

absl::Status CheckContinues(const NamedTree& head, const TreeState& tree,
                            audit::TileSource& tiles, Position covered) {
  if (head.tree.size > tree.size) return TooShort(tree, head);
  // Every tree continues the one without leaves.
  if (head.tree.size == 0) return absl::OkStatus();
  const audit::MerkleProver prover(tree.size, tiles);
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<Hash> proof,
                           prover.ProveConsistency(head.tree.size, tree.size));
  if (audit::VerifyConsistency(head.tree.size, head.tree.root, tree.size,
                               tree.root, proof)
          .ok()) {
    return absl::OkStatus();
  }
  DAYBOOK_ASSIGN_OR_RETURN(const Hash root, prover.Root(head.tree.size));
  return AnotherRoot(covered, root, head);
}

}  // namespace daybook
