// Commitments: what a leaf has in place of an event's payload and metadata.
//
// A commitment is a hash of a salt and the bytes. It binds: no other bytes have
// it. And it hides: who has neither bytes nor salt can't even try out guesses.
// So payload or metadata may be erased later, each with its salt, and every
// proof about the leaf still holds.
//
//   std::string buffer;  // used again and again
//   EncodeLeafMetadata({.source = "/shop", .tags = tags}, &buffer);
//   leaf.metadata_commitment = CommitMetadata(salt, buffer);
//
// Grammar: audit/FORMAT.md. All of this is thread-safe.

#ifndef DAYBOOK_AUDIT_COMMITMENT_H_
#define DAYBOOK_AUDIT_COMMITMENT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "daybook/audit/hash.h"

namespace daybook::audit {

inline constexpr size_t kSaltSize = 16;
using Salt = std::array<uint8_t, kSaltSize>;

// A salt that nobody can foresee and that was never given out before, also not
// on the other side of a fork. Aborts the process where OpenSSL has no
// randomness. Cost: tens of nanoseconds; OpenSSL is asked for many at once.
Salt RandomSalt();

// Commits to a payload as it is stored. `salt` must be the payload's own: one
// that stays behind elsewhere would let guesses be tried after an erasure.
Hash CommitPayload(const Salt& salt, std::string_view payload);

// Everything that is stored of an event and is neither in the leaf itself nor
// its payload. What is empty is absent.
struct LeafMetadata {
  std::string_view source;
  std::string_view actor;
  std::string_view correlation_id;
  std::string_view causation_id;
  std::string_view traceparent;
  std::string_view tracestate;
  // In the order they are stored in.
  std::span<const std::string_view> tags;
  // Microseconds since 1970 in UTC.
  std::optional<int64_t> occurred_at_micros;
  std::string_view append_key;
  // What a retry of the append is compared by and gets back. Only in the
  // metadata of the append's first event, as they may be large.
  std::string_view append_fingerprint;
  std::string_view append_result;
  // The free map. REQUIRES: keys rise, compared as bytes.
  std::span<const std::pair<std::string_view, std::string_view>> fields;
  // How the payload is encoded; 0 for not at all.
  uint64_t payload_encoding = 0;
};

// Appends the canonical encoding to `*out`: equal metadata are equal bytes,
// different ones different bytes. REQUIRES: less than 4 GiB.
void EncodeLeafMetadata(const LeafMetadata& metadata, std::string* out);

// Commits to what EncodeLeafMetadata() made; `salt` is the metadata's own.
Hash CommitMetadata(const Salt& salt, std::string_view encoded);

}  // namespace daybook::audit

#endif  // DAYBOOK_AUDIT_COMMITMENT_H_
