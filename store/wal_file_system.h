// A file system that preallocates the write-ahead log with its size.
//
// RocksDB reserves space for its write-ahead log but lets the file's length
// grow with each write, so that each sync also commits the file's new length
// to the file system's journal. With the length set at once that commit falls
// away: a third to a half more synced writes a second. Recovery reads the
// zeros at the end as the end of the log.

#ifndef DAYBOOK_STORE_WAL_FILE_SYSTEM_H_
#define DAYBOOK_STORE_WAL_FILE_SYSTEM_H_

#include <memory>

#include "rocksdb/file_system.h"

namespace daybook {

std::shared_ptr<rocksdb::FileSystem> PreallocatedWalFileSystem(
    const std::shared_ptr<rocksdb::FileSystem>& base);

}  // namespace daybook

#endif  // DAYBOOK_STORE_WAL_FILE_SYSTEM_H_
