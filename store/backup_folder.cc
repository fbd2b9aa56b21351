#include "store/backup_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "store/status_macros.h"
#include "store/status_message.h"
#include "store/store_folder.h"
#include "store/strings.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;

// Stored; never change.
constexpr char kTitle[] = "daybook backups";
constexpr char kMarker[] = "/BACKUPS";
constexpr char kLock[] = "/LOCK";
constexpr char kManifests[] = "/backups";
constexpr char kFiles[] = "/files";
constexpr char kUnfinished[] = ".new";

constexpr uint64_t kMarkerBytesMax = 4096;

absl::Status Rename(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) == 0) return absl::OkStatus();
  const int problem = errno;
  unlink(from.c_str());
  return ErrnoStatus(problem, "rename " + from);
}

absl::Status RemoveFile(const std::string& path) {
  if (unlink(path.c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
  return ErrnoStatus(errno, "remove " + path);
}

// What can be in a folder in which the making of one was cut short.
bool IsAlmostEmpty(const std::string& path) {
  const absl::StatusOr<std::vector<std::string>> names = ListFolder(path);
  return names.ok() && std::ranges::all_of(*names, [](const std::string& name) {
           return name == "LOCK" || name == "BACKUPS.new";
         });
}

// In a folder that is there but where the making of it was cut short.
absl::StatusOr<std::vector<std::string>> ListIfThere(const std::string& path) {
  absl::StatusOr<std::vector<std::string>> names = ListFolder(path);
  if (absl::IsNotFound(names.status())) return std::vector<std::string>();
  return names;
}

absl::Status NoBackups(const std::string& path) {
  return absl::NotFoundError(absl::StrCat(path, " holds no backups"));
}

}  // namespace

absl::Status BackupFolder::Lock(int kind) {
  const std::string lock_path = path_ + kLock;
  if (kind == LOCK_EX) {
    const int made =
        open(lock_path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (made < 0) return ErrnoStatus(errno, "open " + lock_path);
    close(made);
  }
  absl::StatusOr<OpenFile> file = OpenFile::Read(lock_path);
  // A copy of a folder may lack it, and need not be writable.
  if (kind == LOCK_SH && absl::IsNotFound(file.status())) {
    return absl::OkStatus();
  }
  DAYBOOK_RETURN_IF_ERROR(file.status());
  if (flock(file->descriptor(), kind | LOCK_NB) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("the backups in ", path_,
                     " are in use by another process: try again later"));
  }
  lock_ = *std::move(file);
  return absl::OkStatus();
}

absl::StatusOr<std::string> BackupFolder::ReadStoreId() const {
  const std::string marker_path = path_ + kMarker;
  absl::StatusOr<std::string> text =
      ReadWholeFile(marker_path, kMarkerBytesMax);
  // Also where there is no folder.
  if (absl::IsNotFound(text.status())) return NoBackups(path_);
  DAYBOOK_RETURN_IF_ERROR(text.status());
  const std::vector<std::string> lines = absl::StrSplit(*text, '\n');
  if (lines[0] != kTitle) {
    return absl::FailedPreconditionError(
        absl::StrCat(marker_path, " is not a daybook file"));
  }
  uint32_t format = 0;
  std::string store_id;
  for (const std::string& line : lines) {
    const std::pair<std::string, std::string> field =
        absl::StrSplit(line, absl::MaxSplits(' ', 1));
    if (field.first == "format" && !absl::SimpleAtoi(field.second, &format)) {
      format = 0;
    }
    if (field.first == "store") store_id = field.second;
  }
  if (format == 0 || store_id.empty()) {
    return absl::DataLossError(absl::StrCat(marker_path, " is damaged"));
  }
  if (format > kBackupFormat) {
    return absl::FailedPreconditionError(
        absl::StrCat("the backups in ", path_, " are of format ", format,
                     ", this program reads formats up to ", kBackupFormat,
                     ": use a newer daybook"));
  }
  return store_id;
}

absl::StatusOr<BackupFolder> BackupFolder::Open(const std::string& path,
                                                int lock_kind) {
  BackupFolder folder(path);
  // Before the lock: a folder of something else gets no file LOCK.
  DAYBOOK_RETURN_IF_ERROR(folder.ReadStoreId().status());
  DAYBOOK_RETURN_IF_ERROR(folder.Lock(lock_kind));
  return folder;
}

absl::StatusOr<BackupFolder> BackupFolder::OpenToRead(const std::string& path) {
  return Open(path, LOCK_SH);
}

absl::StatusOr<BackupFolder> BackupFolder::OpenToChange(
    const std::string& path) {
  return Open(path, LOCK_EX);
}

absl::StatusOr<BackupFolder> BackupFolder::OpenOrMake(
    const std::string& path, const std::string& store_id) {
  BackupFolder folder(path);
  absl::StatusOr<std::string> found = folder.ReadStoreId();
  if (absl::IsNotFound(found.status())) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool is_there, IsThere(path));
    if (is_there && !IsAlmostEmpty(path)) {
      return absl::FailedPreconditionError(absl::StrCat(
          path, " is not empty and holds no backups: name another folder"));
    }
    DAYBOOK_RETURN_IF_ERROR(MakeFolder(path));
    DAYBOOK_RETURN_IF_ERROR(folder.Lock(LOCK_EX));
    found = folder.ReadStoreId();
    if (absl::IsNotFound(found.status())) {
      const std::string fresh = path + kMarker + kUnfinished;
      DAYBOOK_RETURN_IF_ERROR(RemoveFile(fresh));
      DAYBOOK_RETURN_IF_ERROR(
          WriteNewFile(fresh, absl::StrCat(kTitle, "\nformat ", kBackupFormat,
                                           "\nstore ", store_id, "\n")));
      DAYBOOK_RETURN_IF_ERROR(Rename(fresh, path + kMarker));
      DAYBOOK_RETURN_IF_ERROR(SyncFolder(path));
      found = store_id;
    }
  } else {
    DAYBOOK_RETURN_IF_ERROR(found.status());
    DAYBOOK_RETURN_IF_ERROR(folder.Lock(LOCK_EX));
  }
  DAYBOOK_RETURN_IF_ERROR(found.status());
  if (*found != store_id) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " holds backups of the store ", Quoted(*found),
                     ", not of ", Quoted(store_id), ": name another folder"));
  }
  DAYBOOK_RETURN_IF_ERROR(MakeFolder(path + kManifests));
  DAYBOOK_RETURN_IF_ERROR(MakeFolder(path + kFiles));
  return folder;
}

