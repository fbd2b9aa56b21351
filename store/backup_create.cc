#include "store/backup_create.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/audit/signed_note.h"
#include "rocksdb/file_checksum.h"
#include "rocksdb/metadata.h"
#include "rocksdb/unique_id.h"
#include "store/backup_folder.h"
#include "store/backup_log.h"
#include "store/backup_manifest.h"
#include "store/file_copy.h"
#include "store/head_file.h"
#include "store/row_writes.h"
#include "store/status_macros.h"
#include "store/status_message.h"
#include "store/store_folder.h"
#include "store/strings.h"

namespace daybook {
namespace {

// A file of the store's, as of the moment of the backup.
struct Source {
  BackupFile file;
  // Unless the folder has it: the file itself, or what it would hold.
  OpenFile open;
  std::string bytes;
  // The folder has it. Open all the same: what it has is to be looked at.
  bool is_shared = false;
  // The hash under which an earlier backup names it, where what the folder has
  // is not it: copied again, the file is that backup's too if it has this hash.
  std::optional<audit::Hash> lost;
  // What RocksDB says of a table file: its CRC32C, or nothing.
  std::string checksum;
};

struct Moment {
  TreeState tree;
  uint64_t row_writes = 0;
  std::vector<Source> sources;
};

using TableIds = absl::flat_hash_map<std::string, std::string>;

// By the names of table files, without folder: what is in each and nowhere
// else. Adds those of the files that are in use now.
absl::Status ReadTableIds(const RocksDb& log, TableIds* ids) {
  for (size_t i = 0; i < std::size(kLogFamilyNames); ++i) {
    rocksdb::TablePropertiesCollection tables;
    DAYBOOK_RETURN_IF_ERROR(
        FromRocks(log->GetPropertiesOfAllTables(log.family(i), &tables),
                  "read the properties of the log"));
    for (const auto& [path, properties] : tables) {
      std::string id;
      if (!rocksdb::GetUniqueIdFromTableProperties(*properties, &id).ok()) {
        continue;
      }
      (*ids)[std::filesystem::path(path).filename().string()] =
          absl::BytesToHexString(id);
    }
  }
  return absl::OkStatus();
}

// RocksDB 9 has no parameter any more.
template <typename Db>
rocksdb::Status AllowDeletions(Db* db) {
  if constexpr (requires { db->EnableFileDeletions(false); }) {
    return db->EnableFileDeletions(false);
  } else {
    return db->EnableFileDeletions();
  }
}

// What the folder has of a file that an earlier backup names.
enum class Held {
  // One of its name and size, which nobody wrote to since.
  kLikely,
  // Likewise, but it is to be read again before it is taken for the file.
  kToRead,
  kLost,
};

struct KnownTable {
  BackupFile file;
  Held held = Held::kLost;
};

// By their table ids.
using KnownTables = absl::flat_hash_map<std::string, KnownTable>;

// Each file is read again in one backup of so many: to read all of them each
// time would cost more than the backup.
constexpr uint64_t kReadAgainEvery = 32;

bool IsTurnOf(const BackupFile& file, uint64_t backup) {
  const auto last = static_cast<uint8_t>(file.sha256.view().back());
  return (last + backup) % kReadAgainEvery == 0;
}

// `number`: of the backup that is made.
KnownTables FindKnownTables(const BackupFolder& folder,
                            const std::vector<BackupManifest>& manifests,
                            uint64_t number) {
  KnownTables known;
  // When the newest backup that names a file was made.
  absl::flat_hash_map<std::string, absl::Time> named_at;
  for (const BackupManifest& manifest : manifests) {
    for (const BackupFile& file : manifest.files) {
      if (file.table_id.empty()) continue;
      known[file.table_id].file = file;
      named_at[file.table_id] = manifest.created_at;
    }
  }
  for (auto& [id, table] : known) {
    const std::optional<absl::Time> written = folder.WrittenAt(table.file);
    if (!written.has_value()) continue;
    table.held = *written > named_at[id] || IsTurnOf(table.file, number)
                     ? Held::kToRead
                     : Held::kLikely;
  }
  return known;
}

absl::StatusOr<Source> SourceOf(const rocksdb::LiveFileStorageInfo& info,
                                const TableIds& ids, const KnownTables& known) {
  Source source;
  source.file.name = absl::StrCat("log/", info.relative_filename);
  source.file.size = info.size;
  if (!info.replacement_contents.empty()) {
    source.bytes = info.replacement_contents;
    return source;
  }
  if (info.file_type == rocksdb::kTableFile) {
    const auto id = ids.find(info.relative_filename);
    if (id != ids.end()) source.file.table_id = id->second;
    if (info.file_checksum_func_name ==
        rocksdb::GetFileChecksumGenCrc32cFactory()
            ->CreateFileChecksumGenerator({})
            ->Name()) {
      source.checksum = info.file_checksum;
    }
    const auto found = known.find(source.file.table_id);
    if (found != known.end() && found->second.file.size == info.size) {
      source.file.sha256 = found->second.file.sha256;
      source.is_shared = found->second.held != Held::kLost;
      if (!source.is_shared) source.lost = source.file.sha256;
      if (found->second.held == Held::kLikely) return source;
    }
  }
  DAYBOOK_ASSIGN_OR_RETURN(
      source.open, OpenFile::Read(absl::StrCat(info.directory, "/",
                                               info.relative_filename)));
  return source;
}

// Step 2.
absl::Status Capture(const StoreCore& core, const KnownTables& known,
                     WhileQuiet while_quiet, Moment* moment) {
  const RocksDb& log = *core.log;
  DAYBOOK_RETURN_IF_ERROR(
      FromRocks(log->DisableFileDeletions(), "keep the log's files"));
  const auto allow = absl::MakeCleanup(
      [&log] { AllowDeletions(log.get()).PermitUncheckedError(); });
  // Before and after, as nobody appends in between: a file that is listed was
  // in use at one of the two, but for one that came and went within.
  TableIds ids;
  DAYBOOK_RETURN_IF_ERROR(ReadTableIds(log, &ids));
  std::vector<rocksdb::LiveFileStorageInfo> files;
  const absl::Status listed = while_quiet([&]() -> absl::Status {
    rocksdb::LiveFilesStorageInfoOptions options;
    options.include_checksum_info = true;
    options.wal_size_for_flush = 0;  // always
    DAYBOOK_RETURN_IF_ERROR(FromRocks(
        log->GetLiveFilesStorageInfo(options, &files), "list the log's files"));
    moment->tree = core.tree->head();
    DAYBOOK_ASSIGN_OR_RETURN(moment->row_writes, ReadRowWrites(log));
    return absl::OkStatus();
  });
  DAYBOOK_RETURN_IF_ERROR(listed);
  DAYBOOK_RETURN_IF_ERROR(ReadTableIds(log, &ids));
  for (const rocksdb::LiveFileStorageInfo& info : files) {
    // All is in tables now, and whoever opens has options of his own.
    if (info.file_type == rocksdb::kWalFile ||
        info.file_type == rocksdb::kOptionsFile) {
      continue;
    }
    DAYBOOK_ASSIGN_OR_RETURN(Source source, SourceOf(info, ids, known));
    moment->sources.push_back(std::move(source));
  }
  return absl::OkStatus();
}

// The tree head, if the store has one: taken before anything else, so
// that it is not of more events than the backup.
absl::Status TakeHead(const StoreCore& core, Moment* moment) {
  absl::StatusOr<std::string> note =
      ReadWholeFile(HeadFilePath(core.path), audit::kNoteBytesMax);
  if (absl::IsNotFound(note.status())) return absl::OkStatus();
  DAYBOOK_RETURN_IF_ERROR(note.status());
  Source source;
  source.file.name = kHeadName;
  source.file.size = note->size();
  source.bytes = *std::move(note);
  moment->sources.push_back(std::move(source));
  return absl::OkStatus();
}

uint64_t BytesToCopy(const std::vector<Source>& sources) {
  uint64_t bytes = 0;
  for (const Source& source : sources) {
    if (!source.is_shared) bytes += source.file.size;
  }
  return bytes;
}

// Step 3, of one file.
absl::Status CopyInto(BackupFolder& folder, Source& source, OnPiece on_piece) {
  if (!source.bytes.empty() || source.open.descriptor() < 0) {
    DAYBOOK_ASSIGN_OR_RETURN(source.file.sha256, folder.AddBytes(source.bytes));
    return on_piece(source.bytes);
  }
  const std::unique_ptr<rocksdb::FileChecksumGenerator> checksum =
      rocksdb::GetFileChecksumGenCrc32cFactory()->CreateFileChecksumGenerator(
          {});
  const absl::StatusOr<audit::Hash> added =
      folder.AddFile(source.open, source.file.size,
                     [&](std::string_view piece) -> absl::Status {
                       if (!source.checksum.empty()) {
                         checksum->Update(piece.data(), piece.size());
                       }
                       return on_piece(piece);
                     });
  if (!added.ok()) {
    return WithMessage(added.status(),
                       absl::StrCat("copy ", source.file.name, ": ",
                                    added.status().message()));
  }
  source.file.sha256 = *added;
  if (source.checksum.empty()) return absl::OkStatus();
  checksum->Finalize();
  if (checksum->GetChecksum() == source.checksum) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(
      "the store's file ", source.file.name,
      " is not as it was written: it is damaged; nothing was backed up"));
}

// Reads those that the folder has and that are to be read again. One that is
// not as it must be is copied again.
absl::Status CheckShared(const BackupFolder& folder,
                         const BackupOptions& options,
                         std::vector<Source>& sources) {
  const uint64_t total = BytesToCopy(sources);
  const auto on_piece = [&](std::string_view) -> absl::Status {
    if (!options.progress || options.progress(0, total)) {
      return absl::OkStatus();
    }
    return absl::CancelledError("the backup was interrupted");
  };
  for (Source& source : sources) {
    if (!source.is_shared || source.open.descriptor() < 0) continue;
    DAYBOOK_ASSIGN_OR_RETURN(source.is_shared,
                             folder.IsWhole(source.file, on_piece));
    if (source.is_shared) {
      source.open = OpenFile();
    } else {
      source.lost = source.file.sha256;
    }
  }
  return absl::OkStatus();
}

absl::Status CopyAll(BackupFolder& folder, const BackupOptions& options,
                     std::vector<Source>& sources) {
  const uint64_t total = BytesToCopy(sources);
  DAYBOOK_RETURN_IF_ERROR(CheckRoom(folder.path(), total));
  uint64_t done = 0;
  for (Source& source : sources) {
    if (source.is_shared) continue;
    DAYBOOK_RETURN_IF_ERROR(
        CopyInto(folder, source, [&](std::string_view piece) -> absl::Status {
          done += piece.size();
          if (options.progress && !options.progress(done, total)) {
            return absl::CancelledError("the backup was interrupted");
          }
          return absl::OkStatus();
        }));
    source.open = OpenFile();
  }
  return absl::OkStatus();
}

// Whether what was copied is a log, and the one that the store had.
absl::Status CheckCopied(const BackupFolder& folder,
                         const BackupManifest& manifest, const Moment& moment) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RocksDb> log,
                           OpenBackupLog(folder, manifest));
  DAYBOOK_RETURN_IF_ERROR(CheckBackupLog(*log, moment.tree));
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t row_writes, ReadRowWrites(*log));
  if (row_writes == moment.row_writes) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("the rows are those of write ", row_writes,
                   ", they should be those of ", moment.row_writes));
}

