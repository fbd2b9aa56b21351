#include "store/log_salvage.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/audit/hash.h"
#include "daybook/audit/tile.h"
#include "store/log_tree.h"
#include "store/status_macros.h"
#include "store/store_folder.h"
#include "store/table_salvage.h"
#include "store/wal_salvage.h"

namespace daybook {
namespace {

constexpr size_t kGapsKept = 10'000;
constexpr size_t kNotesKept = 1'000;

class TableChunks final : public ChunkSource {
 public:
  explicit TableChunks(std::unique_ptr<TableSalvage> table)
      : table_(std::move(table)) {}

  bool Next() override { return table_->Next(); }
  const ChunkReader& chunk() const override { return table_->chunk(); }
  std::string_view bytes() const override { return table_->bytes(); }
  std::string WhyLost(uint64_t from, uint64_t to) const override {
    for (const DamagedStretch& lost : table_->damaged()) {
      if (lost.from < to && lost.to.value_or(UINT64_MAX) > from) {
        return lost.why;
      }
    }
    return "";
  }

 private:
  const std::unique_ptr<TableSalvage> table_;
};

// The chunks of a write-ahead log, in a temporary file.
class WalChunks final : public ChunkSource {
 public:
  WalChunks() = default;
  ~WalChunks() override {
    if (file_ != nullptr) std::fclose(file_);
  }
  WalChunks(const WalChunks&) = delete;
  WalChunks& operator=(const WalChunks&) = delete;

  // Reads the file at `path`. Errors: of this machine.
  absl::Status Fill(const std::string& path);
  const WalScan& scan() const { return scan_; }
  bool empty() const { return places_.empty(); }

  bool Next() override;
  const ChunkReader& chunk() const override { return chunk_; }
  std::string_view bytes() const override { return bytes_; }
  std::string WhyLost(uint64_t, uint64_t) const override {
    if (scan_.damaged_bytes == 0) return "";
    return absl::StrCat(scan_.damaged_bytes,
                        " bytes of the write-ahead log are damaged, from ",
                        scan_.first_damage, " on");
  }

 private:
  struct Place {
    uint64_t first;
    uint64_t offset;
    uint32_t size;
  };

  std::FILE* file_ = nullptr;
  uint64_t file_size_ = 0;
  WalScan scan_;
  std::vector<Place> places_;
  size_t next_place_ = 0;
  std::string bytes_;
  ChunkReader chunk_;
};

absl::Status WalChunks::Fill(const std::string& path) {
  file_ = std::tmpfile();
  if (file_ == nullptr) return ErrnoStatus(errno, "make a temporary file");
  const auto keep = [this](std::string_view chunk) -> absl::Status {
    ChunkReader reader;
    if (reader.Parse(chunk) != nullptr) return absl::OkStatus();
    if (std::fwrite(chunk.data(), 1, chunk.size(), file_) != chunk.size()) {
      return ErrnoStatus(errno, "write a temporary file");
    }
    places_.push_back({reader.first_number(), file_size_,
                       static_cast<uint32_t>(chunk.size())});
    file_size_ += chunk.size();
    return absl::OkStatus();
  };
  DAYBOOK_ASSIGN_OR_RETURN(scan_, ScanWal(path, keep));
  if (std::fflush(file_) != 0) {
    return ErrnoStatus(errno, "write a temporary file");
  }
  std::stable_sort(
      places_.begin(), places_.end(),
      [](const Place& a, const Place& b) { return a.first < b.first; });
  return absl::OkStatus();
}

bool WalChunks::Next() {
  while (next_place_ < places_.size()) {
    const Place& place = places_[next_place_++];
    bytes_.resize(place.size);
    if (std::fseek(file_, static_cast<long>(place.offset), SEEK_SET) == 0 &&
        std::fread(bytes_.data(), 1, place.size, file_) == place.size &&
        chunk_.Parse(bytes_) == nullptr) {
      return true;
    }
  }
  return false;
}

// Whether the two have the same event at `position`, which both hold.
bool SameEvent(const ChunkReader& a, const ChunkReader& b, uint64_t position) {
  const auto in_a = static_cast<uint32_t>(position - a.first_number());
  const auto in_b = static_cast<uint32_t>(position - b.first_number());
  const AppendHeader& append_a = a.AppendOf(in_a);
  const AppendHeader& append_b = b.AppendOf(in_b);
  return a.Body(in_a) == b.Body(in_b) && a.StreamOf(in_a) == b.StreamOf(in_b) &&
         a.has_audits() == b.has_audits() &&
         (!a.has_audits() || a.Audit(in_a) == b.Audit(in_b)) &&
         append_a.first_position == append_b.first_position &&
         append_a.recorded_at_micros == append_b.recorded_at_micros;
}

}  // namespace

void LogSalvage::Source::Step() {
  valid = chunks->Next();
  if (!valid) return;
  first = chunks->chunk().first_number();
  next = first + chunks->chunk().count();
}

absl::StatusOr<std::unique_ptr<LogSalvage>> LogSalvage::Open(
    const std::string& path) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<LogFile> files,
                           ListLogFiles(path));
  std::unique_ptr<LogSalvage> salvage(new LogSalvage);
  for (const LogFile& file : files) {
    DAYBOOK_RETURN_IF_ERROR(salvage->Add(file));
  }
  std::stable_sort(salvage->sources_.begin(), salvage->sources_.end(),
                   [](const Source& a, const Source& b) {
                     return a.file_number > b.file_number;
                   });
  for (Source& source : salvage->sources_) source.Step();
  return salvage;
}

