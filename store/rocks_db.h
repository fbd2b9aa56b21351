// RocksDB as daybook uses it: two databases in a store's folder.
//
//   log/    the truth, a column family of chunks, the rows that change with it,
//           and the audit tree over it; every write goes through the
//           write-ahead log. Opened with the safest settings.
//   index/  everything derived from the log. No write-ahead log: after a crash
//           it is derived again from its watermark on, and when it is damaged
//           or missing it is derived anew.
//
// Two databases rather than families of one, so that a sync of the log never
// blocks the derivers' writes or the other way round, and so that dropping the
// index is removing a folder.
//
// This is the one place that sets RocksDB's options and translates its status.

#ifndef DAYBOOK_STORE_ROCKS_DB_H_
#define DAYBOOK_STORE_ROCKS_DB_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/options.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/slice.h"
#include "rocksdb/wal_filter.h"

namespace daybook {

inline std::string_view ToView(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}
inline rocksdb::Slice ToSlice(std::string_view view) {
  return {view.data(), view.size()};
}

// kCorruption becomes kDataLoss, a full disk kResourceExhausted, and so on;
// `doing` begins the message: "read the log".
absl::Status FromRocks(const rocksdb::Status& status, std::string_view doing);

// What both databases of a store share, and what tests put in their place.
struct RocksEnvironment {
  // Null takes the default file system. Tests hand in one that loses writes.
  std::shared_ptr<rocksdb::FileSystem> file_system;
  std::shared_ptr<MemoryBudget> memory_budget;
  Compression compression = Compression::kLz4;
  Logger* logger = nullptr;
};

// An open RocksDB database with its column families.
class RocksDb {
 public:
  enum class Mode { kReadWrite, kReadOnly };

  // Opens or creates the log database in `path`. `wal_filter`, if given, sees
  // what is recovered.
  static absl::StatusOr<std::unique_ptr<RocksDb>> OpenLog(
      const std::string& path, Mode mode, const RocksEnvironment& environment,
      rocksdb::WalFilter* wal_filter = nullptr);
  // Opens or creates the index database in `path`; for reading only, one that
  // is there.
  static absl::StatusOr<std::unique_ptr<RocksDb>> OpenIndex(
      const std::string& path, const RocksEnvironment& environment,
      Mode mode = Mode::kReadWrite);

  ~RocksDb();
  RocksDb(const RocksDb&) = delete;
  RocksDb& operator=(const RocksDb&) = delete;

  rocksdb::DB* operator->() const { return db_.get(); }
  rocksdb::DB* get() const { return db_.get(); }
  // REQUIRES: one of the families it was opened with.
  rocksdb::ColumnFamilyHandle* family(size_t i) const { return families_[i]; }
  uint64_t FamilyBytes(size_t i) const;

  // Writes what is in memory, of all families, to files: `kWait` returns when
  // it is there, `kSoon` once it is on its way.
  enum class FlushMode { kWait, kSoon };
  absl::Status Flush(FlushMode mode);

 private:
  RocksDb() = default;
  static absl::StatusOr<std::unique_ptr<RocksDb>> Open(
      const std::string& path, Mode mode, const RocksEnvironment& environment,
      const rocksdb::DBOptions& options,
      const std::vector<rocksdb::ColumnFamilyDescriptor>& families);

  // Declared first: closed last.
  std::unique_ptr<rocksdb::Env> env_;
  std::shared_ptr<MemoryBudget> memory_budget_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
};

// Families of the log database, in the order of family().
inline constexpr size_t kLogMeta = 0;
inline constexpr size_t kLogChunks = 1;
inline constexpr size_t kLogRows = 2;
inline constexpr size_t kLogTree = 3;
inline constexpr const char* kLogFamilyNames[] = {"default", "log", "rows",
                                                  "tree"};

// Families of the index database.
inline constexpr size_t kIndexMeta = 0;  // the watermark
inline constexpr size_t kIndexStreams = 1;
inline constexpr size_t kIndexTerms = 2;
inline constexpr size_t kIndexKeys = 3;
inline constexpr size_t kIndexHeads = 4;
inline constexpr size_t kIndexRules = 5;
inline constexpr const char* kIndexFamilyNames[] = {
    "default", "streams", "terms", "keys", "heads", "rules"};

// Removes a RocksDB database and everything in its folder.
absl::Status RemoveRocksDb(const std::string& path,
                           const RocksEnvironment& environment);

}  // namespace daybook

#endif  // DAYBOOK_STORE_ROCKS_DB_H_
