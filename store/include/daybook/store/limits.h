// The limits of what a store accepts, checked before any I/O. Exceeding one is
// kInvalidArgument with the field and the limit named; nothing is written.

#ifndef DAYBOOK_STORE_LIMITS_H_
#define DAYBOOK_STORE_LIMITS_H_

#include <cstddef>

namespace daybook {

// Bytes of UTF-8 without NUL, at least 1. Names that start with `$` belong to
// the store.
inline constexpr size_t kStreamNameBytesMax = 1024;
// Bytes of UTF-8 without NUL, at least 1.
inline constexpr size_t kTypeBytesMax = 256;
// Bytes of UTF-8 without NUL.
inline constexpr size_t kContentTypeBytesMax = 256;
inline constexpr size_t kSourceBytesMax = 1024;
inline constexpr size_t kTagCountMax = 64;
// Bytes of UTF-8 without NUL, at least 1.
inline constexpr size_t kTagBytesMax = 512;
// Everything Metadata holds, as stored; its strings are UTF-8.
inline constexpr size_t kMetadataBytesMax = 64 << 10;
// One event with all its fields, as stored.
inline constexpr size_t kEventBytesMax = 16 << 20;
inline constexpr size_t kAppendCountMax = 100'000;
// All events of one append, as stored.
inline constexpr size_t kAppendBytesMax = 64 << 20;
// Any bytes.
inline constexpr size_t kAppendKeyBytesMax = 256;
inline constexpr size_t kAppendResultBytesMax = 4 << 10;
// A producer's signature; and the names of its key and of the log together, so
// that every signature fits.
inline constexpr size_t kSignatureBytesMax = 2 << 10;
inline constexpr size_t kProducerNamesBytesMax = 800;
// Items of a query, and types and tags of one item.
inline constexpr size_t kQueryItemCountMax = 1024;
inline constexpr size_t kQueryTermCountMax = 1024;
// Bytes of UTF-8 without NUL, at least 1. Names that start with `$` belong to
// the store.
inline constexpr size_t kSubscriptionNameBytesMax = 256;
// Free JSON of a stream's metadata.
inline constexpr size_t kStreamMetadataJsonBytesMax = 64 << 10;
// Any bytes, at least 1, of which the first is not 0.
inline constexpr size_t kRowKeyBytesMax = 4 << 10;
inline constexpr size_t kRowValueBytesMax = 16 << 20;
// Keys and values of one batch of rows, or of the rows that change with one
// append.
inline constexpr size_t kRowBatchBytesMax = 64 << 20;

}  // namespace daybook

#endif  // DAYBOOK_STORE_LIMITS_H_
