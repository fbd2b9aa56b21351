#include "store/tree_below.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/audit/merkle_proof.h"
#include "daybook/audit/merkle_tree.h"
#include "store/errors_internal.h"
#include "store/status_macros.h"

namespace daybook {

using audit::Hash;

absl::Status TreeBelow::CheckLeaf(Position at, const Hash& leaf) const {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<Hash> proof,
                           prover_.ProveInclusion(at.value(), tree_.size));
  if (audit::VerifyInclusion(at.value(), tree_.size, leaf, proof, tree_.root)
          .ok()) {
    return absl::OkStatus();
  }
  return DamageError(at, absl::StrCat("the event's leaf is ", leaf.ToHex(),
                                      ", which the audit tree of ", tree_.size,
                                      " events does not have there"));
}

absl::StatusOr<Hash> TreeBelow::RootAt(Position size) const {
  DAYBOOK_ASSIGN_OR_RETURN(const Hash root, prover_.Root(size.value()));
  // Every tree continues the one without leaves.
  if (size == Position(0)) return root;
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<Hash> proof,
                           prover_.ProveConsistency(size.value(), tree_.size));
  if (audit::VerifyConsistency(size.value(), root, tree_.size, tree_.root,
                               proof)
          .ok()) {
    return root;
  }
  return absl::DataLossError(
      absl::StrCat("the tiles of the audit tree below ", size.value(),
                   " are not those of its ", tree_.size, " events"));
}

}  // namespace daybook
