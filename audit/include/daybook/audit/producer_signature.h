// Signatures of producers: who makes an event signs what it says, before a
// store has it, so that nobody else who writes to the store can say it.
//
//   auto signatures = SignStatements(signer, "shop.example/log", statements);
//   ...  // stored beside the events, and in their leaves
//
//   // Later, with the event's leaf and a public key:
//   ProducerVerifier verifier;
//   auto signature = ParseProducerSignature(leaf.producer_signature);
//   if (!signature.ok()) return signature.status();
//   return verifier.Verify(*signature, StatementOf(leaf), key);
//
// What is signed is all that a producer says: the log (its origin), the stream,
// type, id, content type and schema of the event, and the two commitments
// (commitment.h), which bind payload and metadata. It does not name position,
// revision and time: those are the store's to give, and its tree head's to
// prove.
//
// An Ed25519 signature costs some 90 µs. For high rates many statements are
// signed by one: that is of the root of a Merkle tree of them, and each event
// has beside it how its statement leads there, so that each can be verified
// alone.
//
// Grammar and a worked example: audit/FORMAT.md.

#ifndef DAYBOOK_AUDIT_PRODUCER_SIGNATURE_H_
#define DAYBOOK_AUDIT_PRODUCER_SIGNATURE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/audit/hash.h"
#include "daybook/audit/leaf.h"
#include "daybook/audit/note_key.h"

namespace daybook::audit {

// What an encoded signature has of bytes at most. A name of the log and one of
// the key of 400 bytes each always fit.
inline constexpr size_t kProducerSignatureBytesMax = 2'048;
// How many statements can be signed together.
inline constexpr size_t kProducerBatchCountMax = UINT32_MAX;

// What a producer says of an event, beside of which log it is meant for.
struct ProducerStatement {
  std::string_view stream;
  std::string_view type;
  std::array<uint8_t, 16> event_id = {};
  std::string_view content_type;
  // 0 for none.
  uint64_t schema_hash = 0;
  Hash payload_commitment;
  Hash metadata_commitment;
};

// What the producer of the event with this leaf must have said.
ProducerStatement StatementOf(const Leaf& leaf);

// Appends the bytes that are signed, or are a leaf of a batch's tree.
void EncodeStatement(std::string_view origin,
                     const ProducerStatement& statement, std::string* out);
// The text that is signed for a batch of `size` statements with this root.
std::string EncodeProducerBatch(std::string_view origin, uint32_t size,
                                const Hash& root);

// A signature as it stands beside an event.
struct ProducerSignature {
  // Names the log: that of its tree heads (tree_head.h).
  std::string_view origin;
  // Whose it is said to be.
  std::string_view key_name;
  uint32_t key_id = 0;
  // Which of a batch of `size` statements this one is, and the way to the
  // batch's root. Of a statement that was signed alone: 0, 1 and none.
  uint32_t index = 0;
  uint32_t size = 1;
  std::vector<Hash> path;
  // By Ed25519: 64 bytes.
  std::string_view signature;

  friend bool operator==(const ProducerSignature&,
                         const ProducerSignature&) = default;
};

// Whether `origin` can name a log: a line of UTF-8, not empty, without control
// characters. Errors: kInvalidArgument.
absl::Status CheckOrigin(std::string_view origin);

// The bytes of a signature. REQUIRES: ParseProducerSignature() takes them.
std::string EncodeProducerSignature(const ProducerSignature& signature);

// Reads what EncodeProducerSignature() wrote; the strings are views into
// `bytes`. Verifies nothing. Errors: kInvalidArgument for any other bytes.
absl::StatusOr<ProducerSignature> ParseProducerSignature(
    std::string_view bytes);

// Signs the statements, one alone, several as one batch. Gives the encoded
// signature of each, in their order. Errors: kInvalidArgument for no origin, or
// where the names are too long. REQUIRES: at least one statement, at most
// kProducerBatchCountMax. Cost: an Ed25519 signature, and for each statement of
// a batch two hashes and a path of log2(size) hashes. Thread-safe.
absl::StatusOr<std::vector<std::string>> SignStatements(
    const NoteSigner& signer, std::string_view origin,
    std::span<const ProducerStatement> statements);

// Verifies one signature after another. It keeps the last batch it found
// signed, so that events of one batch cost one Ed25519 verification together.
// Not thread-safe.
class ProducerVerifier {
 public:
  // Whether `signature` is one of `statement` by `key`.
  // Errors:
  //   kInvalidArgument   it names another key
  //   kDataLoss          it is not: statement or signature were changed, or it
  //                      was never one
  absl::Status Verify(const ProducerSignature& signature,
                      const ProducerStatement& statement,
                      const VerifierKey& key);

 private:
  struct Batch {
    std::string text;
    std::string signature;
    VerifierKey key;
  };
  std::optional<Batch> last_;
  std::string buffer_;
};

}  // namespace daybook::audit

#endif  // DAYBOOK_AUDIT_PRODUCER_SIGNATURE_H_
