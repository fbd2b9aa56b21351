// Sees the records of the write-ahead log while they are recovered, and where
// the first of them is missing.
//
// Pages may reach the disk in any order, so that a power cut can lose some and
// keep later ones. Lost ones read as zeros, which RocksDB takes for padding,
// and it goes on behind them. Two numbers tell: appends follow one another by
// position, writes of rows by their number.

#ifndef DAYBOOK_STORE_WAL_ORDER_H_
#define DAYBOOK_STORE_WAL_ORDER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "daybook/store/numbers.h"
#include "rocksdb/wal_filter.h"

namespace daybook {

// Notes in what order writes of rows come; recovery goes on.
class RowWriteOrder : public rocksdb::WalFilter {
 public:
  const char* Name() const override { return "daybook.RowWriteOrder"; }

  void ColumnFamilyLogNumberMap(
      const std::map<uint32_t, uint64_t>& log_numbers,
      const std::map<std::string, uint32_t>& ids) override;
  WalProcessingOption LogRecordFound(unsigned long long,  // NOLINT
                                     const std::string&,
                                     const rocksdb::WriteBatch& batch,
                                     rocksdb::WriteBatch*, bool*) override;

  // Where the log must end for what comes after not to rest on a write that is
  // missing, if one is. `in_files`: the last write that is in files.
  std::optional<Position> FirstHole(uint64_t in_files) const;

 private:
  // Numbers [first, next) came one after another; the log reached `position`
  // before the first.
  struct Run {
    uint64_t first;
    uint64_t next;
    uint64_t position;
  };

  uint32_t log_id_ = 0;
  uint32_t rows_id_ = 0;
  uint64_t position_ = 0;
  std::vector<Run> runs_;
};

// Ends recovery before the first record that does not follow. `next`: where the
// log's files end; `row_writes`: the last write of rows that is in files.
std::unique_ptr<rocksdb::WalFilter> StopAtFirstHole(Position next,
                                                    uint64_t row_writes);

}  // namespace daybook

#endif  // DAYBOOK_STORE_WAL_ORDER_H_
