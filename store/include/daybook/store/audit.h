// What a store says about its audit tree: the Merkle tree over its log, which
// shows that no event was changed, removed or put between others.
//
//   absl::StatusOr<TreeState> before = store.Tree();
//   ...  // kept where nobody who writes to the store can change it
//   absl::Status intact = store.CheckTree(Position(0), Position(before->size));
//
// What is hashed: audit/FORMAT.md. Proofs and signatures: audit/README.md.

#ifndef DAYBOOK_STORE_AUDIT_H_
#define DAYBOOK_STORE_AUDIT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "daybook/audit/commitment.h"
#include "daybook/audit/hash.h"
#include "daybook/audit/tile.h"
#include "daybook/audit/tree_head.h"
#include "daybook/store/numbers.h"

namespace daybook {

// A tree of the events at positions below `size`, each of them a leaf.
struct TreeState {
  uint64_t size = 0;
  audit::Hash root = audit::EmptyRoot();

  friend bool operator==(const TreeState&, const TreeState&) = default;
};

// The leaf of a stored event.
struct StoredLeaf {
  Position position;
  // As audit::ParseLeaf() reads it; audit::LeafHash() of it is in the tree.
  std::string_view bytes;
  // Of the leaf's commitments: who has payload or metadata and the salt can
  // show that they are the leaf's.
  audit::Salt payload_salt{};
  audit::Salt metadata_salt{};
};

// The tree of one moment with all that is in it: what proofs are made from.
//
//   audit::MerkleProver prover(tree->state().size, tree->tiles());
//   auto hashes = prover.ProveInclusion(position, tree->state().size);
//
// Not thread-safe. Must not outlive the store; Close() waits for it, as for a
// cursor.
class TreeReader {
 public:
  virtual ~TreeReader() = default;
  TreeReader(const TreeReader&) = delete;
  TreeReader& operator=(const TreeReader&) = delete;

  const TreeState& state() const { return state_; }

  // Errors of reading: kDataLoss with the position of the first leaf below
  // what is damaged.
  virtual audit::TileSource& tiles() = 0;

  // Makes the leaves of the events at [from, to) from what is stored and shows
  // them in order, until `visit` returns false. What it shows is only valid
  // during the call. Errors: kDataLoss with the position of the first event
  // that has not the leaf the tree has. REQUIRES: from <= to <= state().size.
  using Visit = absl::FunctionRef<bool(const StoredLeaf& leaf)>;
  virtual absl::Status VisitLeaves(Position from, Position to, Visit visit) = 0;

  // Likewise the leaves of all events that `stream` ever had below
  // state().size, also of those that reads do not show any more: the next one
  // names the hash of the one before. None for a stream without events. Cost:
  // two reads an event.
  virtual absl::Status VisitStream(std::string_view stream, Visit visit) = 0;

 protected:
  explicit TreeReader(const TreeState& state) : state_(state) {}

 private:
  const TreeState state_;
};

// When heads of the tree are made, how they are signed, and where they are kept
// beside the store: in its table of heads and its file HEAD, always.
//
// Before a head is made, every leaf since the last one is made again from what
// is on disk, and the tree must continue all heads that are kept. So a head
// says that what is below it was whole then. Reading again costs about 3 µs of
// one processor for each event, on the executor.
//
// Heads that are kept are compared with the tree when the store is opened: one
// that was rolled back, or whose past was changed, does not open.
struct TreeHeadOptions {
  // Files of private keys (audit/key_file.h); each signs. The name of the first
  // one names the log: the one that the last signed head bears; and in a branch
  // none that it is a branch of (branched_from.h). With none, heads are not
  // signed, and once one of a store was signed, none is kept any more that is
  // not: audit_health of StoreStatus says so where copies are asked for.
  std::vector<std::string> key_files;
  // Names the log where no key does; empty: "daybook/" and the store's id. As
  // the first key's name: renames the log, whose last head a key signed too.
  std::string origin;
  // Files that get a copy of each head: on another disk or machine, where who
  // changes the store can't change it, or the copy proves nothing. One with a
  // signed head of another log is left as it is, which audit_health says.
  std::vector<std::string> copies;

  // A head is made while the log grows, at these intervals or after so many
  // events, whichever comes first, and when the store is closed.
  absl::Duration interval = absl::Minutes(1);
  uint64_t event_interval = 100'000;
  bool on_close = true;

  // None but those that are asked for.
  static TreeHeadOptions OnDemand() {
    TreeHeadOptions options;
    options.interval = absl::InfiniteDuration();
    options.event_interval = UINT64_MAX;
    options.on_close = false;
    return options;
  }
};

// A head as it is kept.
struct KeptTreeHead {
  audit::TreeHead head;
  // A signed note, or the head's text alone.
  std::string text;
  bool is_signed = false;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_AUDIT_H_
