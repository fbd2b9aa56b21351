#include "store/backup_verify.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/audit/signed_note.h"
#include "store/backup_log.h"
#include "store/file_copy.h"
#include "store/status_macros.h"
#include "store/status_message.h"
#include "store/strings.h"

namespace daybook {
namespace {

// Counts bytes over all files.
class Counter {
 public:
  Counter(const BackupManifest& manifest, const BackupProgress& progress)
      : total_(InfoOf(manifest).bytes), progress_(progress) {}

  absl::Status Add(std::string_view piece) {
    done_ += piece.size();
    if (progress_ && !progress_(done_, total_)) {
      return absl::CancelledError("reading the backup was interrupted");
    }
    return absl::OkStatus();
  }

 private:
  const uint64_t total_;
  const BackupProgress& progress_;
  uint64_t done_ = 0;
};

// Reads one file; to a copy if `target` is not empty.
absl::Status ReadFile(const BackupFolder& folder, const BackupFile& file,
                      const std::string& target, Counter& counter) {
  const std::string path = folder.FilePath(file.sha256);
  const auto wrong = [&](std::string_view what) {
    return absl::DataLossError(
        absl::StrCat(path, " (", file.name, ") ", ToAbsl(what)));
  };
  absl::StatusOr<OpenFile> opened = OpenFile::Read(path);
  if (absl::IsNotFound(opened.status())) return wrong("is missing");
  DAYBOOK_RETURN_IF_ERROR(opened.status());
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t size, opened->Size());
  if (size != file.size) {
    return wrong(absl::StrCat("has ", size, " bytes, it had ", file.size));
  }
  const auto count = [&counter](std::string_view piece) {
    return counter.Add(piece);
  };
  const absl::StatusOr<audit::Hash> hash =
      target.empty() ? HashFile(*opened, size, count)
                     : CopyFile(*opened, size, target + "/" + file.name, count);
  if (absl::IsDataLoss(hash.status())) return wrong("is damaged");
  DAYBOOK_RETURN_IF_ERROR(hash.status());
  if (*hash != file.sha256) return wrong("is damaged: its hash is another one");
  return absl::OkStatus();
}

}  // namespace

absl::Status InBackup(const BackupManifest& manifest,
                      const absl::Status& status) {
  if (status.ok()) return status;
  return WithMessage(
      status, absl::StrCat("backup ", manifest.number, ": ", status.message()));
}

absl::Status VerifyFiles(const BackupFolder& folder,
                         const BackupManifest& manifest,
                         const BackupProgress& progress) {
  Counter counter(manifest, progress);
  absl::Status first;
  int more = 0;
  for (const BackupFile& file : manifest.files) {
    absl::Status status = ReadFile(folder, file, "", counter);
    if (status.ok()) continue;
    if (!absl::IsDataLoss(status)) return InBackup(manifest, status);
    if (first.ok()) {
      first = std::move(status);
    } else {
      ++more;
    }
  }
  if (more == 0) return InBackup(manifest, first);
  return InBackup(manifest, absl::DataLossError(absl::StrCat(
                                first.message(), "; and ", more,
                                more == 1 ? " other file" : " other files")));
}

absl::Status CopyFiles(const BackupFolder& folder,
                       const BackupManifest& manifest,
                       const BackupProgress& progress,
                       const std::string& target) {
  Counter counter(manifest, progress);
  for (const BackupFile& file : manifest.files) {
    DAYBOOK_RETURN_IF_ERROR(
        InBackup(manifest, ReadFile(folder, file, target, counter)));
  }
  return absl::OkStatus();
}

absl::Status VerifyHead(const RocksDb& log, const BackupManifest& manifest,
                        const std::string& path) {
  const auto wrong = [&](std::string_view what) {
    return InBackup(manifest, absl::DataLossError(absl::StrCat("its tree head ",
                                                               ToAbsl(what))));
  };
  DAYBOOK_ASSIGN_OR_RETURN(const std::string note,
                           ReadWholeFile(path, audit::kNoteBytesMax));
  const absl::StatusOr<TreeState> head = TreeOfHead(note);
  if (!head.ok()) return wrong("can't be read");
  if (head->size > manifest.tree.size) return wrong("is of more events");
  DAYBOOK_ASSIGN_OR_RETURN(const audit::Hash root,
                           RootAt(log, manifest.tree, head->size));
  if (root != head->root) return wrong("is of other events");
  return absl::OkStatus();
}

}  // namespace daybook