std::string BackupFolder::ManifestPath(uint64_t number) const {
  return absl::StrCat(path_, kManifests, "/", number);
}

std::string BackupFolder::FilePath(const audit::Hash& sha256) const {
  return absl::StrCat(path_, kFiles, "/", sha256.ToHex());
}

absl::StatusOr<std::vector<BackupFolder::Entry>> BackupFolder::List() const {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                           ListIfThere(path_ + kManifests));
  std::vector<Entry> entries;
  for (const std::string& name : names) {
    uint64_t number = 0;
    if (!absl::SimpleAtoi(name, &number) || absl::StrCat(number) != name) {
      continue;
    }
    absl::StatusOr<BackupManifest> manifest = [&] {
      absl::StatusOr<std::string> text =
          ReadWholeFile(ManifestPath(number), kBackupManifestBytesMax);
      return text.ok() ? ParseBackupManifest(*text)
                       : absl::StatusOr<BackupManifest>(text.status());
    }();
    if (manifest.ok() && manifest->number != number) {
      manifest = absl::DataLossError(absl::StrCat(
          "the manifest is damaged: it is that of backup ", manifest->number));
    }
    if (!manifest.ok()) {
      manifest = WithMessage(
          manifest.status(),
          absl::StrCat("backup ", number, ": ", manifest.status().message()));
    }
    entries.push_back({number, std::move(manifest)});
  }
  std::ranges::sort(entries, {}, &Entry::number);
  return entries;
}

absl::StatusOr<BackupManifest> BackupFolder::Read(
    std::optional<uint64_t> number) const {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<Entry> entries, List());
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (!number.has_value() || entry->number == *number) {
      return entry->manifest;
    }
  }
  if (!number.has_value()) return NoBackups(path_);
  return absl::NotFoundError(absl::StrCat(path_, " holds no backup ", *number));
}

std::optional<absl::Time> BackupFolder::WrittenAt(
    const BackupFile& file) const {
  const absl::StatusOr<OpenFile> opened = OpenFile::Read(FilePath(file.sha256));
  struct stat found;
  if (!opened.ok() || fstat(opened->descriptor(), &found) != 0 ||
      static_cast<uint64_t>(found.st_size) != file.size) {
    return std::nullopt;
  }
  return absl::TimeFromTimespec(found.st_mtim);
}

