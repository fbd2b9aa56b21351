// RocksDB by itself: what daybook could at best be as fast as, on the engine
// that is under it.

#ifndef DAYBOOK_BENCH_FLOOR_ROCKSDB_H_
#define DAYBOOK_BENCH_FLOOR_ROCKSDB_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/record.h"
#include "bench/workload.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"

namespace daybook::bench {

enum class Wal {
  kDefault,
  // With its length set when it is made, as daybook has it: a sync then has no
  // new file length to commit.
  kPreallocated,
};

// What one batch of events is written as.
enum class BatchForm {
  // One key, all records in its value.
  kOneValue,
  // Besides, each event under (stream, revision).
  kCopy,
  // Besides, each of kTermCount terms of the batch under (term, position).
  kCopyAndTerms,
};

class RocksFloor {
 public:
  struct Settings {
    Wal wal = Wal::kPreallocated;
    size_t memory_bytes = 0;
  };
  RocksFloor(const std::string& path, const Settings& settings);
  ~RocksFloor();
  RocksFloor(const RocksFloor&) = delete;
  RocksFloor& operator=(const RocksFloor&) = delete;

  // One event under its position, durable. Thread-safe.
  void AppendOne(uint64_t position, std::string_view record);
  // All events in one durable write.
  void AppendBatch(const Batch& batch, BatchForm form);

  // Loading, for reads: in rising order, not durable before Settle().
  void LoadEvent(uint64_t position, std::string_view record);
  void LoadStreamEvent(uint32_t stream, uint32_t revision,
                       std::string_view record);
  // Everything flushed and in one sorted run.
  void Settle();

  // The first `count` values of the log in order of position.
  void ScanLog(uint64_t count,
               const std::function<void(std::string_view)>& visit) const;
  // As ScanLog into `fold`; without decoding, or with.
  void FoldLog(uint64_t count, bool decode, Fold* fold) const;
  // One stream, contiguous, without decoding.
  void FoldStream(uint32_t stream, Fold* fold) const;

 private:
  void Write(rocksdb::WriteBatch* batch, bool durable);

  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  uint64_t position_ = 0;
  rocksdb::WriteBatch load_;
};

}  // namespace daybook::bench

#endif  // DAYBOOK_BENCH_FLOOR_ROCKSDB_H_
