#include "store/carry_heads.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "rocksdb/options.h"
#include "store/check_tree.h"
#include "store/head_file.h"
#include "store/head_table.h"
#include "store/log_tree.h"
#include "store/status_macros.h"
#include "store/store_folder.h"
#include "store/table_salvage.h"
#include "store/wal_salvage.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;

struct LogFile {
  uint64_t number = 0;
  std::string path;
  bool is_table = false;
};

// The tables and write-ahead logs in a folder, older ones first: RocksDB
// numbers files in the order it makes them.
std::vector<LogFile> FilesOf(const std::string& folder) {
  std::vector<LogFile> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string extension = entry.path().extension();
    LogFile file = {.path = entry.path(), .is_table = extension == ".sst"};
    if ((file.is_table || extension == ".log") &&
        absl::SimpleAtoi(entry.path().stem().string(), &file.number)) {
      files.push_back(std::move(file));
    }
  }
  std::ranges::sort(files, {}, &LogFile::number);
  return files;
}

}  // namespace

std::vector<KeptTreeHead> SalvageHeads(const std::string& path) {
  std::vector<KeptTreeHead> heads;
  const auto take = [&heads](std::string_view key, std::string_view value) {
    if (!key.starts_with(kHeadTablePrefix)) return;
    absl::StatusOr<KeptTreeHead> kept = ParseKeptHead(value);
    if (kept.ok() && key == KeptHeadKey(kept->head.size)) {
      heads.push_back(*std::move(kept));
    }
  };
  for (const LogFile& file : FilesOf(path + "/log")) {
    if (file.is_table) {
      FindInTable(file.path, kHeadTablePrefix, take);
    } else {
      FindInWal(file.path, take).IgnoreError();
    }
  }
  auto in_file = ReadHeadFile(HeadFilePath(path));
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
    if (same == nullptr || kept.is_signed || !same->is_signed) same = &kept;
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
