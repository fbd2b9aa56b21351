#include "tools/producer_proof.h"

#include <algorithm>

#include "tools/producer_arguments.h"
#include "tools/text.h"

namespace daybook::tools {

absl::Status ProducerProof::Check(const audit::Leaf& leaf) {
  if (!is_asked_for()) return absl::OkStatus();
  if (leaf.producer_signature.empty()) {
    return absl::UnauthenticatedError("no producer signed it");
  }
  const absl::StatusOr<audit::ProducerSignature> signature =
      audit::ParseProducerSignature(leaf.producer_signature);
  if (!signature.ok()) {
    return absl::DataLossError(signature.status().message());
  }
  const auto key = std::find_if(keys_.begin(), keys_.end(),
                                [&](const audit::VerifierKey& known) {
                                  return known.name() == signature->key_name &&
                                         known.id() == signature->key_id;
                                });
  if (key == keys_.end()) {
    return absl::UnauthenticatedError(
        Concat("it is signed by ",
               Quoted(KeyText(signature->key_name, signature->key_id)),
               ", whose key was not given"));
  }
  if (signature->origin != origin_) {
    return absl::DataLossError(Concat("its producer signed it for the log ",
                                      Quoted(signature->origin), ", not for ",
                                      Quoted(origin_),
                                      "; if that is what this log was called "
                                      "then, say so with --producer-origin"));
  }
  return verifier_.Verify(*signature, audit::StatementOf(leaf), *key);
}

}  // namespace daybook::tools
