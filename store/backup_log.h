// The log of a backup: whether it is whole and of which tree.

#ifndef DAYBOOK_STORE_BACKUP_LOG_H_
#define DAYBOOK_STORE_BACKUP_LOG_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/audit/hash.h"
#include "daybook/store/audit.h"
#include "store/backup_folder.h"
#include "store/backup_manifest.h"
#include "store/rocks_db.h"

namespace daybook {

// Opens the log as it lies in the backup, to read it. Its blocks are cached
// apart from those of any store: what the disk has is what is checked.
// Errors: kDataLoss.
absl::StatusOr<std::unique_ptr<RocksDb>> OpenBackupLog(
    const BackupFolder& folder, const BackupManifest& manifest);
// Likewise that of a store in a folder.
absl::StatusOr<std::unique_ptr<RocksDb>> OpenRestoredLog(
    const std::string& folder);

// That the files of the log hold the events of `tree` without a hole, and
// nothing else; and that its tree has the root that was stored last. A backup
// has no write-ahead log. Errors: kDataLoss. Cost: milliseconds.
absl::Status CheckBackupLog(const RocksDb& log, const TreeState& tree);

// Likewise, and makes every leaf again. Cost: CheckTree().
absl::Status CheckBackupTree(const RocksDb& log, const TreeState& tree);

// The root that the tree of a log of `tree` had at `size`.
// REQUIRES: size <= tree.size.
absl::StatusOr<audit::Hash> RootAt(const RocksDb& log, const TreeState& tree,
                                   uint64_t size);

// The tree that a head is of; who signed it is not looked at.
// Errors: kInvalidArgument for a note that is none.
absl::StatusOr<TreeState> TreeOfHead(const std::string& bytes);

}  // namespace daybook

#endif  // DAYBOOK_STORE_BACKUP_LOG_H_
