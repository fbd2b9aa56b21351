// Chunks of the log out of one of RocksDB's table files, also a damaged one,
// and without the database that it belongs to.
//
// A damaged block costs the chunks in it and no other: the reader seeks behind
// it. Where what leads to the blocks is damaged (footer, index), the blocks
// are found one after another by their checksums, and read as if they had a
// new index.

#ifndef DAYBOOK_STORE_TABLE_SALVAGE_H_
#define DAYBOOK_STORE_TABLE_SALVAGE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/numbers.h"
#include "rocksdb/env.h"
#include "rocksdb/iterator.h"
#include "rocksdb/sst_file_reader.h"
#include "store/chunk.h"

namespace daybook {

// A stretch of a file that can't be read.
struct DamagedStretch {
  // Chunks between these positions may have stood there. No end: not known.
  uint64_t from = 0;
  std::optional<uint64_t> to;
  std::string why;
};

// Gives the chunks in the order of their positions. Not thread-safe.
class TableSalvage {
 public:
  // Null for a file of another family.
  // Errors: kDataLoss where nothing in the file can be found.
  static absl::StatusOr<std::unique_ptr<TableSalvage>> Open(
      const std::string& path);

  // Steps to the next chunk whose head is whole; views of it last until then.
  bool Next();

  const ChunkReader& chunk() const { return chunk_; }
  std::string_view bytes() const { return bytes_; }

  // What was stepped over so far.
  const std::vector<DamagedStretch>& damaged() const { return damaged_; }

 private:
  TableSalvage() = default;

  absl::Status OpenReader(const std::string& path);
  bool Accept();
  // Steps behind a block that can't be read. False: nothing follows.
  bool SkipDamage();
  void Note(std::optional<uint64_t> to, std::string why);

  // Declared first: closed last.
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<rocksdb::SstFileReader> reader_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
  // Its keys in the index are made up.
  bool is_carved_ = false;
  bool started_ = false;
  ChunkReader chunk_;
  std::string_view bytes_;
  // Positions below were given or stepped over.
  uint64_t next_ = 0;
  // One above the last position in the file, if it says so.
  std::optional<uint64_t> end_;
  std::vector<DamagedStretch> damaged_;
};

// The value of `key` in the table file at `path`, if it can be read.
std::optional<std::string> FindInTable(const std::string& path,
                                       std::string_view key);

// Calls `found` with each row of the table file at `path` whose key begins with
// `prefix` and can be read, but for those between two damaged blocks; not in
// order behind a damaged one. None where what leads to the blocks is damaged.
// Errors: where it can't be opened.
absl::Status FindInTable(
    const std::string& path, std::string_view prefix,
    absl::FunctionRef<void(std::string_view key, std::string_view value)>
        found);

}  // namespace daybook

#endif  // DAYBOOK_STORE_TABLE_SALVAGE_H_
