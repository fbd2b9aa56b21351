#include "store/checksum.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#ifdef DAYBOOK_CHECKSUM_AVX2
#include "store/checksum_avx2.h"
#endif

namespace daybook {
namespace {

// XXH3 uses wide instructions only above this many bytes.
constexpr size_t kShort = 240;

uint64_t Hash(std::string_view bytes) {
#ifdef DAYBOOK_CHECKSUM_AVX2
  if (bytes.size() > kShort && __builtin_cpu_supports("avx2")) {
    return HashAvx2(bytes.data(), bytes.size());
  }
#endif
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace

uint32_t Checksum(std::string_view bytes) {
  return static_cast<uint32_t>(Hash(bytes));
}

uint64_t StableHash(std::string_view bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace daybook
