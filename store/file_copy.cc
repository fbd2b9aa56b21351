#include "store/file_copy.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "store/store_folder.h"

namespace daybook {
namespace {

constexpr size_t kPieceBytes = 1 << 20;

absl::Status WriteAll(const OpenFile& file, std::string_view bytes,
                      const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written =
        write(file.descriptor(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return ErrnoStatus(errno, "write " + path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status SyncFile(const OpenFile& file, const std::string& path) {
  if (fsync(file.descriptor()) == 0) return absl::OkStatus();
  return ErrnoStatus(errno, "sync " + path);
}

// Aborts where OpenSSL has no SHA-256, as audit/hash.h does.
void Must(bool done) {
  if (!done) std::abort();
}

}  // namespace

absl::StatusOr<OpenFile> OpenFile::Read(const std::string& path) {
  // Not blocking, or a pipe in its place would.
  OpenFile file(
      open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  const int problem = errno;
  const auto not_plain = [&path] {
    return absl::DataLossError(absl::StrCat(path, " is no plain file"));
  };
  if (file.descriptor() < 0) {
    return problem == ELOOP ? not_plain()
                            : ErrnoStatus(problem, "open " + path);
  }
  struct stat status {};
  if (fstat(file.descriptor(), &status) != 0) {
    return ErrnoStatus(errno, "look at " + path);
  }
  if (!S_ISREG(status.st_mode)) return not_plain();
  return file;
}

absl::StatusOr<OpenFile> OpenFile::Create(const std::string& path) {
  OpenFile file(
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (file.descriptor() < 0) return ErrnoStatus(errno, "create " + path);
  return file;
}

OpenFile::~OpenFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

absl::StatusOr<uint64_t> OpenFile::Size() const {
  struct stat status {};
  if (fstat(descriptor_, &status) != 0) {
    return ErrnoStatus(errno, "look at a file");
  }
  return static_cast<uint64_t>(status.st_size);
}

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) {
  Must(context_ != nullptr &&
       EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_), EVP_sha256(),
                         nullptr) == 1);
}

Sha256Stream::~Sha256Stream() {
  EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_));
}

void Sha256Stream::Add(std::string_view bytes) {
  Must(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), bytes.data(),
                        bytes.size()) == 1);
}

audit::Hash Sha256Stream::Finish() {
  std::array<uint8_t, audit::Hash::kSize> bytes{};
  Must(EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), bytes.data(),
                          nullptr) == 1);
  return audit::Hash(bytes);
}

absl::StatusOr<audit::Hash> HashFile(const OpenFile& from, uint64_t size,
                                     OnPiece on_piece) {
  Sha256Stream hash;
  std::vector<char> buffer(std::min<uint64_t>(size, kPieceBytes));
  for (uint64_t at = 0; at < size;) {
    const ssize_t read = pread(from.descriptor(), buffer.data(),
                               std::min<uint64_t>(buffer.size(), size - at),
                               static_cast<off_t>(at));
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) return ErrnoStatus(errno, "read a file");
    if (read == 0) {
      return absl::DataLossError(
          absl::StrCat("it ends after ", at, " of ", size, " bytes"));
    }
    const std::string_view piece(buffer.data(), static_cast<size_t>(read));
    hash.Add(piece);
    DAYBOOK_RETURN_IF_ERROR(on_piece(piece));
    at += piece.size();
  }
  return hash.Finish();
}

absl::StatusOr<audit::Hash> CopyFile(const OpenFile& from, uint64_t size,
                                     const std::string& to, OnPiece on_piece) {
  DAYBOOK_ASSIGN_OR_RETURN(const OpenFile out, OpenFile::Create(to));
  absl::StatusOr<audit::Hash> hash =
      HashFile(from, size, [&](std::string_view piece) -> absl::Status {
        DAYBOOK_RETURN_IF_ERROR(WriteAll(out, piece, to));
        return on_piece(piece);
      });
  if (hash.ok()) {
    if (absl::Status synced = SyncFile(out, to); !synced.ok()) hash = synced;
  }
  if (!hash.ok()) unlink(to.c_str());
  return hash;
}

absl::Status WriteNewFile(const std::string& to, std::string_view bytes) {
  DAYBOOK_ASSIGN_OR_RETURN(const OpenFile out, OpenFile::Create(to));
  absl::Status status = WriteAll(out, bytes, to);
  if (status.ok()) status = SyncFile(out, to);
  if (!status.ok()) unlink(to.c_str());
  return status;
}

absl::Status CheckRoom(const std::string& folder, uint64_t bytes) {
  std::error_code error;
  const std::filesystem::space_info room =
      std::filesystem::space(folder, error);
  if (error || room.available >= bytes) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat(folder, " has room for ", room.available, " bytes, ", bytes,
                   " are needed; nothing was written"));
}

absl::StatusOr<std::string> ReadWholeFile(const std::string& path,
                                          uint64_t bytes_max) {
  DAYBOOK_ASSIGN_OR_RETURN(const OpenFile file, OpenFile::Read(path));
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t size, file.Size());
  if (size > bytes_max) {
    return absl::DataLossError(absl::StrCat(path, " is too large: ", size,
                                            " bytes, at most ", bytes_max));
  }
  std::string bytes;
  const absl::StatusOr<audit::Hash> read =
      HashFile(file, size, [&bytes](std::string_view piece) {
        bytes += piece;
        return absl::OkStatus();
      });
  if (!read.ok()) return read.status();
  return bytes;
}

}  // namespace daybook
