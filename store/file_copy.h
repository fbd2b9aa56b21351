// Copies files and hashes them on the way, for backups: what was read is what
// was hashed, and what was hashed is on the disk.

#ifndef DAYBOOK_STORE_FILE_COPY_H_
#define DAYBOOK_STORE_FILE_COPY_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/audit/hash.h"

namespace daybook {

// An open file, closed when it goes. Movable.
class OpenFile {
 public:
  // For reading. Errors: kNotFound; kDataLoss for what is no plain file, a
  // symbolic link too: a copy reads nothing from elsewhere.
  static absl::StatusOr<OpenFile> Read(const std::string& path);
  // A new file, for writing. Errors: kAlreadyExists.
  static absl::StatusOr<OpenFile> Create(const std::string& path);

  OpenFile() = default;
  OpenFile(OpenFile&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)) {}
  OpenFile& operator=(OpenFile&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~OpenFile();

  int descriptor() const { return descriptor_; }
  absl::StatusOr<uint64_t> Size() const;

 private:
  explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

// SHA-256 of bytes that come piece by piece. Not thread-safe.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;
  void Add(std::string_view bytes);
  // Once, at the end.
  audit::Hash Finish();

 private:
  void* context_;
};

// Sees each piece that is read, in order; an error ends the copy with it.
using OnPiece = absl::FunctionRef<absl::Status(std::string_view piece)>;

// Reads the first `size` bytes of `from`, from its beginning. Gives their hash.
// Errors: kDataLoss when the file is shorter.
absl::StatusOr<audit::Hash> HashFile(const OpenFile& from, uint64_t size,
                                     OnPiece on_piece);

// Likewise, and writes them to the new file `to`, durably but for its name in
// its folder. On error `to` is gone.
absl::StatusOr<audit::Hash> CopyFile(const OpenFile& from, uint64_t size,
                                     const std::string& to, OnPiece on_piece);

// Writes a new file, likewise.
absl::Status WriteNewFile(const std::string& to, std::string_view bytes);

// Errors: kResourceExhausted where the file system of `folder` has no room for
// so many bytes; not where it does not say.
absl::Status CheckRoom(const std::string& folder, uint64_t bytes);

// All of a plain file. Errors: as OpenFile::Read(); kDataLoss when it is larger
// than `bytes_max`.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path,
                                          uint64_t bytes_max);

}  // namespace daybook

#endif  // DAYBOOK_STORE_FILE_COPY_H_
