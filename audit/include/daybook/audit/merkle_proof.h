// Whether a proof about a Merkle log holds (RFC 6962 and RFC 9162, section
// 2.1). Nothing is needed but the proof and roots that one trusts.
//
//   absl::Status checked =
//       VerifyInclusion(7, head.size, LeafHash(leaf), proof, head.root);
//
// A size and its root must come from one place that is trusted, such as one
// signed tree head: a root alone says nothing of the size of its tree.
//
// Errors of all of them:
//   kInvalidArgument  the question makes no sense (a leaf past the end), or the
//                     proof has not the number of hashes it must have
//   kDataLoss         the proof leads to another root: leaf, proof or root is
//                     not what it is said to be
// A proof is refused as a whole; there is nothing to try again. All are
// thread-safe and cost a node hash or two for each hash of the proof.

#ifndef DAYBOOK_AUDIT_MERKLE_PROOF_H_
#define DAYBOOK_AUDIT_MERKLE_PROOF_H_

#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/audit/hash.h"

namespace daybook::audit {

// The leaf with hash `leaf` is at `index`, from 0, of the tree of `size` leaves
// with this root. `proof` holds the siblings on the way up, the leaf's first.
absl::Status VerifyInclusion(uint64_t index, uint64_t size, const Hash& leaf,
                             std::span<const Hash> proof, const Hash& root);

// The root that such a proof leads to: for who has that signed, and need not be
// told it. Errors: kInvalidArgument, as above.
absl::StatusOr<Hash> RootFromInclusion(uint64_t index, uint64_t size,
                                       const Hash& leaf,
                                       std::span<const Hash> proof);

// The tree of `new_size` leaves begins with those of the tree of `old_size`:
// nothing was changed, removed or put between. An empty tree is refused as the
// old one, as every tree begins with it and no proof says more.
absl::Status VerifyConsistency(uint64_t old_size, const Hash& old_root,
                               uint64_t new_size, const Hash& new_root,
                               std::span<const Hash> proof);

// Leaves `begin` up to but not including `end` of a log are a subtree when
// `begin` is a multiple of the smallest power of two that holds them all
// (draft-ietf-plants-merkle-tree-certs). One without leaves is one too.
bool IsSubtree(uint64_t begin, uint64_t end);

// The leaf at `index` of the log is one of the subtree of leaves `begin` to
// `end` with this root.
absl::Status VerifySubtreeInclusion(uint64_t index, uint64_t begin,
                                    uint64_t end, const Hash& leaf,
                                    std::span<const Hash> proof,
                                    const Hash& subtree_root);

// The leaves `begin` to `end` of the tree of `size` leaves with this root are
// those of the subtree. Inclusion and consistency are the cases of one leaf and
// of a `begin` of 0. Of a subtree without leaves only its own root is looked
// at: it is in every tree.
absl::Status VerifySubtreeConsistency(uint64_t begin, uint64_t end,
                                      uint64_t size, const Hash& subtree_root,
                                      const Hash& root,
                                      std::span<const Hash> proof);

}  // namespace daybook::audit

#endif  // DAYBOOK_AUDIT_MERKLE_PROOF_H_
