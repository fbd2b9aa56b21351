// Which positions each file of the log holds, kept in the file itself.
//
// RocksDB can open a database whose MANIFEST lost whole files without a word.
// So each table file of the log records the first position, the next position
// after its last and the number of events it holds; at open the files must
// tile the log from 0 on without gap or overlap.

#ifndef DAYBOOK_STORE_LOG_FILES_H_
#define DAYBOOK_STORE_LOG_FILES_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "daybook/store/numbers.h"
#include "rocksdb/slice.h"
#include "rocksdb/table_properties.h"
#include "store/rocks_db.h"

namespace daybook {

std::shared_ptr<rocksdb::TablePropertiesCollectorFactory>
LogFilePropertiesFactory();

// The position up to which the log's table files tile; what comes after is in
// memory tables only. Errors: kDataLoss with the first position missing.
// Cost: one small read a file, cached after the first.
absl::StatusOr<Position> CheckLogFilesTile(const RocksDb& log);

// Each opening after a crash, and each close, leaves a file, however small, and
// RocksDB only ever moves files whose keys don't overlap. Merges the small ones
// when there are many. Cost: rewrites a few MiB at most every dozen openings.
absl::Status MergeSmallLogFiles(const RocksDb& log);

// True if the log goes on after `position` but has nothing there.
absl::StatusOr<bool> IsHole(const RocksDb& log, Position position);

// The positions that a chunk of the log holds: [*first, *next). False if it is
// none. Looks at its key and head only.
bool ParseSpan(const rocksdb::Slice& key, const rocksdb::Slice& value,
               uint64_t* first, uint64_t* next);

}  // namespace daybook

#endif  // DAYBOOK_STORE_LOG_FILES_H_
