#include "store/store_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "daybook/store/runtime.h"
#include "store/checksum.h"
#include "store/error_marks.h"
#include "store/file_copy.h"
#include "store/names.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

// The first line of STORE. Stored; never changes.
constexpr char kStoreTitle[] = "daybook event store";

std::string LockPath(const std::string& folder) { return folder + "/LOCK"; }
std::string IdentityPath(const std::string& folder) {
  return folder + "/STORE";
}

// A title, a format, an id, names of what it is a branch of, a check.
constexpr size_t kIdentityBytesMax = 1 << 20;
constexpr size_t kStoreIdBytesMax = 64;

// It is a UUID, but all that is asked of one is that it can be shown and stand
// in a file's name.
bool IsStoreId(std::string_view id) {
  return id.size() <= kStoreIdBytesMax && IsFileName(id);
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

bool HasLog(const std::string& folder) {
  std::error_code error;
  return std::filesystem::is_directory(folder + "/log", error);
}

absl::Status LostIdentity(const std::string& folder, std::string_view what) {
  return absl::DataLossError(absl::StrCat(
      IdentityPath(folder), " is ", ToAbsl(what),
      ": it says what the store is, and `recover` makes a new one"));
}

std::string CheckLine(std::string_view text) {
  return absl::StrCat("check ", absl::Hex(Checksum(text), absl::kZeroPad8),
                      "\n");
}

// False for one that is damaged: from format 1 on, the last line is a check of
// what stands before it.
bool ParseIdentity(const std::string& text, StoreIdentity* identity) {
  bool has_format = false;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::pair<absl::string_view, absl::string_view> field =
        absl::StrSplit(line, absl::MaxSplits(' ', 1));
    if (field.first == "format") {
      has_format = absl::SimpleAtoi(field.second, &identity->format);
    } else if (field.first == "id") {
      identity->store_id = std::string(field.second);
    } else if (field.first == "branched-from") {
      if (field.second.empty()) return false;
      identity->branched_from.emplace_back(field.second);
    }
  }
  if (!has_format || !IsStoreId(identity->store_id)) return false;
  const size_t check = text.rfind("\ncheck ");
  if (check == std::string::npos) return identity->format == 0;
  return text.substr(check + 1) == CheckLine(text.substr(0, check + 1));
}

absl::Status HeldError(const std::string& folder, const std::string& holder) {
  return WithMark(absl::FailedPreconditionError(
                      absl::StrCat("the store ", folder, " is held by ", holder,
                                   ": close it there first")),
                  kHeld);
}

// Where `path` leads, if it is a symbolic link; that file need not exist.
absl::StatusOr<std::string> EndOfLinks(const std::string& path) {
  namespace fs = std::filesystem;
  // As many as Linux follows.
  constexpr int kLinksMax = 40;
  fs::path end = path;
  std::error_code error;
  for (int links = 0; links < kLinksMax; ++links) {
    if (!fs::is_symlink(end, error)) return end.string();
    const fs::path next = fs::read_symlink(end, error);
    if (error) return ErrnoStatus(error.value(), "follow " + path);
    end = end.parent_path() / next;
  }
  return ErrnoStatus(ELOOP, "follow " + path);
}

// Between two looks at a lock that another process has.
constexpr absl::Duration kLockPause = absl::Milliseconds(5);

}  // namespace

absl::Status ErrnoStatus(int error, const std::string& doing) {
  return absl::ErrnoToStatus(error, doing);
}

absl::StatusOr<FolderLock> FolderLock::Acquire(const std::string& folder,
                                               absl::Duration timeout) {
  const absl::Duration deadline = Clock::System()->Monotonic() + timeout;
  const std::string path = LockPath(folder);
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return ErrnoStatus(errno, "open " + path);
  // Not flock() without LOCK_NB: that has no time limit.
  while (flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (Clock::System()->Monotonic() >= deadline) {
      const std::string holder = HolderOf(file);
      close(file);
      return HeldError(folder, holder);
    }
    absl::SleepFor(kLockPause);
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

absl::StatusOr<FolderLock> FolderLock::AcquireToLook(
    const std::string& folder) {
  const std::string path = LockPath(folder);
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) return FolderLock();
  if (file < 0) return ErrnoStatus(errno, "open " + path);
  if (flock(file, LOCK_EX | LOCK_NB) == 0) return FolderLock(file);
  const std::string holder = HolderOf(file);
  close(file);
  return HeldError(folder, holder);
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
  const absl::StatusOr<std::optional<std::string>> text =
      ReadSmallFile(IdentityPath(folder), kIdentityBytesMax);
  if (!text.ok() && !absl::IsInvalidArgument(text.status())) {
    return text.status();
  }
  if (text.ok() && !text->has_value()) {
    return absl::NotFoundError(absl::StrCat(folder, " holds no store"));
  }
  if (!text.ok() || !(*text)->starts_with(absl::StrCat(kStoreTitle, "\n"))) {
    // What a log lies beside was ours.
    if (HasLog(folder)) return LostIdentity(folder, "damaged");
    return absl::FailedPreconditionError(
        absl::StrCat(IdentityPath(folder), " is not a daybook file"));
  }
  StoreIdentity identity;
  if (!ParseIdentity(**text, &identity)) {
    return LostIdentity(folder, "damaged");
  }
  if (identity.format > kStoreFormat) {
    return absl::FailedPreconditionError(
        absl::StrCat("the store ", folder, " is of format ", identity.format,
                     ", this program reads formats up to ", kStoreFormat,
                     ": use a newer daybook"));
  }
  if (identity.format < kStoreFormat) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the store ", folder, " is of format ", identity.format,
        ", from before formats were kept; this program reads format ",
        kStoreFormat,
        ": export it in full with the daybook that wrote it and import that "
        "with this one; nothing was changed"));
  }
  return identity;
}

