// Backups: copies of a store in a folder of their own, made while the store is
// open, each of only those files that the earlier ones there do not have.
//
//   auto made = store->Backup("/backup/orders");  // appends go on
//   if (!made.ok()) return made.status();
//   ...
//   auto whole = VerifyBackup("/backup/orders", {});  // the newest
//   auto restored = RestoreBackup("/backup/orders", {}, "/var/lib/orders",
//                                 {.against = head_that_was_kept_elsewhere});
//
// A backup holds everything the store had at one moment between two appends:
// the log, the audit tree, and rows, so views with their checkpoints and
// snapshots. Indexes are not in it; a restore derives them. It exists once its
// manifest does, which is written last: one that was cut short never counts,
// whatever ended it.
//
// A backup tells what was damaged. That it was not made anew, or is an older
// one put in its place, only a head shows that was kept elsewhere:
// RestoreOptions::against.
//
// What is in the folder: store/FORMAT.md, "Backups". Calls on one folder wait
// for nobody: what would disturb another process at work there is refused.

#ifndef DAYBOOK_STORE_BACKUP_H_
#define DAYBOOK_STORE_BACKUP_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/audit.h"
#include "daybook/store/options.h"

namespace daybook {

// Called now and then with how many bytes are done, of how many; false ends the
// call with kCancelled, and nothing of it stays.
using BackupProgress = std::function<bool(uint64_t done, uint64_t total)>;

struct BackupOptions {
  BackupProgress progress;
};

struct BackupInfo {
  // 1, 2, 3 ... in the order in which they were made.
  uint64_t number = 0;
  // Why it can't be used: then nothing else is known of it. Only ListBackups()
  // gives such.
  absl::Status damage;
  std::string store_id;
  absl::Time created_at;
  // Of the audit tree: its size is how many events there are.
  TreeState tree;
  // It has the tree head that the store had in its file HEAD.
  bool has_head = false;
  // Of all its files, and of those that no other backup there needs: what goes
  // with it.
  uint64_t bytes = 0;
  uint64_t own_bytes = 0;
};

struct CreatedBackup {
  BackupInfo backup;
  // Of files, those that were copied for it, and those that were there.
  uint64_t bytes_copied = 0;
  uint64_t bytes_shared = 0;
  // Files of earlier backups that were missing or damaged in the folder. They
  // were copied again, so that those backups have them, too. The disk there may
  // be failing: verify them.
  uint64_t mended_count = 0;
};

// The backups in `folder`, oldest first; also those whose manifest is damaged.
// Errors: kNotFound when `folder` holds no backups, also when nothing is there;
// kFailedPrecondition for those of a newer format.
absl::StatusOr<std::vector<BackupInfo>> ListBackups(const std::string& folder);

// Reads all of backup `number`, or of the newest one, as a restore would: each
// file must have the hash that the manifest names, the log must open and have
// no hole, and the audit tree, made again from the events, the manifest's root.
// Writes nothing.
//
// Errors: kDataLoss when it is damaged, with what is wrong; kNotFound when
// there is no such backup; kFailedPrecondition when it is of a store of another
// format, which this program can't restore; as ListBackups().
// Cost: reads the backup twice; some microseconds an event.
absl::StatusOr<BackupInfo> VerifyBackup(const std::string& folder,
                                        std::optional<uint64_t> number,
                                        const BackupProgress& progress = {});

struct RestoreOptions {
  // A head of this store that was kept where nobody who can write to the backup
  // can change it. The backup must continue it.
  std::optional<TreeState> against;
  // Restores though `against` shows that the backup lacks events.
  bool accept_loss = false;
  BackupProgress progress;
  // How the store is opened, to derive its indexes. No tree head is made.
  StoreOptions store;
};

struct RestoredBackup {
  BackupInfo backup;
  // How many events of RestoreOptions::against the backup lacks.
  uint64_t lost_count = 0;
};

// Makes a store in `target`, which must not exist, of backup `number` or the
// newest one, after all checks that VerifyBackup() makes. It has the id that
// the store had, and the same root. It is there whole or not at all: while it
// is made it lies beside its place under a name that ends in ".restoring",
// which a process that was killed leaves behind and the next call removes.
//
// Errors:
//   kAlreadyExists       there is something at `target`; it is left alone
//   kFailedPrecondition  `against` is of more events than the backup has: take
//                        a newer one, or accept the loss
//   kDataLoss            the backup is damaged, or its log is not the one that
//                        `against` is of: use another backup
//   kResourceExhausted   not enough room
//   kNotFound            as VerifyBackup()
absl::StatusOr<RestoredBackup> RestoreBackup(
    const std::string& folder, std::optional<uint64_t> number,
    const std::string& target,
    const RestoreOptions& options = RestoreOptions());

struct PrunedBackups {
  std::vector<uint64_t> numbers;
  // Files that no backup needs any more, also those that a backup left that was
  // cut short.
  uint64_t file_count = 0;
  uint64_t bytes = 0;
};

// kTell only says what kRemove would do.
enum class PruneMode { kTell, kRemove };

// Removes all backups but the `keep` newest ones, then the files that none
// needs. Killed half-way, some are gone and the others whole.
//
// Errors: kInvalidArgument when `keep` is 0; kDataLoss when the manifest of one
// is damaged, as nothing tells which files it needs: remove that manifest by
// hand; kDataLoss also while the newest lacks files or has some of another
// size, as one that would go may be the last that can be restored: make a new
// one first; as ListBackups().
absl::StatusOr<PrunedBackups> PruneBackups(const std::string& folder,
                                           uint64_t keep, PruneMode mode);

}  // namespace daybook

#endif  // DAYBOOK_STORE_BACKUP_H_
