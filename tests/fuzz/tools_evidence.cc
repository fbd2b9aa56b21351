// Evidence bundles: zip files of strangers. Only what was signed is proven.

#include <string>
#include <string_view>
#include <vector>

#include "daybook/audit/note_key.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/memory_file.h"
#include "tools/evidence_check.h"
#include "tools/producer_proof.h"

namespace daybook::tools {
namespace {

// Signed the bundles in corpus/tools_evidence/; its other half is in
// audit_proofs.cc.
constexpr std::string_view kPublicKey =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const std::string kOrigin = "PeterNeumann";
// How many events the store had that they are of.
constexpr uint64_t kStoreSize = 100;

}  // namespace

FUZZ_TARGET(tools_evidence) {
  const fuzz::MemoryFile file(input);
  const std::vector<audit::VerifierKey> trusted = {
      audit::VerifierKey::Parse(kPublicKey).value()};
  ProducerProof producers({}, kOrigin);
  if (!IsZipFile(file.path())) return;
  const absl::StatusOr<CheckedEvidence> checked =
      CheckEvidence(file.path(), kOrigin, trusted, producers);
  if (!checked.ok()) return;
  FUZZ_REQUIRE(checked->head.origin == kOrigin);
  FUZZ_REQUIRE(checked->head.size <= kStoreSize);
  FUZZ_REQUIRE(checked->first <= checked->last);
  FUZZ_REQUIRE(checked->last.value() < checked->head.size);
}

}  // namespace daybook::tools