// The store must go on where the last backup ended: else it was rolled back or
// is another one, and its backups would push out the right ones.
absl::Status CheckContinues(const StoreCore& core, const TreeState& tree,
                            const BackupManifest& last) {
  const auto refuse = [&last](std::string_view why) {
    return absl::FailedPreconditionError(
        absl::StrCat("the store does not continue backup ", last.number, " of ",
                     last.tree.size, " events: ", ToAbsl(why),
                     "; name another folder to back it up as it is"));
  };
  if (tree.size < last.tree.size) {
    return refuse(absl::StrCat("it has only ", tree.size));
  }
  DAYBOOK_ASSIGN_OR_RETURN(
      const audit::Hash root,
      RootAt(*core.log, core.tree->head(), last.tree.size));
  if (root == last.tree.root) return absl::OkStatus();
  return refuse("it has others at their places");
}

// Removes what no backup needs: what was cut short. Not when there is one of
// which nobody knows what it needs.
absl::Status RemoveLeftovers(const BackupFolder& folder) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<BackupFolder::Entry> entries,
                           folder.List());
  std::vector<BackupManifest> manifests;
  for (const BackupFolder::Entry& entry : entries) {
    if (!entry.manifest.ok()) return absl::OkStatus();
    manifests.push_back(*entry.manifest);
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<BackupFolder::Unneeded> unneeded,
                           folder.ListUnneeded(manifests));
  return folder.Remove(unneeded);
}

