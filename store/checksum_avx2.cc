// Compiled with AVX2 on: nothing here may be an inline function that another
// file also has, or the linker could take this one's for all.
#include "store/checksum_avx2.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace daybook {

uint64_t HashAvx2(const char* bytes, size_t size) {
  return XXH3_64bits(bytes, size);
}

}  // namespace daybook
