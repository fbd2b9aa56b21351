// Proof files (https://c2sp.org/tlog-proof, version 1): all it takes to verify
// offline that a leaf is in a log, but for the log's name and key.
//
//   c2sp.org/tlog-proof@v1
//   extra ZGF5Ym9vayBsZWFm...     what the proof is of, where that goes with it
//   index 7
//   gSKyXoYZUgZ6jduWYrkDOARi...   siblings, the leaf's first
//
//   shop.example/log              a signed tree head
//   ...
//
// All of this is thread-safe.

#ifndef DAYBOOK_AUDIT_TLOG_PROOF_H_
#define DAYBOOK_AUDIT_TLOG_PROOF_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "daybook/audit/hash.h"
#include "daybook/audit/note_key.h"
#include "daybook/audit/tree_head.h"

namespace daybook::audit {

inline constexpr size_t kTlogProofBytesMax = 4 << 20;

struct TlogProof {
  // Any bytes; empty for none. Nobody vouches for them: only what is hashed
  // from them and then proven may be believed.
  std::string extra;
  // Of the leaf in the log, from 0.
  uint64_t index = 0;
  // As VerifyInclusion() takes them.
  std::vector<Hash> hashes;
  // The bytes of a signed tree head.
  std::string signed_head;

  friend bool operator==(const TlogProof&, const TlogProof&) = default;
};

// The bytes of a proof file, whose name should end in ".tlog-proof".
// Errors: kInvalidArgument where `signed_head` is none, or anything too large.
absl::StatusOr<std::string> FormatTlogProof(const TlogProof& proof);

// Reads a proof file; FormatTlogProof() gives the same bytes again. Verifies
// nothing. Errors: kInvalidArgument for any other bytes.
absl::StatusOr<TlogProof> ParseTlogProof(std::string_view bytes);

// Verifies that the leaf with this hash is in the log called `origin`, by a
// head that one of the trusted keys signed; returns that head. `leaf` must be
// made from what the proof is to be of, never taken from somebody's word.
//
// Errors: as VerifyTreeHead() and VerifyInclusion(). kUnauthenticated says that
// nothing is known, kDataLoss and kInvalidArgument that the proof is wrong.
absl::StatusOr<TreeHead> VerifyTlogProof(const TlogProof& proof,
                                         const Hash& leaf,
                                         std::string_view origin,
                                         std::span<const VerifierKey> trusted);

}  // namespace daybook::audit

#endif  // DAYBOOK_AUDIT_TLOG_PROOF_H_
