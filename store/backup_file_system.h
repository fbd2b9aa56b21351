// Shows files of a backup as the folder that they were in, so that RocksDB can
// open a database as it lies in a backup: for reading, without a copy or a link
// anywhere.

#ifndef DAYBOOK_STORE_BACKUP_FILE_SYSTEM_H_
#define DAYBOOK_STORE_BACKUP_FILE_SYSTEM_H_

#include <map>
#include <memory>
#include <string>

#include "rocksdb/file_system.h"

namespace daybook {

// Where the files seem to be. Nothing is there.
inline constexpr char kBackupRoot[] = "/daybook-backup";

// A file system in which nothing can be written and nothing is but
// `files`: by their paths, kBackupRoot and then as in a store's folder, those
// where they are.
std::shared_ptr<rocksdb::FileSystem> MakeBackupFileSystem(
    std::map<std::string, std::string> files);

}  // namespace daybook

#endif  // DAYBOOK_STORE_BACKUP_FILE_SYSTEM_H_
