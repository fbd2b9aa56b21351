// A leaf of the audit log: what the Merkle tree has of one event.
//
// Its encoding is canonical: one leaf has one text of bytes, which anybody can
// make again from the event and its salts. It holds nothing personal, but for
// what names of streams and types say: payload and metadata are in it as
// commitments (commitment.h). It holds the hash of the leaf before it in its
// stream, so that a proof of one event covers all events before it there; and
// its producer's signature (producer_signature.h), if there is one.
//
// Grammar and a worked example: audit/FORMAT.md. All of this is thread-safe.

#ifndef DAYBOOK_AUDIT_LEAF_H_
#define DAYBOOK_AUDIT_LEAF_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/audit/hash.h"

namespace daybook::audit {

// What an encoded leaf can have of bytes, so that it fits into an entry bundle
// of a published log (https://c2sp.org/tlog-tiles). A store's limits keep
// leaves below 4 KiB.
inline constexpr size_t kLeafBytesMax = 65'535;

struct Leaf {
  uint64_t position = 0;
  uint64_t revision = 0;
  // Microseconds since 1970 in UTC.
  int64_t recorded_at_micros = 0;
  uint64_t append_first_position = 0;
  uint64_t append_count = 1;
  std::string_view stream;
  std::string_view type;
  std::array<uint8_t, 16> event_id = {};
  std::string_view content_type;
  // 0 for none.
  uint64_t schema_hash = 0;
  // The hash of the leaf of the event before in the stream; zero for the first.
  Hash previous_in_stream;
  Hash payload_commitment;
  Hash metadata_commitment;
  // Empty for none. Any bytes: whether it is a signature, its reader judges.
  std::string_view producer_signature;

  friend bool operator==(const Leaf&, const Leaf&) = default;
};

// Whether an event can have such a leaf. Errors: kInvalidArgument for
//   - a position outside its append, or a revision above the position
//   - a first event of a stream with one before it, or a later one without
//   - more than kLeafBytesMax bytes once encoded.
absl::Status CheckLeaf(const Leaf& leaf);

// Appends the encoding to `*out`; its hash is LeafHash(). REQUIRES:
// CheckLeaf().
void EncodeLeaf(const Leaf& leaf, std::string* out);

// Reads what EncodeLeaf() wrote; the strings are views into `bytes`.
// Errors: kInvalidArgument for any other bytes.
absl::StatusOr<Leaf> ParseLeaf(std::string_view bytes);

}  // namespace daybook::audit

#endif  // DAYBOOK_AUDIT_LEAF_H_
