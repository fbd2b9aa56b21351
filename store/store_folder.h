// The folder of a store: who holds it and what it is.
//
//   LOCK    held (flock) by the one process that has the store open, whose pid
//           it contains
//   STORE   what this is: format and store id, as text
//   ANCHOR  how long the log must be (anchor.h)
//   log/, index/  the databases (rocks_db.h)

#ifndef DAYBOOK_STORE_STORE_FOLDER_H_
#define DAYBOOK_STORE_STORE_FOLDER_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace daybook {

// The newest on-disk format this code writes; store/FORMAT.md. 0 may change
// until 1 is declared.
inline constexpr uint32_t kStoreFormat = 0;

// Holds a store's folder against every other opener, also in this process,
// until destroyed. Movable.
class FolderLock {
 public:
  // Errors: kFailedPrecondition with the holder's pid when it is held.
  // REQUIRES: the folder exists.
  static absl::StatusOr<FolderLock> Acquire(const std::string& folder);

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
};

// Errors: kNotFound when the folder holds no store; kFailedPrecondition when
// it is of a newer format or the file is not daybook's.
absl::StatusOr<StoreIdentity> ReadIdentity(const std::string& folder);

// Durable, whole or not at all.
absl::Status WriteIdentity(const std::string& folder,
                           const StoreIdentity& identity);

// Makes `folder` and what it lies in, durably.
absl::Status MakeFolder(const std::string& folder);

// True if there is nothing in it but a lock, or it does not exist.
bool FolderIsEmpty(const std::string& folder);

// fsync of a folder: makes its entries durable.
absl::Status SyncFolder(const std::string& folder);

// "open /x: No space left on device" with the code that errno means.
absl::Status ErrnoStatus(int error, const std::string& doing);

}  // namespace daybook

#endif  // DAYBOOK_STORE_STORE_FOLDER_H_
