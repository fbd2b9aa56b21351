// Reads the log: any position, forward and backward, and never over a hole.
//
// RocksDB 7.8.3 can step over a damaged file during a scan with an OK status.
// So each step checks that the chunk reached holds exactly the position asked
// for; if it does not, the reader seeks that position afresh, which such a
// fault does not survive, and reports kDataLoss only when it is not there.

#ifndef DAYBOOK_STORE_LOG_READER_H_
#define DAYBOOK_STORE_LOG_READER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/event.h"
#include "daybook/store/numbers.h"
#include "rocksdb/iterator.h"
#include "store/chunk.h"
#include "store/rocks_db.h"

namespace daybook {

// Not thread-safe. The log must outlive it.
class LogReader {
 public:
  explicit LogReader(const RocksDb& log);

  // Loads the chunk that holds `position`. False: see status().
  // REQUIRES: `position` is committed.
  bool Load(Position position);

  // Reads one event; its views are valid until the next call.
  bool Read(Position position, EventView* event);

  // The chunk loaded last, its bytes, and the positions it spans.
  const ChunkReader& chunk() const { return chunk_; }
  std::string_view chunk_bytes() const;
  Position first() const { return Position(first_); }
  Position next() const { return Position(next_); }

  // kDataLoss with the position that is missing or damaged.
  const absl::Status& status() const { return status_; }

 private:
  // True if the iterator stands at a whole chunk with `position` in it.
  bool Accept(uint64_t position);
  void Fail(uint64_t position, std::string_view problem);

  std::unique_ptr<rocksdb::Iterator> iterator_;
  ChunkReader chunk_;
  uint64_t first_ = 0;
  uint64_t next_ = 0;  // first_ == next_: nothing loaded
  const char* problem_ = nullptr;
  absl::Status status_;
};

std::string LogKey(Position last_position);

// The first position below `head` whose event was recorded at `micros` or
// later; `head` if there is none. Reads about log2(head) chunks.
absl::StatusOr<Position> FindRecordedAt(LogReader& reader, int64_t micros,
                                        Position head);

// The position after the last stored one, read from the database itself.
absl::StatusOr<Position> ReadLogHead(const RocksDb& log);

}  // namespace daybook

#endif  // DAYBOOK_STORE_LOG_READER_H_
