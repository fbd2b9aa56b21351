// The checksum of stored bytes: the low 32 bits of XXH3-64.
//
// RocksDB checks its own blocks with the same function; these go further: made
// when an event enters the store, carried unchanged from the log into the
// stream copy, and checked at each read. XXH3 rather than CRC32C because
// Debian 12 has no packaged CRC32C with hardware support, and a table-driven
// one would cost more than all the rest of a read.

#ifndef DAYBOOK_STORE_CHECKSUM_H_
#define DAYBOOK_STORE_CHECKSUM_H_

#include <cstdint>
#include <string_view>

namespace daybook {

uint32_t Checksum(std::string_view bytes);

// A stable 64-bit hash, stored in keys; `seed` keeps kinds of text apart.
uint64_t StableHash(std::string_view bytes, uint64_t seed);

}  // namespace daybook

#endif  // DAYBOOK_STORE_CHECKSUM_H_
