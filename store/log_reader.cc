#include "store/log_reader.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "store/coding.h"
#include "store/errors_internal.h"
#include "store/strings.h"

namespace daybook {

std::string LogKey(Position last_position) {
  std::string key;
  PutBigEndian64(&key, last_position.value());
  return key;
}

LogReader::LogReader(const RocksDb& log) {
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  iterator_.reset(log->NewIterator(options, log.family(kLogChunks)));
}

std::string_view LogReader::chunk_bytes() const {
  return ToView(iterator_->value());
}

bool LogReader::Accept(uint64_t position) {
  first_ = next_ = 0;
  if (!iterator_->Valid()) return false;
  const rocksdb::Slice key = iterator_->key();
  if (key.size() != sizeof(uint64_t)) return false;
  problem_ = chunk_.Parse(ToView(iterator_->value()));
  if (problem_ != nullptr) return false;
  const uint64_t first = chunk_.first_number();
  const uint64_t last = first + chunk_.count() - 1;
  if (chunk_.kind() != ChunkKind::kLog || last != LoadBigEndian64(key.data())) {
    problem_ = "chunk does not belong to its key";
    return false;
  }
  if (position < first || position > last) return false;
  first_ = first;
  next_ = last + 1;
  return true;
}

bool LogReader::Load(Position at) {
  const uint64_t position = at.value();
  if (first_ <= position && position < next_) return true;
  if (!status_.ok()) return false;
  const bool loaded = first_ != next_;
  if (loaded && position == next_) {
    iterator_->Next();
    if (Accept(position)) return true;
  } else if (loaded && position + 1 == first_) {
    iterator_->Prev();
    if (Accept(position)) return true;
  }
  const std::string key = LogKey(at);
  iterator_->Seek(key);
  if (Accept(position)) return true;
  // The iterator may be older than the event.
  if (iterator_->Refresh().ok()) {
    iterator_->Seek(key);
    if (Accept(position)) return true;
  }
  if (!iterator_->status().ok()) {
    Fail(position, iterator_->status().ToString());
  } else {
    Fail(position, problem_ != nullptr ? problem_ : "event is missing");
  }
  return false;
}

bool LogReader::Read(Position position, EventView* event) {
  if (!Load(position)) return false;
  const char* problem =
      chunk_.Read(static_cast<uint32_t>(position.value() - first_), event);
  if (problem == nullptr) return true;
  Fail(position.value(), problem);
  return false;
}

void LogReader::Fail(uint64_t position, std::string_view problem) {
  status_ = DamageError(Position(position),
                        absl::StrCat("read the log: ", ToAbsl(problem)));
}

absl::StatusOr<Position> FindRecordedAt(LogReader& reader, int64_t micros,
                                        Position head) {
  uint64_t low = 0;
  uint64_t high = head.value();
  // Whole chunks at a time: events before `low` are earlier than `micros`,
  // events from `high` on are not.
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    if (!reader.Load(Position(middle))) return reader.status();
    const ChunkReader& chunk = reader.chunk();
    if (chunk.last_recorded_at() < micros) {
      low = reader.next().value();
    } else if (chunk.first_recorded_at() >= micros) {
      high = std::max(low, reader.first().value());
    } else {
      // The answer is in this chunk.
      uint32_t i = 0;
      while (chunk.AppendOf(i).recorded_at_micros < micros) ++i;
      return Position(reader.first().value() + i);
    }
  }
  return Position(std::min(low, head.value()));
}

absl::StatusOr<Position> ReadLogHead(const RocksDb& log) {
  rocksdb::ReadOptions options;
  std::unique_ptr<rocksdb::Iterator> iterator(
      log->NewIterator(options, log.family(kLogChunks)));
  iterator->SeekToLast();
  if (!iterator->Valid()) {
    if (!iterator->status().ok()) {
      return FromRocks(iterator->status(), "read the end of the log");
    }
    return Position(0);
  }
  if (iterator->key().size() != sizeof(uint64_t)) {
    return absl::DataLossError("the last key of the log is malformed");
  }
  return Position(LoadBigEndian64(iterator->key().data()) + 1);
}

}  // namespace daybook
