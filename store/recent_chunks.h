// The chunks that were committed last, decoded once for all who follow.
//
// Filled only while somebody follows, and bounded: who has fallen behind what
// is here reads the log.

#ifndef DAYBOOK_STORE_RECENT_CHUNKS_H_
#define DAYBOOK_STORE_RECENT_CHUNKS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/event.h"
#include "daybook/store/numbers.h"
#include "store/mutex.h"

namespace daybook {

// Thread-safe, and never changes.
class RecentChunk {
 public:
  RecentChunk(Position first, Position next, std::string bytes)
      : first_(first), next_(next), bytes_(std::move(bytes)) {}

  Position first() const { return first_; }
  Position next() const { return next_; }
  size_t bytes() const { return bytes_.size(); }

  // All of its events; whoever asks first decodes them. Valid as long as the
  // chunk. Errors: kDataLoss.
  absl::StatusOr<std::span<const EventView>> Events() const;

 private:
  const Position first_;
  const Position next_;
  const std::string bytes_;
  mutable std::once_flag decoded_;
  mutable absl::Status status_;
  mutable std::vector<EventView> events_;
};

// Thread-safe.
class RecentChunks {
 public:
  // Those who follow.
  void Join() { follower_count_.fetch_add(1); }
  void Leave();
  bool wanted() const { return follower_count_.load() > 0; }

  // Takes the chunks of a group, each with its last position; before the group
  // can be read, and in the order of groups. `first`: of the first chunk.
  void Publish(Position first,
               std::vector<std::pair<uint64_t, std::string>>* chunks);

  // The chunk with the event at `position`; null if it is not here.
  std::shared_ptr<const RecentChunk> Find(Position position) const;

 private:
  std::atomic<int> follower_count_ = 0;
  mutable Mutex mutex_;
  // Ascending; there may be gaps.
  std::deque<std::shared_ptr<const RecentChunk>> chunks_
      ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_RECENT_CHUNKS_H_