absl::StatusOr<StoreIdentity> ReadIdentityOfLog(const std::string& folder) {
  absl::StatusOr<StoreIdentity> identity = ReadIdentity(folder);
  if (absl::IsNotFound(identity.status()) && HasLog(folder)) {
    return LostIdentity(folder, "missing");
  }
  return identity;
}

absl::Status WriteIdentity(const std::string& folder,
                           const StoreIdentity& identity) {
  std::string text = absl::StrCat(kStoreTitle, "\nformat ", identity.format,
                                  "\nid ", identity.store_id, "\n");
  for (const std::string& name : identity.branched_from) {
    absl::StrAppend(&text, "branched-from ", name, "\n");
  }
  text += CheckLine(text);
  if (text.size() > kIdentityBytesMax) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "the names of all the logs that ", folder,
        " would be a branch of take ", text.size(), " bytes, at most ",
        kIdentityBytesMax, ": branch from one of those before"));
  }
  return ReplaceFile(IdentityPath(folder), text);
}

absl::Status ReplaceFile(const std::string& link, const std::string& text) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::string path, EndOfLinks(link));
  const std::string fresh = path + ".new";
  // That of one who was killed.
  if (unlink(fresh.c_str()) != 0 && errno != ENOENT) {
    return ErrnoStatus(errno, "remove " + fresh);
  }
  DAYBOOK_RETURN_IF_ERROR(WriteNewFile(fresh, text));
  // Who may read it stays as it is.
  struct stat before;
  if (stat(path.c_str(), &before) == 0 &&
      chmod(fresh.c_str(), before.st_mode & 07777) != 0) {
    return ErrnoStatus(errno, "set the mode of " + fresh);
  }
  if (std::rename(fresh.c_str(), path.c_str()) != 0) {
    return ErrnoStatus(errno, "rename " + fresh);
  }
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return SyncFolder(folder.empty() ? "." : folder);
}

absl::StatusOr<std::optional<std::string>> ReadSmallFile(
    const std::string& path, size_t bytes_max) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) {
    if (errno == ENOENT) return std::optional<std::string>();
    return ErrnoStatus(errno, "open " + path);
  }
  const absl::Cleanup close_file = [file] { close(file); };
  std::string text;
  char buffer[4096];
  while (true) {
    const ssize_t count = read(file, buffer, sizeof(buffer));
    if (count < 0) return ErrnoStatus(errno, "read " + path);
    if (count == 0) return std::optional<std::string>(std::move(text));
    text.append(buffer, static_cast<size_t>(count));
    if (text.size() > bytes_max) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, " has more than ", bytes_max, " bytes"));
    }
  }
}

std::string WholePath(const std::string& path) {
  std::error_code error;
  const std::filesystem::path whole =
      std::filesystem::absolute(path, error).lexically_normal();
  return whole.has_filename() ? whole.string() : whole.parent_path().string();
}

absl::Status MakeFolder(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  // Without "/" at the end, which would be one more folder.
  const fs::path path = WholePath(folder);
  // Every one that has a new name in it, and the one above what is there:
  // whoever made that may have been killed before it was synced.
  std::vector<fs::path> changed = {path.parent_path()};
  while (!fs::exists(changed.back(), error) && !error) {
    changed.push_back(changed.back().parent_path());
  }
  if (!fs::create_directories(path, error) && error) {
    return ErrnoStatus(error.value(), "create " + folder);
  }
  for (const fs::path& each : changed) {
    DAYBOOK_RETURN_IF_ERROR(SyncFolder(each.string()));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> IsThere(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::file_type type = fs::symlink_status(path, error).type();
  if (type == fs::file_type::none) {
    return ErrnoStatus(error.value(), "look at " + path);
  }
  return type != fs::file_type::not_found;
}

absl::StatusOr<std::vector<std::string>> ListFolder(const std::string& folder) {
  namespace fs = std::filesystem;
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  if (error == std::errc::no_such_file_or_directory ||
      error == std::errc::not_a_directory) {
    return absl::NotFoundError(absl::StrCat("there is no folder ", folder));
  }
  // Not in a range-based loop, whose steps throw.
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    names.push_back(entry->path().filename());
  }
  if (error) return ErrnoStatus(error.value(), "list " + folder);
  std::ranges::sort(names);
  return names;
}

absl::StatusOr<bool> FolderIsEmpty(const std::string& folder) {
  const absl::StatusOr<std::vector<std::string>> names = ListFolder(folder);
  if (absl::IsNotFound(names.status())) return true;
  DAYBOOK_RETURN_IF_ERROR(names.status());
  return std::ranges::all_of(
      *names, [](const std::string& name) { return name == "LOCK"; });
}

absl::Status CheckApart(const std::string& store, const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path outer = fs::weakly_canonical(store, error);
  const fs::path inner = fs::weakly_canonical(folder, error);
  const auto ends =
      std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
  if (error || ends.first != outer.end()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(folder, " lies in the folder of the store, ", store,
                   ", and would be lost with it: name one elsewhere"));
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
