// Makes a backup of an open store: EventStore::Backup().
//
//   1. flush the log's database, so that little is left to be flushed
//   2. between two appends, and with no write of rows under way: flush what
//      came since, list the files; none goes until those are open that the
//      folder lacks or that are to be read again there
//   3. appends go on; read some of those that the folder has again, and copy
//      the others, hashing them, and compare them with the checksums that
//      RocksDB made when it wrote them
//   4. open the log as it now lies in the folder; it must have the head and the
//      root that the store had at 2
//   5. write the manifest
//
// After 2 everything is in table files, which never change: a backup needs no
// write-ahead log, which is preallocated, goes on while it is copied, and has
// to be recovered. Files that are open stay readable though RocksDB removes
// them, so that it need not be kept from that while they are copied.

#ifndef DAYBOOK_STORE_BACKUP_CREATE_H_
#define DAYBOOK_STORE_BACKUP_CREATE_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/backup.h"
#include "store/store_core.h"

namespace daybook {

// Runs what it is given while nobody writes to the log's database.
using WhileQuiet =
    absl::FunctionRef<absl::Status(absl::FunctionRef<absl::Status()> work)>;

absl::StatusOr<CreatedBackup> CreateBackup(const StoreCore& core,
                                           const std::string& folder,
                                           const BackupOptions& options,
                                           WhileQuiet while_quiet);

}  // namespace daybook

#endif  // DAYBOOK_STORE_BACKUP_CREATE_H_
