#include "store/carry_heads.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "rocksdb/options.h"
#include "store/check_tree.h"
#include "store/head_file.h"
#include "store/head_table.h"
#include "store/log_folder.h"
#include "store/log_tree.h"
#include "store/status_macros.h"
#include "store/store_folder.h"
#include "store/table_salvage.h"
#include "store/wal_salvage.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;

// Whether `status` says something of this machine rather than of a file, which
// can be read another time.
bool IsOfMachine(const absl::Status& status) {
  return absl::IsPermissionDenied(status) || absl::IsResourceExhausted(status);
}

}  // namespace

absl::StatusOr<std::vector<KeptTreeHead>> SalvageHeads(
    const std::string& path) {
  std::vector<KeptTreeHead> heads;
  const auto take = [&heads](std::string_view key, std::string_view value) {
    if (!key.starts_with(kHeadTablePrefix)) return;
    absl::StatusOr<KeptTreeHead> kept = ParseKeptHead(value);
    if (kept.ok() && key == KeptHeadKey(kept->head.size)) {
      heads.push_back(*std::move(kept));
    }
  };
  const absl::StatusOr<std::vector<LogFile>> files =
      ListLogFiles(path + "/log");
  if (!files.ok() && !absl::IsNotFound(files.status())) return files.status();
  if (files.ok()) {
    for (const LogFile& file : *files) {
      const absl::Status read =
          file.is_table ? FindInTable(file.path, kHeadTablePrefix, take)
                        : FindInWal(file.path, take);
      if (IsOfMachine(read)) return read;
    }
  }
  auto in_file = ReadHeadFile(HeadFilePath(path));
  if (IsOfMachine(in_file.status())) return in_file.status();
  if (in_file.ok() && in_file->has_value()) {
    heads.push_back(**std::move(in_file));
  }
  return heads;
}

absl::StatusOr<CarriedHeads> CarryHeads(const std::vector<KeptTreeHead>& heads,
                                        const RocksDb& log,
                                        const audit::TileEdge& edge) {
  const TreeState tree = {edge.size(), edge.Root()};
  LogTiles tiles(log, edge);
  CarriedHeads carried;
  std::map<uint64_t, const KeptTreeHead*> taken;
  std::set<std::string_view> seen;
  for (const KeptTreeHead& kept : heads) {
    if (!seen.insert(kept.text).second) continue;
    const TreeState state = {kept.head.size, kept.head.root};
    // Any tree continues one without leaves, whatever root that is given.
    const bool continues = state.size == 0
                               ? state == TreeState()
                               : CheckContinues({"", state}, tree, tiles).ok();
    if (!continues) {
      carried.left.push_back(kept);
      continue;
    }
    const KeptTreeHead*& same = taken[state.size];
    if (same == nullptr || SignatureCount(kept) >= SignatureCount(*same)) {
      same = &kept;
    }
  }
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  for (const auto& [size, kept] : taken) {
    DAYBOOK_RETURN_IF_ERROR(FromRocks(
        log->Put(options, log.family(kLogTree), KeptHeadKey(size), kept->text),
        "write a tree head"));
  }
  if (!taken.empty()) carried.last = *taken.rbegin()->second;
  return carried;
}

absl::Status CarryHeadFile(const KeptTreeHead& head, const std::string& from,
                           const std::string& to) {
  std::error_code error;
  if (!fs::exists(HeadFilePath(from), error)) return absl::OkStatus();
  return ReplaceFile(HeadFilePath(to), head.text);
}

}  // namespace daybook
