// What salvage reads without RocksDB's help: write-ahead logs and table files.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "store/chunk.h"
#include "store/coding.h"
#include "store/table_blocks.h"
#include "store/table_salvage.h"
#include "store/wal_salvage.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/memory_file.h"

namespace daybook {
namespace {

constexpr size_t kTrailerSize = 5;

uint32_t MaskedCrc32c(std::string_view bytes) {
  uint32_t crc = 0xFFFFFFFF;
  for (const char byte : bytes) {
    crc ^= static_cast<uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 1) != 0 ? crc >> 1 ^ 0x82F63B78 : crc >> 1;
    }
  }
  crc = ~crc;
  return (crc >> 15 | crc << 17) + 0xA282EAD8;
}

void ScanAll(std::string_view bytes) {
  const fuzz::MemoryFile file(bytes);
  size_t chunk_bytes = 0;
  const absl::StatusOr<WalScan> scan =
      ScanWal(file.path(), [&](std::string_view found) {
        ChunkReader chunk;
        FUZZ_REQUIRE(chunk.Parse(found) == nullptr);
        chunk_bytes += found.size();
        return absl::OkStatus();
      });
  FUZZ_REQUIRE(scan.ok());
  FUZZ_REQUIRE(chunk_bytes <= bytes.size());
  FUZZ_REQUIRE(scan->record_count <= bytes.size() / 7);
  FUZZ_REQUIRE(scan->damaged_bytes <= bytes.size());
}

}  // namespace

// As a whole file, whatever its checksums.
FUZZ_TARGET(store_wal) { ScanAll(input); }

// As the one record of a file, whole.
FUZZ_TARGET(store_wal_record) {
  std::string typed(1, '\x01');
  typed += input.substr(0, 30'000);
  std::string file;
  PutFixed<uint32_t>(&file, MaskedCrc32c(typed));
  PutFixed<uint16_t>(&file, static_cast<uint16_t>(typed.size() - 1));
  file += typed;
  ScanAll(file);
}

FUZZ_TARGET(store_table_blocks) {
  HasSoundFooter(input, input.size());
  const std::vector<TableBlock> blocks = FindTableBlocks(input);
  uint64_t end = 0;
  for (const TableBlock& block : blocks) {
    FUZZ_REQUIRE(block.offset >= end);
    end = block.offset + block.size + kTrailerSize;
    FUZZ_REQUIRE(end <= input.size());
  }
  const std::string table_end = MakeTableEnd(blocks, end);
  FUZZ_REQUIRE(HasSoundFooter(table_end, end + table_end.size()));
}

FUZZ_TARGET(store_table) {
  const fuzz::MemoryFile file(input);
  const absl::StatusOr<std::unique_ptr<TableSalvage>> table =
      TableSalvage::Open(file.path());
  if (!table.ok() || *table == nullptr) return;
  uint64_t next = 0;
  size_t chunks = 0;
  while ((*table)->Next()) {
    const ChunkReader& chunk = (*table)->chunk();
    FUZZ_REQUIRE(chunk.first_number() >= next || chunks == 0);
    next = chunk.first_number() + chunk.count();
    FUZZ_REQUIRE(++chunks <= 64 * input.size());
  }
}

}  // namespace daybook
