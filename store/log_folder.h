// The files of a log's database as they lie in its folder, for who does not
// open the database.

#ifndef DAYBOOK_STORE_LOG_FOLDER_H_
#define DAYBOOK_STORE_LOG_FOLDER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace daybook {

struct LogFile {
  uint64_t number = 0;
  // With and without its folder.
  std::string path;
  std::string name;
  // A table file; otherwise a write-ahead log.
  bool is_table = false;
};

// The tables and write-ahead logs in `folder`, older ones first: RocksDB
// numbers files in the order it makes them. Errors: kNotFound where there is no
// such folder; what the file system says.
absl::StatusOr<std::vector<LogFile>> ListLogFiles(const std::string& folder);

}  // namespace daybook

#endif  // DAYBOOK_STORE_LOG_FOLDER_H_
