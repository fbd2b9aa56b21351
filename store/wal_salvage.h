// Chunks of the log out of a write-ahead log file, also a damaged one.
//
// RocksDB reads such a file up to its first damage, or, in the mode that skips
// damage, goes on with the next block of 32 KiB: a flipped bit takes all small
// records of a block with it, and all of a record that spans many. Here the
// next record is found again by its checksum, wherever it begins, and what is
// left of damaged records is searched for chunks, which bear checksums of their
// own.
//
// Format of the file:
// https://github.com/facebook/rocksdb/wiki/Write-Ahead-Log-File-Format

#ifndef DAYBOOK_STORE_WAL_SALVAGE_H_
#define DAYBOOK_STORE_WAL_SALVAGE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace daybook {

struct WalScan {
  uint64_t record_count = 0;
  // Bytes, other than zeros, that are of no whole record.
  uint64_t damaged_bytes = 0;
  // Where the first of them stands.
  uint64_t first_damage = 0;
};

// Calls `found` with each chunk of the log that the file at `path` holds and
// whose head is whole, in the order of the file. Events in it may be damaged.
// What can't be read from the disk counts as zeros.
//
// Errors: of `found`, and where the file can't be opened.
// Memory: one record, of at most 256 MiB.
absl::StatusOr<WalScan> ScanWal(
    const std::string& path,
    absl::FunctionRef<absl::Status(std::string_view chunk)> found);

// Calls `found` with the key and value of each put, of whatever family, in the
// whole records of the file at `path`. Errors: where it can't be opened.
absl::Status FindInWal(
    const std::string& path,
    absl::FunctionRef<void(std::string_view key, std::string_view value)>
        found);

}  // namespace daybook

#endif  // DAYBOOK_STORE_WAL_SALVAGE_H_
