// What append keys are compared by: short digests of an append's content and
// of its key. Stored; the encodings never change.
//
// Both are the first 16 bytes of a SHA-256, over
//
//   key hash     "daybook append key v1" NUL, then the bytes of the key
//   fingerprint  "daybook append v1" NUL, count of events, then each event:
//                stream, type, payload, content type, count of tags, tags in
//                order, encoded metadata, source as given, id (16 bytes, or
//                none when the store is to make it, or the event is signed:
//                then whoever signed it may have made it)
//
// where a count is a little-endian u64, and every string of the fingerprint
// comes after its length as one. Times, expectations, condition and result are
// left out: a retry may well differ in them.

#ifndef DAYBOOK_STORE_FINGERPRINT_H_
#define DAYBOOK_STORE_FINGERPRINT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "daybook/store/append.h"

namespace daybook {

inline constexpr size_t kFingerprintSize = 16;
using Fingerprint = std::array<uint8_t, kFingerprintSize>;

Fingerprint AppendFingerprint(const AppendRequest& request);
Fingerprint AppendKeyHash(std::string_view key);

}  // namespace daybook

#endif  // DAYBOOK_STORE_FINGERPRINT_H_
