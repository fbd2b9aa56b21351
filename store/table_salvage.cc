#include "store/table_salvage.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "rocksdb/options.h"
#include "store/coding.h"
#include "store/log_files.h"
#include "store/log_reader.h"
#include "store/rocks_db.h"
#include "store/status_macros.h"
#include "store/store_folder.h"
#include "store/table_blocks.h"

namespace daybook {
namespace {

// Behind a damaged block each position is tried, up to this many: more than
// fit a block of the log, unless its events are of no use. Then the steps grow.
constexpr uint64_t kSmallSteps = 8192;
// Positions have eight bytes of which the first is 0.
constexpr uint64_t kPositionMax = uint64_t{1} << 56;

std::optional<uint64_t> NumberOf(
    const rocksdb::UserCollectedProperties& properties, const char* name) {
  const auto found = properties.find(name);
  uint64_t number;
  if (found == properties.end() || !absl::SimpleAtoi(found->second, &number)) {
    return std::nullopt;
  }
  return number;
}

// Whether the file has a footer that leads somewhere, and with it the size.
absl::StatusOr<bool> CheckFooter(const std::string& path, uint64_t* size) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return ErrnoStatus(errno, "open " + path);
  const absl::Cleanup close_file = [file] { close(file); };
  const off_t end = lseek(file, 0, SEEK_END);
  if (end < 0) return ErrnoStatus(errno, "read " + path);
  *size = static_cast<uint64_t>(end);
  std::string last(std::min<uint64_t>(*size, kFooterSize), '\0');
  const ssize_t count = pread(file, last.data(), last.size(),
                              end - static_cast<off_t>(last.size()));
  if (count != static_cast<ssize_t>(last.size())) return false;
  return HasSoundFooter(last, *size);
}

// The blocks of the file at `path`, found by their checksums.
absl::StatusOr<std::vector<TableBlock>> FindBlocksOf(const std::string& path,
                                                     uint64_t size) {
  if (size == 0) return std::vector<TableBlock>();
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return ErrnoStatus(errno, "open " + path);
  const absl::Cleanup close_file = [file] { close(file); };
  void* const bytes = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  if (bytes == MAP_FAILED) return ErrnoStatus(errno, "read " + path);
  const absl::Cleanup unmap = [bytes, size] { munmap(bytes, size); };
  return FindTableBlocks({static_cast<const char*>(bytes), size});
}

}  // namespace

absl::StatusOr<std::unique_ptr<TableSalvage>> TableSalvage::Open(
    const std::string& path) {
  std::unique_ptr<TableSalvage> table(new TableSalvage);
  DAYBOOK_RETURN_IF_ERROR(table->OpenReader(path));
  const auto properties = table->reader_->GetTableProperties();
  if (properties != nullptr) {
    const std::string& family = properties->column_family_name;
    if (!family.empty() && family != kLogFamilyNames[kLogChunks]) {
      return std::unique_ptr<TableSalvage>();
    }
    const auto& own = properties->user_collected_properties;
    table->end_ = NumberOf(own, "daybook.next-position");
    if (const auto first = NumberOf(own, "daybook.first-position")) {
      table->next_ = *first;
    }
  }
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;
  table->iterator_.reset(table->reader_->NewIterator(options));
  return table;
}

absl::Status TableSalvage::OpenReader(const std::string& path) {
  uint64_t size = 0;
  DAYBOOK_ASSIGN_OR_RETURN(const bool sound, CheckFooter(path, &size));
  rocksdb::Options options;
  options.info_log_level = rocksdb::FATAL_LEVEL;
  rocksdb::Status status = rocksdb::Status::Corruption("the footer is damaged");
  if (sound) {
    reader_ = std::make_unique<rocksdb::SstFileReader>(options);
    status = reader_->Open(path);
    if (status.ok()) return absl::OkStatus();
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<TableBlock> blocks,
                           FindBlocksOf(path, size));
  if (blocks.empty()) return FromRocks(status, "no block is whole");
  const uint64_t data_size = blocks.back().offset + blocks.back().size + 5;
  env_ = rocksdb::NewCompositeEnv(
      FilesWithOtherEnd(data_size, MakeTableEnd(blocks, data_size)));
  options.env = env_.get();
  reader_ = std::make_unique<rocksdb::SstFileReader>(options);
  is_carved_ = true;
  Note(std::nullopt, status.ToString());
  return FromRocks(reader_->Open(path), "read what blocks are whole");
}

