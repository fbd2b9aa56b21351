// Whether the audit tree of a log is that of its events:
// EventStore::CheckTree(), VerifyStore(), and every tree head before it is
// made.

#ifndef DAYBOOK_STORE_CHECK_TREE_H_
#define DAYBOOK_STORE_CHECK_TREE_H_

#include <functional>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/audit/tile.h"
#include "daybook/store/audit.h"
#include "daybook/store/event.h"
#include "daybook/store/numbers.h"
#include "store/leaf_walk.h"
#include "store/rocks_db.h"

namespace daybook {

// A tree that somebody says the log once had.
struct NamedTree {
  // Where that is said, for messages.
  std::string place;
  TreeState tree;
};

class RemovalLedger;

struct CheckTreeOptions {
  // Makes leaves again from the events; otherwise those that stand beside the
  // events are taken for theirs, and only the tree is made again.
  bool events = true;
  // Knows the leaves of streams below `from`; null: they are taken from the
  // chunks, all of them.
  LeafFinder* finder = nullptr;
  // What the log must continue, smallest first.
  std::span<const NamedTree> heads;
  // Takes the removals that are declared at [from, to), and those below `from`
  // if a head needs them; a head that they explain need not be continued. May
  // be null.
  RemovalLedger* removals = nullptr;
  // Called for each event that is checked, once its leaf was found to be right;
  // and before, without a leaf, for those of `$producers` below `from`, each of
  // which was found to be the tree's, too. Ends the check with the error it
  // returns. Only with `events`, and without a `finder`.
  std::function<absl::Status(const EventView& event, const StoredLeaf* leaf)>
      visit;
  // Called now and then with the position that is checked next; ends the check
  // with the error it returns.
  std::function<absl::Status(Position at)> progress;
};

// Makes the leaves of the events at [from, to) again from what is stored of
// them, and compares each with the one stored beside it and with its tile; then
// the tiles above with those below, and the root with the head, if that is
// of `to`. Returns the tree below `to`. What lies below `from` is taken as it
// is, but for events of system streams that the check goes by. Reads the log
// and the rows of the tree; no index and nothing in memory.
//
// Errors: kDataLoss with the first position that is not as the tree says. Where
// only the root differs, that is the first whose leaf is in no complete tile;
// where only a head does, the first that no smaller head covers, and none where
// no smaller one is there.
// REQUIRES: from <= to, and `to` is committed.
// Memory: some hundred bytes for each stream.
absl::StatusOr<TreeState> CheckTree(const RocksDb& log, Position from,
                                    Position to,
                                    const CheckTreeOptions& options = {});

// kInvalidArgument unless from <= to <= head.
absl::Status CheckTreeRange(Position from, Position to, Position head);

// Whether `tree`, with these tiles, continues `head`. Errors: kDataLoss: it is
// shorter, or another one: then somewhere below the head's size, and not below
// `covered`, up to where it is known to be right.
absl::Status CheckContinues(const NamedTree& head, const TreeState& tree,
                            audit::TileSource& tiles,
                            Position covered = Position(0));

}  // namespace daybook

#endif  // DAYBOOK_STORE_CHECK_TREE_H_