absl::StatusOr<CreatedBackup> Create(const StoreCore& core,
                                     BackupFolder& folder,
                                     const BackupOptions& options,
                                     WhileQuiet while_quiet) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<BackupFolder::Entry> entries,
                           folder.List());
  std::vector<BackupManifest> earlier;
  for (const BackupFolder::Entry& entry : entries) {
    if (entry.manifest.ok()) earlier.push_back(*entry.manifest);
  }
  BackupManifest manifest;
  manifest.number = entries.empty() ? 1 : entries.back().number + 1;
  const KnownTables known = FindKnownTables(folder, earlier, manifest.number);
  Moment moment;
  DAYBOOK_RETURN_IF_ERROR(TakeHead(core, &moment));
  DAYBOOK_RETURN_IF_ERROR(core.log->Flush(RocksDb::FlushMode::kWait));
  DAYBOOK_RETURN_IF_ERROR(Capture(core, known, while_quiet, &moment));
  if (!earlier.empty()) {
    DAYBOOK_RETURN_IF_ERROR(CheckContinues(core, moment.tree, earlier.back()));
  }
  DAYBOOK_RETURN_IF_ERROR(CheckShared(folder, options, moment.sources));
  DAYBOOK_RETURN_IF_ERROR(CopyAll(folder, options, moment.sources));

  manifest.store_id = core.identity.store_id;
  manifest.store_format = core.identity.format;
  manifest.branched_from = core.identity.branched_from;
  manifest.created_at = absl::Now();
  manifest.tree = moment.tree;
  CreatedBackup created;
  for (const Source& source : moment.sources) {
    manifest.files.push_back(source.file);
    (source.is_shared ? created.bytes_shared : created.bytes_copied) +=
        source.file.size;
    if (source.lost == source.file.sha256) ++created.mended_count;
  }
  DAYBOOK_RETURN_IF_ERROR(CheckCopied(folder, manifest, moment));
  DAYBOOK_RETURN_IF_ERROR(folder.AddManifest(manifest));
  created.backup = InfoOf(manifest);
  created.backup.own_bytes = created.bytes_copied;
  return created;
}

}  // namespace

absl::StatusOr<CreatedBackup> CreateBackup(const StoreCore& core,
                                           const std::string& path,
                                           const BackupOptions& options,
                                           WhileQuiet while_quiet) {
  DAYBOOK_RETURN_IF_ERROR(CheckApart(core.path, path));
  DAYBOOK_ASSIGN_OR_RETURN(
      BackupFolder folder,
      BackupFolder::OpenOrMake(path, core.identity.store_id));
  DAYBOOK_RETURN_IF_ERROR(RemoveLeftovers(folder));
  absl::StatusOr<CreatedBackup> created =
      Create(core, folder, options, while_quiet);
  // Room that is taken for nothing. Of what is listed now: its manifest may be
  // there to stay.
  if (!created.ok()) RemoveLeftovers(folder).IgnoreError();
  return created;
}

}  // namespace daybook
