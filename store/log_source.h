// The log as a cursor, and the range of positions that ReadLogOptions mean.

#ifndef DAYBOOK_STORE_LOG_SOURCE_H_
#define DAYBOOK_STORE_LOG_SOURCE_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "daybook/store/read.h"
#include "store/log_reader.h"
#include "store/store_core.h"

namespace daybook {

// Positions [begin, end), to be read in `direction`, at most `limit` events.
struct LogRange {
  uint64_t begin = 0;
  uint64_t end = 0;
  Direction direction = Direction::kForward;
  uint64_t limit = kNoLimit;

  bool empty() const { return begin >= end; }
  // The position at which reading starts. REQUIRES: !empty().
  uint64_t start() const {
    return direction == Direction::kForward ? begin : end - 1;
  }
  // Drops `position` and everything before it in the direction of reading.
  void Pass(uint64_t position) {
    if (direction == Direction::kForward) {
      begin = position + 1;
    } else {
      end = position;
    }
  }
};

// What `options` mean in a store whose head is `head`; times are looked up.
absl::StatusOr<LogRange> ResolveRange(const ReadLogOptions& options,
                                      const RocksDb& log, Position head);

std::unique_ptr<EventCursor::Source> MakeLogSource(
    const std::shared_ptr<StoreCore>& core, const LogRange& range);

}  // namespace daybook

#endif  // DAYBOOK_STORE_LOG_SOURCE_H_
