#include "store/wal_order.h"

#include <algorithm>
#include <map>
#include <string>

#include "rocksdb/write_batch.h"
#include "store/log_files.h"
#include "store/rocks_db.h"
#include "store/row_writes.h"

namespace daybook {
namespace {

// No family has it.
constexpr uint32_t kNoFamily = 0xffffffff;

uint32_t IdOf(size_t family, const std::map<std::string, uint32_t>& ids) {
  const auto found = ids.find(kLogFamilyNames[family]);
  return found != ids.end() ? found->second : kNoFamily;
}

// What one record of the write-ahead log holds: the positions of its chunks and
// the numbers of its writes of rows. RocksDB may join two writes to one record.
struct Record : rocksdb::WriteBatch::Handler {
  struct Range {
    uint64_t first = 0;
    uint64_t next = 0;  // first == next: none
    bool whole = true;

    void Add(uint64_t begin, uint64_t end) {
      if (first == next) {
        first = begin;
      } else if (begin != next) {
        whole = false;
      }
      next = end;
    }
  };

  Record(uint32_t log_family, uint32_t rows_family)
      : log_id(log_family), rows_id(rows_family) {}

  rocksdb::Status PutCF(uint32_t id, const rocksdb::Slice& key,
                        const rocksdb::Slice& value) override {
    if (id == log_id) {
      uint64_t begin;
      uint64_t end;
      if (ParseSpan(key, value, &begin, &end)) {
        positions.Add(begin, end);
      } else {
        positions.whole = false;
      }
    } else if (id == rows_id) {
      if (const auto number = ParseRowWriteNumber(key, value)) {
        row_writes.Add(*number, *number + 1);
      }
    }
    return rocksdb::Status::OK();
  }
  rocksdb::Status DeleteCF(uint32_t, const rocksdb::Slice&) override {
    return rocksdb::Status::OK();
  }
  rocksdb::Status DeleteRangeCF(uint32_t, const rocksdb::Slice&,
                                const rocksdb::Slice&) override {
    return rocksdb::Status::OK();
  }
  void LogData(const rocksdb::Slice&) override {}

  const uint32_t log_id;
  const uint32_t rows_id;
  Range positions;
  Range row_writes;
};

class HoleFilter final : public rocksdb::WalFilter {
 public:
  HoleFilter(uint64_t next_position, uint64_t next_row_write)
      : next_position_(next_position), next_row_write_(next_row_write) {}

  const char* Name() const override { return "daybook.HoleFilter"; }

  void ColumnFamilyLogNumberMap(
      const std::map<uint32_t, uint64_t>&,
      const std::map<std::string, uint32_t>& ids) override {
    log_id_ = IdOf(kLogChunks, ids);
    rows_id_ = IdOf(kLogRows, ids);
  }

  WalProcessingOption LogRecordFound(unsigned long long,  // NOLINT
                                     const std::string&,
                                     const rocksdb::WriteBatch& batch,
                                     rocksdb::WriteBatch*, bool*) override {
    Record record(log_id_, rows_id_);
    if (!batch.Iterate(&record).ok() ||
        !Follows(record.positions, next_position_) ||
        !Follows(record.row_writes, next_row_write_)) {
      return WalProcessingOption::kStopReplay;
    }
    next_position_ = std::max(next_position_, record.positions.next);
    next_row_write_ = std::max(next_row_write_, record.row_writes.next);
    return WalProcessingOption::kContinueProcessing;
  }

 private:
  // What is in the files already may come again.
  static bool Follows(const Record::Range& range, uint64_t next) {
    return range.whole && (range.first == range.next || range.first <= next);
  }

  uint32_t log_id_ = kNoFamily;
  uint32_t rows_id_ = kNoFamily;
  uint64_t next_position_;
  uint64_t next_row_write_;
};

}  // namespace

void RowWriteOrder::ColumnFamilyLogNumberMap(
    const std::map<uint32_t, uint64_t>&,
    const std::map<std::string, uint32_t>& ids) {
  log_id_ = IdOf(kLogChunks, ids);
  rows_id_ = IdOf(kLogRows, ids);
  position_ = 0;
  runs_.clear();
}

rocksdb::WalFilter::WalProcessingOption RowWriteOrder::LogRecordFound(
    unsigned long long, const std::string&,  // NOLINT
    const rocksdb::WriteBatch& batch, rocksdb::WriteBatch*, bool*) {
  Record record(log_id_, rows_id_);
  // What can't be read, recovery itself reports.
  if (!batch.Iterate(&record).ok()) {
    return WalProcessingOption::kContinueProcessing;
  }
  const Record::Range& writes = record.row_writes;
  if (writes.first != writes.next) {
    if (!runs_.empty() && writes.whole && writes.first == runs_.back().next) {
      runs_.back().next = writes.next;
    } else {
      runs_.push_back({writes.first, writes.next, position_});
    }
  }
  position_ = std::max(position_, record.positions.next);
  return WalProcessingOption::kContinueProcessing;
}

std::optional<Position> RowWriteOrder::FirstHole(uint64_t in_files) const {
  uint64_t next = in_files + 1;
  for (const Run& run : runs_) {
    if (run.first > next) return Position(run.position);
    next = std::max(next, run.next);
  }
  return std::nullopt;
}

std::unique_ptr<rocksdb::WalFilter> StopAtFirstHole(Position next,
                                                    uint64_t row_writes) {
  return std::make_unique<HoleFilter>(next.value(), row_writes + 1);
}

}  // namespace daybook
