#include "store/store_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace daybook {
namespace {

constexpr char kTitle[] = "daybook event store";

std::string LockPath(const std::string& folder) { return folder + "/LOCK"; }
std::string IdentityPath(const std::string& folder) {
  return folder + "/STORE";
}

std::string HolderOf(int file) {
  char text[32];
  const ssize_t size = pread(file, text, sizeof(text), 0);
  int64_t pid = 0;
  if (size <= 0 ||
      !absl::SimpleAtoi(absl::string_view(text, static_cast<size_t>(size)),
                        &pid)) {
    return "another process";
  }
  return pid == getpid() ? absl::StrCat("this process (pid ", pid, ")")
                         : absl::StrCat("process ", pid);
}

absl::Status WriteAndSync(const std::string& path, const std::string& text) {
  const int file =
      open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return ErrnoStatus(errno, "create " + path);
  const ssize_t written = write(file, text.data(), text.size());
  absl::Status status;
  if (written != static_cast<ssize_t>(text.size()) || fsync(file) != 0) {
    status = ErrnoStatus(errno, "write " + path);
  }
  close(file);
  return status;
}

}  // namespace

absl::Status ErrnoStatus(int error, const std::string& doing) {
  return absl::ErrnoToStatus(error, doing);
}

absl::StatusOr<FolderLock> FolderLock::Acquire(const std::string& folder) {
  const std::string path = LockPath(folder);
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return ErrnoStatus(errno, "open " + path);
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    const std::string holder = HolderOf(file);
    close(file);
    return absl::FailedPreconditionError(
        absl::StrCat("the store ", folder, " is held by ", holder,
                     ": close it there first"));
  }
  const std::string pid = absl::StrCat(getpid(), "\n");
  if (ftruncate(file, 0) != 0 || pwrite(file, pid.data(), pid.size(), 0) !=
                                     static_cast<ssize_t>(pid.size())) {
    const absl::Status status = ErrnoStatus(errno, "write " + path);
    close(file);
    return status;
  }
  return FolderLock(file);
}

FolderLock::FolderLock(FolderLock&& other) noexcept
    : file_(std::exchange(other.file_, -1)) {}

FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

FolderLock::~FolderLock() {
  if (file_ >= 0) close(file_);
}

absl::StatusOr<StoreIdentity> ReadIdentity(const std::string& folder) {
  std::ifstream in(IdentityPath(folder));
  if (!in) {
    return absl::NotFoundError(absl::StrCat(folder, " holds no store"));
  }
  std::string title;
  std::getline(in, title);
  if (title != kTitle) {
    return absl::FailedPreconditionError(
        absl::StrCat(IdentityPath(folder), " is not a daybook file"));
  }
  StoreIdentity identity;
  bool has_format = false;
  for (std::string line; std::getline(in, line);) {
    const std::pair<std::string, std::string> field =
        absl::StrSplit(line, absl::MaxSplits(' ', 1));
    if (field.first == "format") {
      has_format = absl::SimpleAtoi(field.second, &identity.format);
    } else if (field.first == "id") {
      identity.store_id = field.second;
    }
  }
  if (!has_format || identity.store_id.empty()) {
    return absl::DataLossError(
        absl::StrCat(IdentityPath(folder), " is damaged"));
  }
  if (identity.format > kStoreFormat) {
    return absl::FailedPreconditionError(
        absl::StrCat("the store ", folder, " is of format ", identity.format,
                     ", this program reads formats up to ", kStoreFormat,
                     ": use a newer daybook"));
  }
  return identity;
}

absl::Status WriteIdentity(const std::string& folder,
                           const StoreIdentity& identity) {
  const std::string path = IdentityPath(folder);
  const std::string fresh = path + ".new";
  if (absl::Status status =
          WriteAndSync(fresh, absl::StrCat(kTitle, "\nformat ", identity.format,
                                           "\nid ", identity.store_id, "\n"));
      !status.ok()) {
    return status;
  }
  if (std::rename(fresh.c_str(), path.c_str()) != 0) {
    return ErrnoStatus(errno, "rename " + fresh);
  }
  return SyncFolder(folder);
}

absl::Status MakeFolder(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path path = fs::absolute(folder, error);
  if (!fs::create_directories(path, error) && error) {
    return ErrnoStatus(error.value(), "create " + folder);
  }
  return SyncFolder(path.parent_path().string());
}

bool FolderIsEmpty(const std::string& folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().filename() != "LOCK") return false;
  }
  return true;
}

absl::Status SyncFolder(const std::string& folder) {
  const int file = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return ErrnoStatus(errno, "open " + folder);
  const bool synced = fsync(file) == 0;
  const int error = errno;
  close(file);
  return synced ? absl::OkStatus() : ErrnoStatus(error, "sync " + folder);
}

}  // namespace daybook
