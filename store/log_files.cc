#include "store/log_files.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "store/chunk.h"
#include "store/coding.h"
#include "store/errors_internal.h"
#include "store/log_reader.h"

namespace daybook {
namespace {

// Stored; never rename.
constexpr char kFirst[] = "daybook.first-position";
constexpr char kNext[] = "daybook.next-position";
constexpr char kCount[] = "daybook.event-count";

class LogFileProperties : public rocksdb::TablePropertiesCollector {
 public:
  rocksdb::Status AddUserKey(const rocksdb::Slice& key,
                             const rocksdb::Slice& value,
                             rocksdb::EntryType type, rocksdb::SequenceNumber,
                             uint64_t) override {
    if (type != rocksdb::kEntryPut || key.size() != sizeof(uint64_t)) {
      return rocksdb::Status::OK();
    }
    // The header is enough, and no damage may stop a flush.
    if (value.size() < 20) return rocksdb::Status::OK();
    const uint64_t last = LoadBigEndian64(key.data());
    const uint64_t count = LoadFixed<uint32_t>(value.data() + 16);
    if (count_ == 0) first_ = last + 1 - count;
    next_ = last + 1;
    count_ += count;
    return rocksdb::Status::OK();
  }

  rocksdb::Status Finish(
      rocksdb::UserCollectedProperties* properties) override {
    *properties = GetReadableProperties();
    return rocksdb::Status::OK();
  }

  rocksdb::UserCollectedProperties GetReadableProperties() const override {
    return {{kFirst, absl::StrCat(first_)},
            {kNext, absl::StrCat(next_)},
            {kCount, absl::StrCat(count_)}};
  }

  const char* Name() const override { return "daybook.LogFileProperties"; }

 private:
  uint64_t first_ = 0;
  uint64_t next_ = 0;
  uint64_t count_ = 0;
};

class LogFilePropertiesMaker : public rocksdb::TablePropertiesCollectorFactory {
 public:
  rocksdb::TablePropertiesCollector* CreateTablePropertiesCollector(
      Context) override {
    return new LogFileProperties;
  }
  const char* Name() const override { return "daybook.LogFileProperties"; }
};

struct Tile {
  uint64_t first;
  uint64_t next;
  uint64_t count;
  std::string file;
};

bool ParseTile(const rocksdb::UserCollectedProperties& properties, Tile* tile) {
  const auto number = [&](const char* name, uint64_t* value) {
    const auto found = properties.find(name);
    return found != properties.end() && absl::SimpleAtoi(found->second, value);
  };
  return number(kFirst, &tile->first) && number(kNext, &tile->next) &&
         number(kCount, &tile->count);
}

}  // namespace

bool ParseSpan(const rocksdb::Slice& key, const rocksdb::Slice& value,
               uint64_t* first, uint64_t* next) {
  if (key.size() != sizeof(uint64_t) || value.size() < 20) return false;
  *next = LoadBigEndian64(key.data()) + 1;
  *first = *next - LoadFixed<uint32_t>(value.data() + 16);
  return *first < *next;
}

std::shared_ptr<rocksdb::TablePropertiesCollectorFactory>
LogFilePropertiesFactory() {
  return std::make_shared<LogFilePropertiesMaker>();
}

absl::StatusOr<Position> CheckLogFilesTile(const RocksDb& log) {
  rocksdb::TablePropertiesCollection files;
  const rocksdb::Status status =
      log->GetPropertiesOfAllTables(log.family(kLogChunks), &files);
  if (!status.ok()) return FromRocks(status, "read the properties of the log");
  std::vector<Tile> tiles;
  for (const auto& [name, properties] : files) {
    Tile tile;
    if (!ParseTile(properties->user_collected_properties, &tile)) {
      return absl::DataLossError(
          absl::StrCat("the log file ", name, " does not say what it holds"));
    }
    tile.file = name;
    if (tile.count > 0) tiles.push_back(std::move(tile));
  }
  std::sort(tiles.begin(), tiles.end(),
            [](const Tile& a, const Tile& b) { return a.first < b.first; });
  uint64_t next = 0;
  for (const Tile& tile : tiles) {
    if (tile.first != next || tile.next != tile.first + tile.count) {
      return DamageError(
          Position(next),
          absl::StrCat("the log's files do not follow one another: expected "
                       "position ",
                       next, ", ", tile.file, " begins at ", tile.first));
    }
    next = tile.next;
  }
  return Position(next);
}

absl::Status MergeSmallLogFiles(const RocksDb& log) {
  constexpr uint64_t kSmall = 8 << 20;
  constexpr size_t kMany = 16;
  rocksdb::ColumnFamilyMetaData family;
  log->GetColumnFamilyMetaData(log.family(kLogChunks), &family);
  // Newest last; the small ones at the end lie next to one another.
  std::vector<std::pair<std::string, const rocksdb::SstFileMetaData*>> files;
  for (const rocksdb::LevelMetaData& level : family.levels) {
    for (const rocksdb::SstFileMetaData& file : level.files) {
      files.emplace_back(file.smallestkey, &file);
    }
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> names;
  std::string first, last;  // the keys they span
  while (!files.empty() && files.back().second->size < kSmall) {
    names.push_back(files.back().second->name);
    first = files.back().first;
    last = std::max(last, files.back().second->largestkey);
    files.pop_back();
  }
  if (names.size() < kMany) return absl::OkStatus();
  // A compaction that meets damage stops all writing. Damage is for readers to
  // report; until it is mended the files stay as they are.
  if (first.size() != sizeof(uint64_t) || last.size() != sizeof(uint64_t)) {
    return absl::OkStatus();
  }
  LogReader reader(log);
  for (uint64_t at = LoadBigEndian64(first.data());
       at <= LoadBigEndian64(last.data()); at = reader.next().value()) {
    if (!reader.Load(Position(at))) return absl::OkStatus();
  }
  const rocksdb::Status merged =
      log->CompactFiles(rocksdb::CompactionOptions(), log.family(kLogChunks),
                        names, /*output_level=*/1);
  // RocksDB may be at work on them itself; the next opening tries again.
  if (merged.IsAborted() || merged.IsInvalidArgument()) return absl::OkStatus();
  return FromRocks(merged, "merge small files of the log");
}

absl::StatusOr<bool> IsHole(const RocksDb& log, Position position) {
  const std::unique_ptr<rocksdb::Iterator> iterator(
      log->NewIterator(rocksdb::ReadOptions(), log.family(kLogChunks)));
  iterator->Seek(LogKey(position));
  if (!iterator->Valid()) {
    return FromRocks(iterator->status(), "look for a hole in the log").ok();
  }
  uint64_t first, next;
  return ParseSpan(iterator->key(), iterator->value(), &first, &next) &&
         first > position.value();
}

}  // namespace daybook
