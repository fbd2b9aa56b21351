// Makes proofs about a Merkle log from its tiles, also about any smaller size
// it once had. What verifies them: merkle_proof.h.

#ifndef DAYBOOK_AUDIT_MERKLE_PROVER_H_
#define DAYBOOK_AUDIT_MERKLE_PROVER_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "daybook/audit/hash.h"
#include "daybook/audit/tile.h"

namespace daybook::audit {

// Proofs are only as right as the tiles: whoever does not trust those verifies
// the proof. Thread-safe if the source is.
//
// Errors of all members: kInvalidArgument for sizes and leaves that the log
// does not have; those of the source, as they are.
// Cost: at most two tiles read for each level of tiles, of which there are
// three up to 16 million leaves, and some hundred node hashes for each tile.
class MerkleProver {
 public:
  // Of a log that has `size` leaves, whose tiles `tiles` can read; it must
  // outlive this.
  MerkleProver(uint64_t size, TileSource& tiles) : size_(size), tiles_(tiles) {}

  uint64_t size() const { return size_; }

  // The root the log had at `size`.
  absl::StatusOr<Hash> Root(uint64_t size) const;

  // That the leaf at `index` is in the tree of `size`.
  absl::StatusOr<std::vector<Hash>> ProveInclusion(uint64_t index,
                                                   uint64_t size) const;

  // That the tree of `new_size` continues the tree of `old_size`, which is not
  // empty.
  absl::StatusOr<std::vector<Hash>> ProveConsistency(uint64_t old_size,
                                                     uint64_t new_size) const;

  // That leaves `begin` to `end`, a subtree with leaves, are in the tree of
  // `size`; and the root of that subtree.
  absl::StatusOr<std::vector<Hash>> ProveSubtree(uint64_t begin, uint64_t end,
                                                 uint64_t size) const;
  absl::StatusOr<Hash> SubtreeRoot(uint64_t begin, uint64_t end) const;

 private:
  const uint64_t size_;
  TileSource& tiles_;
};

}  // namespace daybook::audit

#endif  // DAYBOOK_AUDIT_MERKLE_PROVER_H_
