// Every event of a log that can still be read, in the order of positions,
// whatever became of the database that holds it.
//
// The database is not opened. Its files are read one by one, those that it has
// forgotten too: table files (table_salvage.h) and write-ahead logs
// (wal_salvage.h). Chunks say themselves which positions they hold, so that
// nothing else is needed. What several files have is taken once. Where files
// have different events for one position, that is taken which the audit tree
// has, if its tile can be read, else that of the newer file, and the other is
// told of: RocksDB numbers files in the order it makes them, and a position is
// only given again after what stood there was found not to count (wal_order.h).

#ifndef DAYBOOK_STORE_LOG_SALVAGE_H_
#define DAYBOOK_STORE_LOG_SALVAGE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/event.h"
#include "daybook/store/numbers.h"
#include "daybook/store/salvage.h"
#include "store/chunk.h"
#include "store/log_folder.h"

namespace daybook {

// Chunks of one file, in the order of positions. Not thread-safe.
class ChunkSource {
 public:
  virtual ~ChunkSource() = default;
  // Steps to the next chunk. False: at the end.
  virtual bool Next() = 0;
  // Valid until the next step.
  virtual const ChunkReader& chunk() const = 0;
  virtual std::string_view bytes() const = 0;
  // Why nothing can be read of some position in [from, to), if it is known.
  virtual std::string WhyLost(uint64_t from, uint64_t to) const = 0;
};

// Not thread-safe.
class LogSalvage {
 public:
  // Reads the files in the folder `path` of a log's database.
  // Errors: kNotFound when there is no such folder.
  // Cost: reads the write-ahead logs, and keeps their chunks in a temporary
  // file.
  static absl::StatusOr<std::unique_ptr<LogSalvage>> Open(
      const std::string& path);

  // Steps to the next event that can be read. False at the end, and on an
  // error of this machine rather than of the files: see status().
  bool Next();

  // The event, its chunk and its place there; valid until the next step.
  const EventView& event() const { return event_; }
  const ChunkReader& chunk() const { return *chunk_; }
  uint32_t place() const { return place_; }
  // One above what was given or stepped over last.
  Position next() const { return Position(next_); }

  const absl::Status& status() const { return status_; }
  // What was stepped over so far; when there is much, the first of gap_count().
  const std::vector<SalvageGap>& gaps() const { return gaps_; }
  uint64_t gap_count() const { return gap_count_; }
  // What is wrong with files; cut short, saying so, when there is much.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  struct Source {
    uint64_t file_number = 0;
    std::string name;
    std::unique_ptr<ChunkSource> chunks;
    // False: at its end.
    bool valid = false;
    uint64_t first = 0;
    uint64_t next = 0;

    void Step();
  };

  LogSalvage() = default;

  absl::Status Add(const LogFile& file);
  // Steps all sources behind what is below `next_`, and finds those that have
  // it. False: none goes on.
  bool FindCurrent();
  // Reads the event at `next_` from those. False: it can't be read.
  bool ReadEvent();
  // Whether the audit tree has this leaf there; none if that can't be read.
  std::optional<bool> TreeHas(uint64_t position, const ChunkReader& chunk);
  void Note(std::string text);
  void AddGap(uint64_t to, std::string why);
  std::string WhyLost(uint64_t from, uint64_t to) const;

  // Newer files first.
  std::vector<Source> sources_;
  // Table files of other families, newer ones first, and the tile that was
  // sought in them last.
  std::vector<std::string> other_tables_;
  std::optional<uint64_t> tile_index_;
  std::optional<std::string> tile_;
  // Those that hold `next_`, and up to where that is so.
  std::vector<const Source*> current_;
  uint64_t current_end_ = 0;
  uint64_t next_ = 0;
  EventView event_;
  const ChunkReader* chunk_ = nullptr;
  uint32_t place_ = 0;
  absl::Status status_;
  std::vector<SalvageGap> gaps_;
  uint64_t gap_count_ = 0;
  std::vector<std::string> notes_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_LOG_SALVAGE_H_
