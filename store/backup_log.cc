#include "store/backup_log.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/audit/merkle_prover.h"
#include "daybook/audit/tree_head.h"
#include "store/backup_file_system.h"
#include "store/check_tree.h"
#include "store/log_files.h"
#include "store/log_tree.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

constexpr size_t kMemoryBudget = 64 << 20;

absl::Status Differs(std::string_view what, const TreeState& tree,
                     uint64_t size, const audit::Hash& root) {
  return absl::DataLossError(absl::StrCat(
      ToAbsl(what), " of ", size, " events with the root ", root.ToHex(),
      ", the manifest says ", tree.size, " with ", tree.root.ToHex()));
}

absl::StatusOr<std::unique_ptr<RocksDb>> OpenToRead(
    const std::string& path, std::shared_ptr<rocksdb::FileSystem> files) {
  const RocksEnvironment environment = {std::move(files),
                                        MemoryBudget::Create(kMemoryBudget),
                                        Compression::kLz4, nullptr};
  absl::StatusOr<std::unique_ptr<RocksDb>> log =
      RocksDb::OpenLog(path, RocksDb::Mode::kReadOnly, environment);
  // Whatever it lacks was there when it was made.
  if (!log.ok()) return absl::DataLossError(log.status().message());
  return log;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RocksDb>> OpenBackupLog(
    const BackupFolder& folder, const BackupManifest& manifest) {
  std::map<std::string, std::string> files;
  for (const BackupFile& file : manifest.files) {
    files[absl::StrCat(kBackupRoot, "/", file.name)] =
        folder.FilePath(file.sha256);
  }
  return OpenToRead(absl::StrCat(kBackupRoot, "/log"),
                    MakeBackupFileSystem(std::move(files)));
}

absl::StatusOr<std::unique_ptr<RocksDb>> OpenRestoredLog(
    const std::string& folder) {
  return OpenToRead(folder + "/log", nullptr);
}

absl::Status CheckBackupLog(const RocksDb& log, const TreeState& tree) {
  DAYBOOK_ASSIGN_OR_RETURN(const Position end, CheckLogFilesTile(log));
  DAYBOOK_ASSIGN_OR_RETURN(const TreeState head, ReadTreeHead(log));
  if (end.value() != tree.size || head != tree) {
    return Differs("the log is", tree, end.value(), head.root);
  }
  return absl::OkStatus();
}

absl::Status CheckBackupTree(const RocksDb& log, const TreeState& tree) {
  DAYBOOK_RETURN_IF_ERROR(CheckBackupLog(log, tree));
  DAYBOOK_ASSIGN_OR_RETURN(const TreeState found,
                           CheckTree(log, Position(0), Position(tree.size)));
  if (found == tree) return absl::OkStatus();
  return Differs("the events are", tree, found.size, found.root);
}

absl::StatusOr<audit::Hash> RootAt(const RocksDb& log, const TreeState& tree,
                                   uint64_t size) {
  if (size == tree.size) return tree.root;
  DAYBOOK_ASSIGN_OR_RETURN(audit::TileEdge edge,
                           LoadTreeEdge(log, Position(tree.size)));
  LogTiles tiles(log, std::move(edge));
  return audit::MerkleProver(tree.size, tiles).Root(size);
}

absl::StatusOr<TreeState> TreeOfHead(const std::string& bytes) {
  DAYBOOK_ASSIGN_OR_RETURN(const audit::TreeHead head,
                           audit::PeekTreeHead(bytes));
  return TreeState{head.size, head.root};
}

}  // namespace daybook
