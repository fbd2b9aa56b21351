// How rows get into the log's database, and how one sees after a crash that
// none of their writes is missing.
//
// Every write that changes rows also puts its number, one more than that of the
// write before, under a key of the store's own. Pages of the write-ahead log
// that were lost read as zeros, which RocksDB takes for padding; positions tell
// where an append is missing, these numbers where a write of rows is. See
// wal_order.h.

#ifndef DAYBOOK_STORE_ROW_WRITES_H_
#define DAYBOOK_STORE_ROW_WRITES_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "daybook/store/rows.h"
#include "rocksdb/slice.h"
#include "rocksdb/table_properties.h"
#include "rocksdb/write_batch.h"
#include "store/rocks_db.h"

namespace daybook {

// Keys that begin with this byte are the store's own and shown to nobody.
inline constexpr char kOwnRowsByte = '\0';
// The first key that may be shown, and one above all.
inline constexpr std::string_view kFirstRowKey = "\x01";
const std::string& AboveAllRowKeys();

// Adds changes of rows to `batch`, all under the number `number`.
void AddRows(const RocksDb& log, const RowBatch& rows, uint64_t number,
             rocksdb::WriteBatch* batch);

// The number that this put of the family of rows gives, if it does.
std::optional<uint64_t> ParseRowWriteNumber(const rocksdb::Slice& key,
                                            const rocksdb::Slice& value);

// Notes in each file of rows the last number that is in it.
std::shared_ptr<rocksdb::TablePropertiesCollectorFactory>
RowFilePropertiesFactory();

// The number of the last write that is in files, and of the last at all; 0 if
// there was none.
absl::StatusOr<uint64_t> ReadRowWritesInFiles(const RocksDb& log);
absl::StatusOr<uint64_t> ReadRowWrites(const RocksDb& log);

}  // namespace daybook

#endif  // DAYBOOK_STORE_ROW_WRITES_H_
