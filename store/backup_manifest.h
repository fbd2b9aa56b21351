// The manifest of a backup: what it is of and which files it needs. It is text,
// ends in a hash of itself, and is written last; with it the backup exists.
//
// Grammar: store/FORMAT.md, "Backups".

#ifndef DAYBOOK_STORE_BACKUP_MANIFEST_H_
#define DAYBOOK_STORE_BACKUP_MANIFEST_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/audit/hash.h"
#include "daybook/store/audit.h"
#include "daybook/store/backup.h"

namespace daybook {

inline constexpr uint32_t kBackupFormat = 1;
inline constexpr size_t kBackupManifestBytesMax = 64 << 20;
// The tree head in a store's folder and in a backup.
inline constexpr std::string_view kHeadName = "HEAD";

struct BackupFile {
  // Where it belongs in a store's folder: "log/000012.sst", "HEAD".
  std::string name;
  uint64_t size = 0;
  audit::Hash sha256;
  // What tells a table file from all others without reading it; else empty.
  std::string table_id;
};

struct BackupManifest {
  uint64_t number = 0;
  std::string store_id;
  uint32_t store_format = 0;
  // StoreIdentity::branched_from: a branch that is restored is one still.
  std::vector<std::string> branched_from;
  // To the microsecond.
  absl::Time created_at;
  TreeState tree;
  std::vector<BackupFile> files;

  // Null if there is none of that name.
  const BackupFile* Find(std::string_view name) const;
};

// What users are told of it; own_bytes is left out.
BackupInfo InfoOf(const BackupManifest& manifest);

std::string FormatBackupManifest(const BackupManifest& manifest);

// Reads what FormatBackupManifest() wrote. What it gives can be used without
// harm: no two files have one name, and no name leads out of a folder.
// Errors: kDataLoss for any other bytes; kFailedPrecondition for a newer
// format.
absl::StatusOr<BackupManifest> ParseBackupManifest(std::string_view text);

}  // namespace daybook

#endif  // DAYBOOK_STORE_BACKUP_MANIFEST_H_
