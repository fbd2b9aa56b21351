// Whether the files of a backup are those that its manifest names.

#ifndef DAYBOOK_STORE_BACKUP_VERIFY_H_
#define DAYBOOK_STORE_BACKUP_VERIFY_H_

#include <string>

#include "absl/status/status.h"
#include "daybook/store/backup.h"
#include "store/backup_folder.h"
#include "store/backup_manifest.h"
#include "store/rocks_db.h"

namespace daybook {

// `status` with the backup's number before it.
absl::Status InBackup(const BackupManifest& manifest,
                      const absl::Status& status);

// Reads every file. Errors: kDataLoss with the first that is missing or of
// other bytes, and how many more.
absl::Status VerifyFiles(const BackupFolder& folder,
                         const BackupManifest& manifest,
                         const BackupProgress& progress);

// Likewise, and copies them into `target`, where they belong in a store's
// folder. Stops at the first that is wrong.
absl::Status CopyFiles(const BackupFolder& folder,
                       const BackupManifest& manifest,
                       const BackupProgress& progress,
                       const std::string& target);

// That the backup's log continues the head at `path`. Errors: kDataLoss.
absl::Status VerifyHead(const RocksDb& log, const BackupManifest& manifest,
                        const std::string& path);

}  // namespace daybook

#endif  // DAYBOOK_STORE_BACKUP_VERIFY_H_
