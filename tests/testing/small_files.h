// Makes many small files of a database's few large ones, so that damage can
// hit one among many: RocksDB 7.8.3 may step over a damaged file of a level.

#ifndef DAYBOOK_TESTS_TESTING_SMALL_FILES_H_
#define DAYBOOK_TESTS_TESTING_SMALL_FILES_H_

#include <string>

#include "absl/status/status.h"

namespace daybook::testing {

enum class Database { kLog, kIndex };

// Rewrites the database in the folder `path` of a closed store as files of
// 16 KiB in one level, in blocks of 1 KiB.
absl::Status SplitIntoSmallFiles(const std::string& path, Database database);

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTS_TESTING_SMALL_FILES_H_
