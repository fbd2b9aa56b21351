// A piece of the log, decoded for a projection and divided among partitions of
// its keys: what a parallel fold hands from those who decode to those who
// apply.

#ifndef DAYBOOK_REPLAY_FOLD_SEGMENT_H_
#define DAYBOOK_REPLAY_FOLD_SEGMENT_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "daybook/projections/any_projection.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"
#include "google/protobuf/arena.h"

namespace daybook {

// Which events a fold leaves out beside those its projection does; null: none.
using EventPredicate = std::function<bool(const EventView&)>;

class FoldSegment {
 public:
  // One event, to be applied to one row.
  struct Use {
    const PreparedEvent* event;
    size_t key;  // of event->keys
  };

  // The events of [begin, end).
  FoldSegment(Position begin, Position end, size_t partition_count);

  // Reads and decodes. Stops early once that has taken much memory: end() then
  // says where.
  // Errors: of the read; of Prepare(), with the position.
  absl::Status Decode(EventStore& store, const AnyProjection& projection,
                      const EventPredicate& where);

  Position begin() const { return begin_; }
  Position end() const { return end_; }
  // What changes the rows of partition `i`, in the order of the log.
  const std::vector<Use>& UsesOf(size_t i) const { return uses_[i]; }
  size_t memory_bytes() const;

 private:
  // Makes what `event` points to the segment's own.
  void Keep(const EventView& view, PreparedEvent* event);

  const Position begin_;
  Position end_;
  google::protobuf::Arena arena_;
  std::deque<PreparedEvent> events_;
  std::vector<std::vector<Use>> uses_;
};

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_FOLD_SEGMENT_H_