absl::Status LogSalvage::Add(const LogFile& file) {
  Source source;
  source.name = file.name;
  source.file_number = file.number;
  if (file.is_table) {
    absl::StatusOr<std::unique_ptr<TableSalvage>> table =
        TableSalvage::Open(file.path);
    if (!table.ok()) {
      Note(absl::StrCat(file.name, ": ", table.status().message()));
      return absl::OkStatus();
    }
    if (*table == nullptr) {
      other_tables_.insert(other_tables_.begin(), file.path);
      return absl::OkStatus();
    }
    for (const DamagedStretch& lost : (*table)->damaged()) {
      Note(absl::StrCat(file.name, ": ", lost.why));
    }
    source.chunks = std::make_unique<TableChunks>(*std::move(table));
  } else {
    auto chunks = std::make_unique<WalChunks>();
    DAYBOOK_RETURN_IF_ERROR(chunks->Fill(file.path));
    const std::string damage = chunks->WhyLost(0, 0);
    if (!damage.empty()) Note(absl::StrCat(file.name, ": ", damage));
    source.chunks = std::move(chunks);
  }
  sources_.push_back(std::move(source));
  return absl::OkStatus();
}

bool LogSalvage::FindCurrent() {
  current_.clear();
  current_end_ = UINT64_MAX;
  bool any = false;
  for (Source& source : sources_) {
    while (source.valid && source.next <= next_) source.Step();
    if (!source.valid) continue;
    any = true;
    if (source.first > next_) {
      current_end_ = std::min(current_end_, source.first);
      continue;
    }
    current_end_ = std::min(current_end_, source.next);
    const bool is_copy =
        std::any_of(current_.begin(), current_.end(), [&](const Source* other) {
          return other->chunks->bytes() == source.chunks->bytes();
        });
    if (!is_copy) current_.push_back(&source);
  }
  return any;
}

bool LogSalvage::ReadEvent() {
  const Source* taken = nullptr;
  for (const Source* source : current_) {
    const ChunkReader& chunk = source->chunks->chunk();
    const auto place = static_cast<uint32_t>(next_ - source->first);
    EventView event;
    if (chunk.Read(place, &event) != nullptr) continue;
    if (taken == nullptr) {
      taken = source;
      event_ = event;
      chunk_ = &chunk;
      place_ = place;
    } else if (!SameEvent(*chunk_, chunk, next_)) {
      const Source* left = source;
      const bool in_tree = TreeHas(next_, *chunk_).value_or(false);
      if (!in_tree && TreeHas(next_, chunk).value_or(false)) {
        std::swap(left, taken);
        event_ = event;
        chunk_ = &chunk;
        place_ = place;
      }
      Note(absl::StrCat("position ", next_, ": ", left->name,
                        " has another event than ", taken->name, ", which is ",
                        TreeHas(next_, *chunk_).value_or(false)
                            ? "in the audit tree"
                            : "newer",
                        " and was taken"));
    }
  }
  return taken != nullptr;
}

std::optional<bool> LogSalvage::TreeHas(uint64_t position,
                                        const ChunkReader& chunk) {
  const uint64_t index = position / audit::kTileWidth;
  if (tile_index_ != index) {
    tile_index_ = index;
    tile_.reset();
    const std::string key = TreeTileKey({.level = 0, .index = index});
    for (const std::string& path : other_tables_) {
      tile_ = FindInTable(path, key);
      if (tile_.has_value()) break;
    }
  }
  if (!tile_.has_value() || !chunk.has_audits() ||
      tile_->size() != audit::kTileWidth * audit::Hash::kSize) {
    return std::nullopt;
  }
  const audit::Hash leaf =
      chunk.Leaf(static_cast<uint32_t>(position - chunk.first_number()));
  return std::string_view(*tile_).substr(
             position % audit::kTileWidth * audit::Hash::kSize,
             audit::Hash::kSize) == leaf.view();
}

bool LogSalvage::Next() {
  while (status_.ok()) {
    if (next_ >= current_end_ || current_end_ == 0) {
      if (!FindCurrent()) return false;
    }
    if (current_.empty()) {
      const std::string why = WhyLost(next_, current_end_);
      AddGap(current_end_, why.empty() ? "nothing of it is there" : why);
      continue;
    }
    const bool is_read = ReadEvent();
    if (!is_read) {
      AddGap(next_ + 1, "the event's checksum is wrong");
      continue;
    }
    ++next_;
    return true;
  }
  return false;
}

std::string LogSalvage::WhyLost(uint64_t from, uint64_t to) const {
  for (const Source& source : sources_) {
    const std::string why = source.chunks->WhyLost(from, to);
    if (!why.empty()) return absl::StrCat(source.name, ": ", why);
  }
  return "";
}

void LogSalvage::AddGap(uint64_t to, std::string why) {
  if (!gaps_.empty() && gaps_.back().to == Position(next_) &&
      gaps_.back().why == why) {
    gaps_.back().to = Position(to);
  } else {
    ++gap_count_;
    if (gaps_.size() < kGapsKept) {
      gaps_.push_back({Position(next_), Position(to), std::move(why)});
    }
  }
  next_ = to;
}

void LogSalvage::Note(std::string text) {
  if (notes_.size() < kNotesKept) {
    notes_.push_back(std::move(text));
  } else if (notes_.size() == kNotesKept) {
    notes_.push_back("and more");
  }
}

}  // namespace daybook
