// Lists, verifies and prunes backups; backup_create.cc makes them,
// backup_restore.cc makes stores of them.

#include "daybook/store/backup.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "store/backup_folder.h"
#include "store/backup_log.h"
#include "store/backup_manifest.h"
#include "store/backup_verify.h"
#include "store/status_macros.h"
#include "store/store_folder.h"

namespace daybook {
namespace {

// A store of another format would not open once it is restored.
absl::Status CheckFormat(const BackupManifest& manifest) {
  if (manifest.store_format == kStoreFormat) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("it is of a store of format ", manifest.store_format,
                   ", this program reads format ", kStoreFormat,
                   ": verify and restore it with a daybook of that format"));
}

// Whether all files of the backup are there, of the right size.
bool HasFiles(const BackupFolder& folder, const BackupManifest& manifest) {
  return std::ranges::all_of(manifest.files, [&](const BackupFile& file) {
    return folder.WrittenAt(file).has_value();
  });
}

// Where the newest backup lacks files, one that would be removed may be the
// last that a restore can use. REQUIRES: all manifests can be read.
absl::Status CheckNewest(const BackupFolder& folder,
                         const std::vector<BackupFolder::Entry>& entries) {
  const auto whole = std::find_if(entries.rbegin(), entries.rend(),
                                  [&](const BackupFolder::Entry& entry) {
                                    return HasFiles(folder, *entry.manifest);
                                  });
  if (whole == entries.rbegin()) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(
      "backup ", entries.back().number,
      ", the newest, lacks files or has some of another size (",
      whole == entries.rend()
          ? "and so does every other"
          : absl::StrCat("the newest that does not is ", whole->number),
      "): nothing is removed; make a new one first with `backup create`, which "
      "copies again what the store still has"));
}

}  // namespace

absl::StatusOr<std::vector<BackupInfo>> ListBackups(const std::string& path) {
  DAYBOOK_ASSIGN_OR_RETURN(const BackupFolder folder,
                           BackupFolder::OpenToRead(path));
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<BackupFolder::Entry> entries,
                           folder.List());
  // How many need each file.
  absl::flat_hash_map<audit::Hash, int> uses;
  for (const BackupFolder::Entry& entry : entries) {
    if (!entry.manifest.ok()) continue;
    for (const BackupFile& file : entry.manifest->files) ++uses[file.sha256];
  }
  std::vector<BackupInfo> infos;
  for (const BackupFolder::Entry& entry : entries) {
    if (!entry.manifest.ok()) {
      infos.push_back(
          {.number = entry.number, .damage = entry.manifest.status()});
      continue;
    }
    infos.push_back(InfoOf(*entry.manifest));
    for (const BackupFile& file : entry.manifest->files) {
      if (uses[file.sha256] == 1) infos.back().own_bytes += file.size;
    }
  }
  return infos;
}

absl::StatusOr<BackupInfo> VerifyBackup(const std::string& path,
                                        std::optional<uint64_t> number,
                                        const BackupProgress& progress) {
  DAYBOOK_ASSIGN_OR_RETURN(const BackupFolder folder,
                           BackupFolder::OpenToRead(path));
  DAYBOOK_ASSIGN_OR_RETURN(const BackupManifest manifest, folder.Read(number));
  DAYBOOK_RETURN_IF_ERROR(InBackup(manifest, CheckFormat(manifest)));
  DAYBOOK_RETURN_IF_ERROR(VerifyFiles(folder, manifest, progress));
  // Bytes are as they were written; so RocksDB, which may abort at others, can
  // be let loose on them.
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RocksDb> log,
                           OpenBackupLog(folder, manifest));
  if (absl::Status status = CheckBackupTree(*log, manifest.tree);
      !status.ok()) {
    return InBackup(manifest, status);
  }
  if (const BackupFile* head = manifest.Find(kHeadName)) {
    DAYBOOK_RETURN_IF_ERROR(
        VerifyHead(*log, manifest, folder.FilePath(head->sha256)));
  }
  return InfoOf(manifest);
}

absl::StatusOr<PrunedBackups> PruneBackups(const std::string& path,
                                           uint64_t keep, PruneMode mode) {
  if (keep == 0) {
    return absl::InvalidArgumentError("prune keeps one backup at least");
  }
  DAYBOOK_ASSIGN_OR_RETURN(BackupFolder folder,
                           BackupFolder::OpenToChange(path));
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<BackupFolder::Entry> entries,
                           folder.List());
  std::vector<BackupManifest> kept;
  PrunedBackups pruned;
  for (size_t i = 0; i < entries.size(); ++i) {
    DAYBOOK_RETURN_IF_ERROR(entries[i].manifest.status());
    if (entries.size() - i <= keep) {
      kept.push_back(*entries[i].manifest);
    } else {
      pruned.numbers.push_back(entries[i].number);
    }
  }
  if (!pruned.numbers.empty()) {
    DAYBOOK_RETURN_IF_ERROR(CheckNewest(folder, entries));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<BackupFolder::Unneeded> unneeded,
                           folder.ListUnneeded(kept));
  for (const BackupFolder::Unneeded& file : unneeded) {
    ++pruned.file_count;
    pruned.bytes += file.bytes;
  }
  if (mode == PruneMode::kTell) return pruned;
  // The backups first, the oldest first, so that none is left without a file.
  for (const uint64_t number : pruned.numbers) {
    DAYBOOK_RETURN_IF_ERROR(folder.RemoveManifest(number));
  }
  DAYBOOK_RETURN_IF_ERROR(folder.Remove(unneeded));
  return pruned;
}

}  // namespace daybook
