#include "store/checksum.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace daybook {
namespace {

std::string Bytes(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<char>(i * 131 + i / 256);
  }
  return bytes;
}

// Whatever instructions the processor has: stored checksums travel.
TEST(Checksum, IsTheLowHalfOfXxh3OfAnyLength) {
  const std::string bytes = Bytes(5000);
  for (size_t size = 0; size <= bytes.size(); size += size < 600 ? 1 : 97) {
    EXPECT_EQ(Checksum(std::string_view(bytes).substr(0, size)),
              static_cast<uint32_t>(XXH3_64bits(bytes.data(), size)))
        << size << " bytes";
  }
}

TEST(Checksum, IsTheSameForEver) {
  EXPECT_EQ(Checksum(""), 0x38d394c2u);
  EXPECT_EQ(Checksum("daybook"), 860810493u);
  EXPECT_EQ(Checksum(Bytes(1000)), 1836904847u);
  EXPECT_EQ(StableHash("order", 3), 5475226699854624200u);
}

TEST(StableHash, KeepsKindsOfTextApart) {
  EXPECT_NE(StableHash("order", 1), StableHash("order", 2));
}

}  // namespace
}  // namespace daybook
