// A folder of backups, without what is in their files.
//
//   BACKUPS        what this is: format and store id, as text
//   LOCK           held (flock) by whoever changes the folder, shared by those
//                  who read it
//   backups/N      the manifest of backup N
//   files/HASH     files that manifests name, under their SHA-256
//
// A file has its name only once it is whole and durable; until then, and for
// ever if its maker was killed, the name ends in ".new". So whatever is there
// under a hash can be used, and what no manifest names can go.

#ifndef DAYBOOK_STORE_BACKUP_FOLDER_H_
#define DAYBOOK_STORE_BACKUP_FOLDER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/audit/hash.h"
#include "store/backup_manifest.h"
#include "store/file_copy.h"

namespace daybook {

// Holds a folder of backups until it goes. Movable; not thread-safe.
class BackupFolder {
 public:
  // To read: others may read too.
  // Errors: kNotFound when it holds no backups; kFailedPrecondition when
  // another process changes it, or for a newer format.
  static absl::StatusOr<BackupFolder> OpenToRead(const std::string& path);
  // To change it. Errors: likewise, also when another process reads it.
  static absl::StatusOr<BackupFolder> OpenToChange(const std::string& path);
  // Likewise; makes it, for backups of that store, if there is nothing but an
  // empty folder at most. Errors: kFailedPrecondition also for a folder of
  // something else, which is left alone, and of another store's backups.
  static absl::StatusOr<BackupFolder> OpenOrMake(const std::string& path,
                                                 const std::string& store_id);

  const std::string& path() const { return path_; }

  // A backup that is there, or why its manifest can't be read.
  struct Entry {
    uint64_t number = 0;
    absl::StatusOr<BackupManifest> manifest;
  };
  // Oldest first. Errors: what the file system says.
  absl::StatusOr<std::vector<Entry>> List() const;
  // Backup `number` or the newest. Errors: kNotFound; those of its manifest.
  absl::StatusOr<BackupManifest> Read(std::optional<uint64_t> number) const;

  std::string FilePath(const audit::Hash& sha256) const;
  // When a file of that hash and size was written, if one is there.
  std::optional<absl::Time> WrittenAt(const BackupFile& file) const;
  // Reads it: whether it has that hash. Errors: of `on_piece`.
  absl::StatusOr<bool> IsWhole(const BackupFile& file, OnPiece on_piece) const;
  // Copies the first `size` bytes of `from` to where their hash says.
  absl::StatusOr<audit::Hash> AddFile(const OpenFile& from, uint64_t size,
                                      OnPiece on_piece);
  absl::StatusOr<audit::Hash> AddBytes(std::string_view bytes);
  // Makes durable what was added, then the backup exist. On error it does not,
  // unless it can't be removed again.
  absl::Status AddManifest(const BackupManifest& manifest);

  absl::Status RemoveManifest(uint64_t number);
  struct Unneeded {
    std::string path;
    uint64_t bytes = 0;
  };
  // The files that none of `manifests` names, leftovers too. Of what is no file
  // of ours there is none among them.
  absl::StatusOr<std::vector<Unneeded>> ListUnneeded(
      const std::vector<BackupManifest>& manifests) const;
  // Removes them. REQUIRES: opened to change; `files` are of the manifests that
  // List() gives now.
  absl::Status Remove(const std::vector<Unneeded>& files) const;

 private:
  explicit BackupFolder(std::string path) : path_(std::move(path)) {}
  static absl::StatusOr<BackupFolder> Open(const std::string& path,
                                           int lock_kind);
  absl::Status Lock(int kind);
  // The id of the store whose backups these are.
  absl::StatusOr<std::string> ReadStoreId() const;
  std::string ManifestPath(uint64_t number) const;

  std::string path_;
  // Holds the lock.
  OpenFile lock_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_BACKUP_FOLDER_H_
