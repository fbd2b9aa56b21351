// Bytes that were made so that looking for what is whole in them takes the
// square of their size. Without a bound each of these takes minutes, or hours.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

#include "store/checksum.h"
#include "store/coding.h"
#include "store/table_blocks.h"
#include "store/wal_salvage.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

// Everywhere a block may begin, and nowhere is one.
TEST(SalvageSearchTest, TableOfBeginningsWithoutBlocksIsGivenUp) {
  constexpr size_t kSize = 4 << 20;
  std::string file;
  while (file.size() < kSize) file += std::string("\0\x10\1\0\0\0\0\0", 8);

  EXPECT_TRUE(FindTableBlocks(file).empty());
}

// Everywhere a chunk may begin that goes on to the end, and nowhere is one.
TEST(SalvageSearchTest, LogOfChunksThatDoNotSumUpIsGivenUp) {
  constexpr size_t kSize = 8 << 20;
  constexpr size_t kUnitSize = 48;
  constexpr size_t kEnd = 64 << 10;
  std::string record;
  for (size_t left = kSize; left > kEnd; left -= kUnitSize) {
    std::string unit = "\x08";
    PutBigEndian64(&unit, 0);  // the key: position 0
    // Of each block of 32 KiB the first bytes are lost.
    const size_t value_size = left - left / 1024 - kEnd / 2;
    PutVarint(&unit, value_size);
    unit += std::string("\0\x01", 2);  // a chunk of the log
    PutFixed<uint16_t>(&unit, 0);
    PutFixed<uint32_t>(&unit, 0);  // the checksum
    PutFixed<uint64_t>(&unit, 0);
    PutFixed<uint32_t>(&unit, 1);  // events
    PutFixed<uint32_t>(&unit, 1);  // appends
    PutFixed<uint32_t>(&unit, 0);
    PutFixed<uint32_t>(&unit, static_cast<uint32_t>(value_size - 4096));
    unit.resize(kUnitSize, '\0');
    record += unit;
  }
  const testing::TemporaryFolder folder;
  // Fragments whose checksums do not fit are taken for one damaged record.
  const std::string path = folder.Write("000004.log", record);

  ASSERT_OK_AND_ASSIGN(const WalScan scan, ScanWal(path, [](std::string_view) {
                         ADD_FAILURE() << "there is no chunk";
                         return absl::OkStatus();
                       }));
  EXPECT_GT(scan.damaged_bytes, 0);
}

}  // namespace
}  // namespace daybook
