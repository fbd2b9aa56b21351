// RestoreBackup(): a store made of a backup.
//
//   1. copy the files to where a store has them, hashing each
//   2. make every leaf of the audit tree again; compare the root with that of
//      the manifest, and with the head that was kept elsewhere
//   3. write ANCHOR, then STORE: from here on the folder is a store
//   4. open it with all checks, which derives the indexes, and close it
//   5. rename the folder, never over anything

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "daybook/store/backup.h"
#include "daybook/store/event_store.h"
#include "store/anchor.h"
#include "store/backup_folder.h"
#include "store/backup_log.h"
#include "store/backup_manifest.h"
#include "store/backup_verify.h"
#include "store/error_marks.h"
#include "store/file_copy.h"
#include "store/head_file.h"
#include "store/status_macros.h"
#include "store/store_folder.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kGrace = absl::Seconds(60);
constexpr char kUnfinished[] = ".restoring";
// Stands in a folder in which a store is being restored, and is held by whoever
// does it.
constexpr char kMark[] = "/RESTORING";

absl::Status Exists(const std::string& path) {
  return absl::AlreadyExistsError(
      absl::StrCat(path, " exists already: a restore never overwrites"));
}

// Removes what a restore to the same place left when it was killed.
// Errors: kAlreadyExists when it is something else, or one is under way.
absl::Status RemoveLeftover(const std::string& making) {
  DAYBOOK_ASSIGN_OR_RETURN(const bool is_there, IsThere(making));
  if (!is_there) return absl::OkStatus();
  // Killed before the mark was made: there is nothing in it.
  if (rmdir(making.c_str()) == 0) return absl::OkStatus();
  absl::StatusOr<OpenFile> mark = OpenFile::Read(making + kMark);
  if (!mark.ok()) {
    return absl::AlreadyExistsError(absl::StrCat(
        making, " is in the way and no leftover of a restore: remove it"));
  }
  if (flock(mark->descriptor(), LOCK_EX | LOCK_NB) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("another process is restoring into ", making));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                           ListFolder(making));
  std::error_code error;
  // The mark last: killed here, what is left is still known for what it is.
  for (const std::string& name : names) {
    if (name == "RESTORING") continue;
    fs::remove_all(absl::StrCat(making, "/", name), error);
    if (error) break;
  }
  if (!error) fs::remove_all(making, error);
  if (error) return ErrnoStatus(error.value(), "remove " + making);
  return absl::OkStatus();
}

// The folder in which the store is made; gone with all in it unless it is
// finished.
class Making {
 public:
  static absl::StatusOr<Making> Begin(const std::string& target) {
    Making making(target);
    DAYBOOK_RETURN_IF_ERROR(RemoveLeftover(making.path()));
    DAYBOOK_RETURN_IF_ERROR(MakeFolder(fs::path(target).parent_path()));
    if (mkdir(making.path().c_str(), 0755) != 0) {
      return ErrnoStatus(errno, "create " + making.path());
    }
    making.begun_ = true;
    DAYBOOK_ASSIGN_OR_RETURN(making.mark_,
                             OpenFile::Create(making.path() + kMark));
    if (flock(making.mark_.descriptor(), LOCK_EX | LOCK_NB) != 0) {
      return ErrnoStatus(errno, "lock " + making.path());
    }
    DAYBOOK_RETURN_IF_ERROR(MakeFolder(making.path() + "/log"));
    return making;
  }

  Making(Making&& other) noexcept
      : target_(std::move(other.target_)),
        path_(std::move(other.path_)),
        begun_(std::exchange(other.begun_, false)),
        mark_(std::move(other.mark_)) {}
  Making& operator=(Making&&) = delete;
  ~Making() {
    if (!begun_) return;
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }

  // Puts the folder in its place, if that is still free.
  absl::Status Finish() {
    DAYBOOK_RETURN_IF_ERROR(SyncFolder(path_ + "/log"));
    DAYBOOK_RETURN_IF_ERROR(SyncFolder(path_));
    if (renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, target_.c_str(),
                  RENAME_NOREPLACE) != 0) {
      // Not every file system can do that; the others replace empty folders at
      // most.
      if (errno == EEXIST) return Exists(target_);
      if (errno != EINVAL) return ErrnoStatus(errno, "rename " + path_);
      DAYBOOK_ASSIGN_OR_RETURN(const bool is_there, IsThere(target_));
      if (is_there) return Exists(target_);
      if (std::rename(path_.c_str(), target_.c_str()) != 0) {
        return ErrnoStatus(errno, "rename " + path_);
      }
    }
    begun_ = false;
    // Only now: a leftover without it would not be known for one. In a store it
    // means nothing.
    unlink((target_ + kMark).c_str());
    return SyncFolder(fs::path(target_).parent_path().string());
  }

 private:
  explicit Making(const std::string& target)
      : target_(target), path_(target + kUnfinished) {}

  std::string target_;
  std::string path_;
  bool begun_ = false;
  OpenFile mark_;
};

