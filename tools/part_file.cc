#include "tools/part_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "store/status_macros.h"
#include "tools/file_argument.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

constexpr size_t kCopyBytes = 256 << 10;

// Makes the names in the folder of `path` durable, where its file system can.
bool SyncFolderOf(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path();
  const int folder = open(parent.empty() ? "." : parent.c_str(),
                          O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  // One may write to a folder without being allowed to list it.
  if (folder < 0) return errno == EACCES;
  const bool synced = fsync(folder) == 0 || errno == EINVAL;
  const int error = errno;
  close(folder);
  errno = error;
  return synced;
}

// Whether `name` is that of the file that is open here, and no link to it.
bool IsNameOf(const std::string& name, int descriptor) {
  struct stat named;
  struct stat opened;
  return lstat(name.c_str(), &named) == 0 && fstat(descriptor, &opened) == 0 &&
         named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

// Takes the lock of a file, until it is closed; false if it is held elsewhere.
// Where the file system has no locks, each that asks has it: then Commit()
// alone finds that another process came between.
bool Lock(int descriptor) {
  while (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR) return true;
  }
  return true;
}

// Removes what a process that was killed left in the place of the part file of
// `path`, and what is no file. Errors: kInvalidArgument where it is locked, by
// a process that writes to it.
absl::Status RemoveLeftover(const std::string& path, const std::string& part) {
  struct stat there;
  if (lstat(part.c_str(), &there) != 0) return absl::OkStatus();
  int descriptor = -1;
  const absl::Cleanup closing = [&descriptor] {
    if (descriptor >= 0) close(descriptor);
  };
  if (S_ISREG(there.st_mode)) {
    descriptor =
        open(part.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) {
      return errno == ENOENT ? absl::OkStatus() : CantWrite(part, errno);
    }
    if (!Lock(descriptor)) {
      return absl::InvalidArgumentError(
          Concat("can't write ", Quoted(path),
                 ": another process is writing it, as ", Quoted(part)));
    }
    // Who had it may have ended well, and another one begun.
    if (!IsNameOf(part, descriptor)) return absl::OkStatus();
  }
  if (unlink(part.c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
  return CantWrite(part, errno);
}

}  // namespace

absl::StatusOr<std::unique_ptr<PartFile>> PartFile::Create(
    const std::string& path) {
  DAYBOOK_RETURN_IF_ERROR(CheckNamesFile(path));
  struct stat there;
  if (stat(path.c_str(), &there) == 0 && !S_ISREG(there.st_mode)) {
    return absl::InvalidArgumentError(
        Concat("can't write ", Quoted(path), ": it is no file"));
  }
  const std::string part = PartOf(path);
  while (true) {
    const int descriptor =
        open(part.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0) {
      if (Lock(descriptor) && IsNameOf(part, descriptor)) {
        return std::unique_ptr<PartFile>(new PartFile(path, descriptor));
      }
      // Another process was quicker to lock it, and took it for a leftover.
      close(descriptor);
    } else if (errno != EEXIST) {
      return CantWrite(path, errno);
    }
    DAYBOOK_RETURN_IF_ERROR(RemoveLeftover(path, part));
  }
}

absl::StatusOr<std::unique_ptr<PartFile>> PartFile::CreateFor(Output& out) {
  std::error_code no_folder;
  const std::string folder =
      std::filesystem::temp_directory_path(no_folder).string();
  std::string name =
      (no_folder ? std::string("/tmp") : folder) + "/daybook-XXXXXX";
  const int descriptor = mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) {
    return absl::ResourceExhaustedError(Concat("can't make a temporary file ",
                                               Quoted(name), ": ",
                                               std::strerror(errno)));
  }
  // Gone with the process, whatever becomes of it.
  unlink(name.c_str());
  return std::unique_ptr<PartFile>(new PartFile(&out, descriptor));
}

PartFile::~PartFile() {
  const bool is_left = out_ == nullptr && !committed_;
  // While it is locked, so that it is no other's.
  if (is_left && IsNameOf(part_, descriptor_)) unlink(part_.c_str());
  close(descriptor_);
}

absl::Status PartFile::CopyOut() {
  std::vector<char> buffer(kCopyBytes);
  off_t place = 0;
  while (out_->ok()) {
    const ssize_t count =
        pread(descriptor_, buffer.data(), buffer.size(), place);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      return absl::ResourceExhaustedError(
          Concat("can't read ", part_, ": ", std::strerror(errno)));
    }
    if (count == 0) break;
    out_->Write(std::string_view(buffer.data(), static_cast<size_t>(count)));
    place += count;
  }
  out_->Flush();
  if (!IsReaderGone(out_->status())) return out_->status();
  // Unlike a table, it is of no use without its end.
  return absl::ResourceExhaustedError(
      "the reader of the output went away before the end");
}

absl::Status PartFile::Commit() {
  if (out_ != nullptr) return CopyOut();
  if (!IsNameOf(part_, descriptor_)) {
    return absl::ResourceExhaustedError(
        Concat("can't finish ", Quoted(path_), ": somebody removed ",
               Quoted(part_), ", or wrote another file in its place"));
  }
  const bool is_named =
      fsync(descriptor_) == 0 && std::rename(part_.c_str(), path_.c_str()) == 0;
  committed_ = is_named;
  if (is_named && SyncFolderOf(path_)) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      Concat("can't finish ", Quoted(path_), ": ", std::strerror(errno)));
}

}  // namespace daybook::tools
