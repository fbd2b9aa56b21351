// The folder of a store: who holds it and what it is.
//
//   LOCK    held (flock) by the one process that has the store open, whose pid
//           it contains
//   STORE   what this is: format and store id, as text
//   ANCHOR  how long the log must be (anchor.h)
//   HEAD    the last head of the audit tree (head_keeper.h)
//   log/, index/  the databases (rocks_db.h)

#ifndef DAYBOOK_STORE_STORE_FOLDER_H_
#define DAYBOOK_STORE_STORE_FOLDER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace daybook {

// The on-disk format that this code reads and writes; store/FORMAT.md.
inline constexpr uint32_t kStoreFormat = 1;

// Holds a store's folder against every other opener, also in this process,
// until destroyed. Movable.
class FolderLock {
 public:
  // Errors: kFailedPrecondition with the holder's pid when it is held for
  // longer than `timeout`. REQUIRES: the folder exists.
  static absl::StatusOr<FolderLock> Acquire(
      const std::string& folder, absl::Duration timeout = absl::ZeroDuration());
  // The same for one who only looks: writes nothing, and holds nothing in a
  // folder without LOCK.
  static absl::StatusOr<FolderLock> AcquireToLook(const std::string& folder);

  FolderLock() = default;
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;
  ~FolderLock();

 private:
  explicit FolderLock(int file) : file_(file) {}
  int file_ = -1;
};

struct StoreIdentity {
  uint32_t format = kStoreFormat;
  // A UUID, made with the store.
  std::string store_id;
  // Names of the logs that this one is a branch of, which its own heads must
  // not bear; none for a store that is no branch.
  std::vector<std::string> branched_from;
};

// Errors: kNotFound when the folder holds no store; kFailedPrecondition when
// it is of another format or the file is not daybook's; kDataLoss when it is
// damaged, also when it is nothing of daybook's but a log lies beside it.
absl::StatusOr<StoreIdentity> ReadIdentity(const std::string& folder);
// The same of a folder that is not about to become a store: one without STORE
// that has a log is damaged.
absl::StatusOr<StoreIdentity> ReadIdentityOfLog(const std::string& folder);

// Durable, whole or not at all.
absl::Status WriteIdentity(const std::string& folder,
                           const StoreIdentity& identity);

// Puts `text` where the file at `path` is or will be, or the one that a
// symbolic link there leads to, whose mode stays: durable, whole or not at all.
absl::Status ReplaceFile(const std::string& path, const std::string& text);

// What is in a file; nothing if there is none. Errors: kInvalidArgument above
// `bytes_max`; as the system says.
absl::StatusOr<std::optional<std::string>> ReadSmallFile(
    const std::string& path, size_t bytes_max);

// The path from the root on, without a slash at its end.
std::string WholePath(const std::string& path);

// Makes `folder` and what it lies in, durably.
absl::Status MakeFolder(const std::string& folder);

// Whether there is anything at `path`; a link is, wherever it leads. Errors: as
// the system says.
absl::StatusOr<bool> IsThere(const std::string& path);

// The names of what is in a folder, in byte order. Errors: kNotFound when it is
// none; as the system says.
absl::StatusOr<std::vector<std::string>> ListFolder(const std::string& folder);

// True if there is nothing in it but a lock, or it does not exist. Errors: as
// the system says.
absl::StatusOr<bool> FolderIsEmpty(const std::string& folder);

// kFailedPrecondition for a folder that lies in that of the store, or is it: a
// copy there would go with the store, or be taken for a part of it.
absl::Status CheckApart(const std::string& store, const std::string& folder);

// fsync of a folder: makes its entries durable.
absl::Status SyncFolder(const std::string& folder);

// "open /x: No space left on device" with the code that errno means.
absl::Status ErrnoStatus(int error, const std::string& doing);

}  // namespace daybook

#endif  // DAYBOOK_STORE_STORE_FOLDER_H_