// What can be said before anything is copied: `*lost_count`, or that it is too
// many.
absl::Status CheckLoss(const BackupManifest& manifest,
                       const RestoreOptions& options, uint64_t* lost_count) {
  *lost_count = 0;
  if (!options.against || options.against->size <= manifest.tree.size) {
    return absl::OkStatus();
  }
  *lost_count = options.against->size - manifest.tree.size;
  if (options.accept_loss) return absl::OkStatus();
  return WithMark(absl::FailedPreconditionError(absl::StrCat(
                      "backup ", manifest.number, " has ", manifest.tree.size,
                      " events and the head is of ", options.against->size,
                      ": it lacks at least those at positions ",
                      manifest.tree.size, " to ", options.against->size - 1,
                      "; take a newer backup, or accept the loss")),
                  kLoss);
}

// A head of fewer events must be one that the log once had.
absl::Status CheckAgainst(const RocksDb& log, const BackupManifest& manifest,
                          const TreeState& against) {
  if (against.size > manifest.tree.size) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const audit::Hash root,
                           RootAt(log, manifest.tree, against.size));
  if (root == against.root) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(
      "the log is another one than that of the head: its first ", against.size,
      " events have the root ", root.ToHex(), ", the head says ",
      against.root.ToHex(), "; nothing was restored"));
}

// Step 2.
absl::Status CheckCopy(const std::string& folder,
                       const BackupManifest& manifest,
                       const RestoreOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RocksDb> log,
                           OpenRestoredLog(folder));
  DAYBOOK_RETURN_IF_ERROR(
      InBackup(manifest, CheckBackupTree(*log, manifest.tree)));
  if (manifest.Find(kHeadName) != nullptr) {
    DAYBOOK_RETURN_IF_ERROR(VerifyHead(*log, manifest, HeadFilePath(folder)));
  }
  if (!options.against) return absl::OkStatus();
  return InBackup(manifest, CheckAgainst(*log, manifest, *options.against));
}

// Steps 3 and 4.
absl::Status MakeStore(const std::string& folder,
                       const BackupManifest& manifest, StoreOptions options) {
  {
    DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<Anchor> anchor,
                             Anchor::Create(folder));
    DAYBOOK_RETURN_IF_ERROR(anchor->Write(Position(manifest.tree.size)));
    DAYBOOK_RETURN_IF_ERROR(anchor->Sync());
  }
  StoreIdentity identity;
  identity.format = manifest.store_format;
  identity.store_id = manifest.store_id;
  identity.branched_from = manifest.branched_from;
  DAYBOOK_RETURN_IF_ERROR(WriteIdentity(folder, identity));
  options.create_if_missing = false;
  options.error_if_exists = false;
  // It vouches for nothing, and copies of heads may be those of the store that
  // is in use: `against` is for comparing.
  options.tree_heads = TreeHeadOptions::OnDemand();
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<EventStore> store,
                           EventStore::Open(folder, options));
  DAYBOOK_RETURN_IF_ERROR(store->WaitForIndexes(absl::InfiniteDuration()));
  DAYBOOK_ASSIGN_OR_RETURN(const TreeState tree, store->Tree());
  if (tree != manifest.tree) {
    return absl::DataLossError("the restored store has another tree");
  }
  return store->Close(kGrace);
}

}  // namespace

absl::StatusOr<RestoredBackup> RestoreBackup(const std::string& path,
                                             std::optional<uint64_t> number,
                                             const std::string& target,
                                             const RestoreOptions& options) {
  const std::string place = WholePath(target);
  DAYBOOK_ASSIGN_OR_RETURN(const bool is_there, IsThere(place));
  if (is_there) return Exists(target);
  DAYBOOK_ASSIGN_OR_RETURN(const BackupFolder folder,
                           BackupFolder::OpenToRead(path));
  DAYBOOK_ASSIGN_OR_RETURN(const BackupManifest manifest, folder.Read(number));
  RestoredBackup restored;
  DAYBOOK_RETURN_IF_ERROR(CheckLoss(manifest, options, &restored.lost_count));
  restored.backup = InfoOf(manifest);
  DAYBOOK_ASSIGN_OR_RETURN(Making making, Making::Begin(place));
  DAYBOOK_RETURN_IF_ERROR(CheckRoom(making.path(), restored.backup.bytes));
  DAYBOOK_RETURN_IF_ERROR(
      CopyFiles(folder, manifest, options.progress, making.path()));
  DAYBOOK_RETURN_IF_ERROR(CheckCopy(making.path(), manifest, options));
  DAYBOOK_RETURN_IF_ERROR(MakeStore(making.path(), manifest, options.store));
  DAYBOOK_RETURN_IF_ERROR(making.Finish());
  return restored;
}

}  // namespace daybook
