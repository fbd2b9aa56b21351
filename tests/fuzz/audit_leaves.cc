// Leaves, chains of them, and producers' signatures: canonical, so that one of
// them has one text of bytes.

#include <string>
#include <string_view>
#include <vector>

#include "daybook/audit/hash.h"
#include "daybook/audit/leaf.h"
#include "daybook/audit/leaf_chain.h"
#include "daybook/audit/note_key.h"
#include "daybook/audit/producer_signature.h"
#include "tests/fuzz/fuzz_target.h"

namespace daybook::audit {

FUZZ_TARGET(audit_leaf) {
  const absl::StatusOr<Leaf> leaf = ParseLeaf(input);
  if (!leaf.ok()) return;
  FUZZ_REQUIRE(CheckLeaf(*leaf).ok());
  std::string again;
  EncodeLeaf(*leaf, &again);
  FUZZ_REQUIRE(again == input);
}

FUZZ_TARGET(audit_leaf_chain) {
  const absl::StatusOr<std::vector<std::string_view>> leaves =
      ParseLeafChain(input);
  if (!leaves.ok()) return;
  FUZZ_REQUIRE(IsLeafChain(input) && !leaves->empty());
  std::string again;
  BeginLeafChain(&again);
  Hash previous;
  uint64_t revision = 0;
  for (const std::string_view bytes : *leaves) {
    AppendToLeafChain(bytes, &again);
    const Leaf leaf = ParseLeaf(bytes).value();
    FUZZ_REQUIRE(leaf.revision == revision++);
    FUZZ_REQUIRE(leaf.previous_in_stream == previous);
    previous = LeafHash(bytes);
  }
  FUZZ_REQUIRE(again == input);
}

FUZZ_TARGET(audit_producer_signature) {
  const absl::StatusOr<ProducerSignature> signature =
      ParseProducerSignature(input);
  if (!signature.ok()) return;
  FUZZ_REQUIRE(CheckOrigin(signature->origin).ok());
  FUZZ_REQUIRE(signature->index < signature->size);
  FUZZ_REQUIRE(EncodeProducerSignature(*signature) == input);
  // Nobody finds a signature by chance.
  static const VerifierKey key =
      VerifierKey::Parse(
          "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
          .value();
  ProducerVerifier verifier;
  FUZZ_REQUIRE(!verifier.Verify(*signature, ProducerStatement(), key).ok());
}

}  // namespace daybook::audit