void TableSalvage::Note(std::optional<uint64_t> to, std::string why) {
  damaged_.push_back({next_, to, std::move(why)});
}

bool TableSalvage::Accept() {
  const rocksdb::Slice key = iterator_->key();
  uint64_t first;
  uint64_t next;
  if (!ParseSpan(key, iterator_->value(), &first, &next) ||
      next > kPositionMax) {
    return false;
  }
  const char* const problem = chunk_.Parse(ToView(iterator_->value()));
  if (problem != nullptr || chunk_.kind() != ChunkKind::kLog ||
      chunk_.first_number() != first) {
    Note(next, problem != nullptr ? problem : "chunk does not belong here");
    return false;
  }
  bytes_ = ToView(iterator_->value());
  next_ = next;
  return true;
}

bool TableSalvage::Next() {
  if (!started_) {
    iterator_->SeekToFirst();
    started_ = true;
  } else if (iterator_->Valid()) {
    iterator_->Next();
  }
  while (true) {
    if (iterator_->Valid()) {
      if (Accept()) return true;
      iterator_->Next();
    } else if (iterator_->status().ok() || is_carved_ || !SkipDamage()) {
      return false;
    }
  }
}

bool TableSalvage::SkipDamage() {
  const std::string why = iterator_->status().ToString();
  uint64_t step = 1;
  uint64_t at = next_;
  for (uint64_t tries = 0; at < end_.value_or(kPositionMax); ++tries) {
    iterator_->Seek(LogKey(Position(at)));
    if (iterator_->Valid() || iterator_->status().ok()) break;
    if (tries >= kSmallSteps && !end_.has_value()) step *= 2;
    at += step;
  }
  uint64_t first = at;
  uint64_t next;
  if (iterator_->Valid()) {
    ParseSpan(iterator_->key(), iterator_->value(), &first, &next);
    Note(first, why);
    next_ = first;
    return true;
  }
  Note(end_, why);
  return false;
}

namespace {

// A reader of a table whose end is whole, or null. Errors: as FindInTable().
absl::StatusOr<std::unique_ptr<rocksdb::SstFileReader>> OpenWhole(
    const std::string& path) {
  uint64_t size;
  DAYBOOK_ASSIGN_OR_RETURN(const bool sound, CheckFooter(path, &size));
  if (!sound) return nullptr;
  rocksdb::Options options;
  options.info_log_level = rocksdb::FATAL_LEVEL;
  auto reader = std::make_unique<rocksdb::SstFileReader>(options);
  if (!reader->Open(path).ok()) return nullptr;
  return reader;
}

}  // namespace

std::optional<std::string> FindInTable(const std::string& path,
                                       std::string_view key) {
  const auto reader = OpenWhole(path);
  if (!reader.ok() || *reader == nullptr) return std::nullopt;
  const std::unique_ptr<rocksdb::Iterator> iterator(
      (*reader)->NewIterator(rocksdb::ReadOptions()));
  iterator->Seek(ToSlice(key));
  if (!iterator->Valid() || ToView(iterator->key()) != key) return std::nullopt;
  return iterator->value().ToString();
}

absl::Status FindInTable(
    const std::string& path, std::string_view prefix,
    absl::FunctionRef<void(std::string_view key, std::string_view value)>
        found) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<rocksdb::SstFileReader> reader,
                           OpenWhole(path));
  if (reader == nullptr) return absl::OkStatus();
  const std::unique_ptr<rocksdb::Iterator> rows(
      reader->NewIterator(rocksdb::ReadOptions()));
  const auto is_row = [&] {
    return rows->Valid() && ToView(rows->key()).starts_with(prefix);
  };
  for (rows->Seek(ToSlice(prefix)); is_row(); rows->Next()) {
    found(ToView(rows->key()), ToView(rows->value()));
  }
  if (rows->status().ok()) return absl::OkStatus();
  // From the other side, up to the damage.
  const std::string behind = std::string(prefix) + '\xff';
  for (rows->SeekForPrev(ToSlice(behind)); is_row(); rows->Prev()) {
    found(ToView(rows->key()), ToView(rows->value()));
  }
  return absl::OkStatus();
}

}  // namespace daybook
