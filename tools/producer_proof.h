// Whether the events of a proof were signed by producers that the reader
// trusts, with nothing but their keys.

#ifndef DAYBOOK_TOOLS_PRODUCER_PROOF_H_
#define DAYBOOK_TOOLS_PRODUCER_PROOF_H_

#include <span>
#include <string>

#include "absl/status/status.h"
#include "daybook/audit/leaf.h"
#include "daybook/audit/note_key.h"
#include "daybook/audit/producer_signature.h"

namespace daybook::tools {

// Not thread-safe.
class ProducerProof {
 public:
  // With no keys nothing is looked at. `origin` is the log that events must be
  // signed for. Both must outlive this.
  ProducerProof(std::span<const audit::VerifierKey> keys,
                const std::string& origin)
      : keys_(keys), origin_(origin) {}

  bool is_asked_for() const { return !keys_.empty(); }

  // Whether one of the keys signed the event with this leaf, if that is asked
  // for. Errors: kDataLoss for a signature that is not one of the event, or for
  // another log; kUnauthenticated where none of the keys signed.
  absl::Status Check(const audit::Leaf& leaf);

 private:
  const std::span<const audit::VerifierKey> keys_;
  const std::string& origin_;
  audit::ProducerVerifier verifier_;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_PRODUCER_PROOF_H_
