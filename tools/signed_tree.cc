#include "tools/signed_tree.h"

#include <utility>
#include <vector>

#include "daybook/audit/merkle_prover.h"
#include "daybook/audit/tlog_proof.h"
#include "daybook/audit/tree_head.h"
#include "store/status_macros.h"
#include "tools/exit_code.h"
#include "tools/head_signers.h"
#include "tools/text.h"

namespace daybook::tools {

std::string HowToSign(const CommandContext& context) {
  return context.audit_keys.empty()
             ? "name a key with --audit-key"
             : "the process that holds the store signs its heads, and has no "
               "key: start that with --audit-key, or close the store there";
}

absl::StatusOr<KeptTreeHead> SignedHeadOver(Position position,
                                            EventStore& store,
                                            const CommandContext& context) {
  if (!context.audit_keys.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const KeptTreeHead made, store.MakeTreeHead());
    if (made.is_signed) return made;
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<KeptTreeHead> heads,
                           store.TreeHeads());
  for (auto kept = heads.rbegin(); kept != heads.rend(); ++kept) {
    if (kept->is_signed && kept->head.size > position.value()) return *kept;
  }
  return UnverifiableError(
      Concat("no signed head of this store covers position ", position.value(),
             ": ", HowToSign(context)));
}

absl::StatusOr<std::optional<TrustedHead>> NewestTrustedHead(
    const std::string& origin, std::span<const audit::VerifierKey> trusted,
    EventStore& store, const CommandContext& context) {
  if (!context.audit_keys.empty()) {
    DAYBOOK_RETURN_IF_ERROR(store.MakeTreeHead().status());
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<KeptTreeHead> heads,
                           store.TreeHeads());
  for (auto kept = heads.rbegin(); kept != heads.rend(); ++kept) {
    if (!kept->is_signed) continue;
    const absl::StatusOr<audit::TreeHead> head =
        audit::VerifyTreeHead(kept->text, origin, trusted);
    if (head.ok()) {
      DAYBOOK_ASSIGN_OR_RETURN(std::string signers,
                               TrustedSignersText(kept->text, trusted));
      return TrustedHead{*kept, std::move(signers)};
    }
    if (absl::IsDataLoss(head.status())) return head.status();
  }
  return std::nullopt;
}

absl::StatusOr<std::string> MakeProofFile(Position position, std::string extra,
                                          const KeptTreeHead& head,
                                          TreeReader& tree) {
  const audit::MerkleProver prover(tree.state().size, tree.tiles());
  audit::TlogProof proof;
  proof.extra = std::move(extra);
  proof.index = position.value();
  proof.signed_head = head.text;
  DAYBOOK_ASSIGN_OR_RETURN(
      proof.hashes, prover.ProveInclusion(position.value(), head.head.size));
  return audit::FormatTlogProof(proof);
}

}  // namespace daybook::tools
