#include "daybook/audit/key_file.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace daybook::audit {
namespace {

constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;
// A key takes a name and some hundred bytes.
constexpr size_t kFileBytesMax = 4096;

// Closes a file when it goes.
class File {
 public:
  explicit File(int file) : file_(file) {}
  ~File() {
    if (file_ >= 0) close(file_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  int get() const { return file_; }

 private:
  const int file_;
};

absl::Status ErrnoStatus(const std::string& doing) {
  return absl::ErrnoToStatus(errno, doing);
}

// Makes the name of a new file durable.
absl::Status SyncFolderOf(const std::string& path) {
  std::string folder = std::filesystem::path(path).parent_path().string();
  if (folder.empty()) folder = ".";
  const File file(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.get() < 0 || fsync(file.get()) != 0) {
    return ErrnoStatus("sync " + folder);
  }
  return absl::OkStatus();
}

bool WriteAll(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

absl::Status WriteSecret(const std::string& path, std::string_view text) {
  // O_EXCL also refuses a symbolic link.
  const File file(
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly));
  if (file.get() < 0) return ErrnoStatus("create " + path);
  absl::Status status;
  // The umask may have taken rights away, a folder's list have added some.
  if (fchmod(file.get(), kOwnerOnly) != 0 || !WriteAll(file.get(), text) ||
      fsync(file.get()) != 0) {
    status = ErrnoStatus("write " + path);
  } else {
    status = SyncFolderOf(path);
  }
  if (!status.ok()) unlink(path.c_str());
  return status;
}

bool IsTrustedOwner(uid_t owner) { return owner == geteuid() || owner == 0; }

absl::Status Unsafe(const std::string& path, std::string_view why) {
  return absl::FailedPreconditionError(
      absl::StrCat("key file ", path, " ", std::string(why)));
}

// Looks at the open file, so that nobody can put another in its place.
absl::Status CheckOpenFile(const std::string& path, int file) {
  struct stat info;
  if (fstat(file, &info) != 0) return ErrnoStatus("look at " + path);
  if (!S_ISREG(info.st_mode)) return Unsafe(path, "is no file");
  if (!IsTrustedOwner(info.st_uid)) {
    return Unsafe(path, absl::StrCat("belongs to user ", info.st_uid));
  }
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Unsafe(
        path,
        "is open to group or others: chmod 600, and rotate the key if "
        "somebody may have read it");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status WriteKeyFile(const std::string& path, const NoteSigner& signer) {
  std::string text = signer.ToSecretText();
  text.push_back('\n');
  absl::Status status = WriteSecret(path, text);
  OPENSSL_cleanse(text.data(), text.size());
  return status;
}

absl::StatusOr<NoteSigner> LoadKeyFile(const std::string& path) {
  struct stat link;
  if (lstat(path.c_str(), &link) != 0) return ErrnoStatus("open " + path);
  if (S_ISLNK(link.st_mode) && !IsTrustedOwner(link.st_uid)) {
    return Unsafe(path,
                  absl::StrCat("is a symbolic link of user ", link.st_uid));
  }
  // Without O_NONBLOCK a named pipe would keep the caller waiting.
  const File file(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (file.get() < 0) return ErrnoStatus("open " + path);
  const absl::Status checked = CheckOpenFile(path, file.get());

  std::array<char, kFileBytesMax> bytes;
  const ssize_t size = read(file.get(), bytes.data(), bytes.size());
  if (size < 0) return checked.ok() ? ErrnoStatus("read " + path) : checked;
  std::string_view text(bytes.data(), static_cast<size_t>(size));
  if (text.ends_with('\n')) text.remove_suffix(1);
  // Whoever may read that, nothing is lost.
  if (VerifierKey::Parse(text).ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path,
                     " holds a public key: name the file of its private "
                     "one"));
  }
  if (!checked.ok()) {
    OPENSSL_cleanse(bytes.data(), bytes.size());
    return checked;
  }
  absl::StatusOr<NoteSigner> signer = NoteSigner::Parse(text);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  if (!signer.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "key file ", path, ": ", std::string(signer.status().message())));
  }
  return signer;
}

}  // namespace daybook::audit
