// What is known of the events below a size whose tree is believed: for who does
// not read all of them again, but must believe some.

#ifndef DAYBOOK_STORE_TREE_BELOW_H_
#define DAYBOOK_STORE_TREE_BELOW_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/audit/hash.h"
#include "daybook/audit/merkle_prover.h"
#include "daybook/audit/tile.h"
#include "daybook/store/audit.h"
#include "daybook/store/numbers.h"

namespace daybook {

// Believes the root and nothing of the tiles: what they say is proven each
// time.
class TreeBelow {
 public:
  // `tiles`, which must outlive it, are of this tree or one that continues it.
  TreeBelow(const TreeState& tree, audit::TileSource& tiles)
      : tree_(tree), prover_(tree.size, tiles) {}

  // Whether `leaf` stands at `at`, which is below the size. Errors: kDataLoss
  // with the position; those of the tiles.
  absl::Status CheckLeaf(Position at, const audit::Hash& leaf) const;

  // The root of the first `size` leaves. Errors: kDataLoss; those of the tiles.
  absl::StatusOr<audit::Hash> RootAt(Position size) const;

 private:
  const TreeState tree_;
  const audit::MerkleProver prover_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_TREE_BELOW_H_