absl::StatusOr<bool> BackupFolder::IsWhole(const BackupFile& file,
                                           OnPiece on_piece) const {
  absl::Status stopped;
  const absl::StatusOr<OpenFile> opened = OpenFile::Read(FilePath(file.sha256));
  if (!opened.ok()) return false;
  const absl::StatusOr<audit::Hash> hash =
      HashFile(*opened, file.size, [&](std::string_view piece) {
        stopped = on_piece(piece);
        return stopped;
      });
  DAYBOOK_RETURN_IF_ERROR(stopped);
  return hash.ok() && *hash == file.sha256;
}

absl::StatusOr<audit::Hash> BackupFolder::AddFile(const OpenFile& from,
                                                  uint64_t size,
                                                  OnPiece on_piece) {
  const std::string fresh = absl::StrCat(path_, kFiles, "/added", kUnfinished);
  DAYBOOK_RETURN_IF_ERROR(RemoveFile(fresh));
  DAYBOOK_ASSIGN_OR_RETURN(const audit::Hash hash,
                           CopyFile(from, size, fresh, on_piece));
  DAYBOOK_RETURN_IF_ERROR(Rename(fresh, FilePath(hash)));
  return hash;
}

absl::StatusOr<audit::Hash> BackupFolder::AddBytes(std::string_view bytes) {
  const std::string fresh = absl::StrCat(path_, kFiles, "/added", kUnfinished);
  DAYBOOK_RETURN_IF_ERROR(RemoveFile(fresh));
  DAYBOOK_RETURN_IF_ERROR(WriteNewFile(fresh, bytes));
  const audit::Hash hash = audit::Sha256({bytes});
  DAYBOOK_RETURN_IF_ERROR(Rename(fresh, FilePath(hash)));
  return hash;
}

absl::Status BackupFolder::AddManifest(const BackupManifest& manifest) {
  DAYBOOK_RETURN_IF_ERROR(SyncFolder(path_ + kFiles));
  const std::string path = ManifestPath(manifest.number);
  const std::string fresh = path + kUnfinished;
  DAYBOOK_RETURN_IF_ERROR(RemoveFile(fresh));
  DAYBOOK_RETURN_IF_ERROR(WriteNewFile(fresh, FormatBackupManifest(manifest)));
  DAYBOOK_RETURN_IF_ERROR(Rename(fresh, path));
  absl::Status synced = SyncFolder(path_ + kManifests);
  // It may be gone after a power cut; and who asked is told that there is none.
  if (!synced.ok()) RemoveManifest(manifest.number).IgnoreError();
  return synced;
}

absl::Status BackupFolder::RemoveManifest(uint64_t number) {
  DAYBOOK_RETURN_IF_ERROR(RemoveFile(ManifestPath(number)));
  return SyncFolder(path_ + kManifests);
}

absl::StatusOr<std::vector<BackupFolder::Unneeded>> BackupFolder::ListUnneeded(
    const std::vector<BackupManifest>& manifests) const {
  absl::flat_hash_set<std::string> needed;
  for (const BackupManifest& manifest : manifests) {
    for (const BackupFile& file : manifest.files) {
      needed.insert(file.sha256.ToHex());
    }
  }
  std::vector<Unneeded> unneeded;
  for (const std::string_view inside : {kManifests, kFiles}) {
    const std::string folder = absl::StrCat(path_, ToAbsl(inside));
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                             ListIfThere(folder));
    for (const std::string& name : names) {
      const bool is_file =
          inside == kFiles && name.size() == 2 * audit::Hash::kSize &&
          name.find_first_not_of("0123456789abcdef") == std::string::npos;
      if (!name.ends_with(kUnfinished) && (!is_file || needed.contains(name))) {
        continue;
      }
      const std::string path = absl::StrCat(folder, "/", name);
      std::error_code ignored;
      if (!fs::is_regular_file(fs::symlink_status(path, ignored))) continue;
      const uint64_t bytes = fs::file_size(path, ignored);
      unneeded.push_back({path, ignored ? 0 : bytes});
    }
  }
  return unneeded;
}

absl::Status BackupFolder::Remove(const std::vector<Unneeded>& files) const {
  if (files.empty()) return absl::OkStatus();
  // Else a power cut could bring a manifest back whose files are gone.
  DAYBOOK_RETURN_IF_ERROR(SyncFolder(path_ + kManifests));
  for (const Unneeded& file : files) {
    DAYBOOK_RETURN_IF_ERROR(RemoveFile(file.path));
  }
  return absl::OkStatus();
}

}  // namespace daybook
