// GroupWindow holds the outstanding events of a consumer group, in their lanes.
//
// Of each lane the first event is in somebody's hands, ready to be taken, or
// waiting for its next attempt; those behind it wait for it. Lanes that are
// ready are taken in turn. There is no lane without an event.

#ifndef DAYBOOK_BUS_GROUP_WINDOW_H_
#define DAYBOOK_BUS_GROUP_WINDOW_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "bus/group_rows.h"
#include "daybook/store/event.h"
#include "daybook/store/numbers.h"

namespace daybook {

// Not thread-safe. Times are those of a monotonic clock.
class GroupWindow {
 public:
  // Stays where it is until Done().
  struct Entry {
    Position position;
    uint64_t lane = 0;
    // Null where it is to be read again.
    std::shared_ptr<const Event> event;
    FailedAttempts failed;
    absl::Duration not_before;  // zero: now
    Entry* behind = nullptr;    // the next of its lane
  };

  // REQUIRES: none at that position is there.
  void Add(Position position, uint64_t lane, std::shared_ptr<const Event> event,
           FailedAttempts failed);

  // The first event of the lane that is ready longest, which is in somebody's
  // hands from now on; null if none is.
  Entry* Take();
  // Removes one that is in somebody's hands, for ever.
  void Done(Entry* entry);
  // Puts one that was in somebody's hands back, to be taken from `not_before`
  // on.
  void PutBack(Entry* entry, absl::Duration not_before, absl::Duration now);
  // Makes those ready that have waited long enough.
  void ReleaseDue(absl::Duration now);
  // When to call that again, at the latest; infinite if none waits.
  absl::Duration next_due() const;

  bool Has(Position position) const { return entries_.contains(position); }
  size_t count() const { return entries_.size(); }
  // Lanes that are ready, or whose first event waits.
  size_t ready_count() const { return ready_.size(); }
  size_t waiting_count() const { return waiting_count_; }
  // What the events take that are held.
  size_t bytes() const { return bytes_; }
  PositionRuns Positions() const;

 private:
  struct Lane {
    enum class State { kReady, kInHand, kWaiting };
    Entry* first = nullptr;
    Entry* last = nullptr;
    State state = State::kReady;
  };

  // In order of position, but behind the first one.
  static void PutBehindFirst(Entry* entry, Lane& lane);
  // Nobody has the first one: it is ready, or waits.
  void Settle(uint64_t number, Lane& lane);
  void MakeReady(uint64_t number, Lane& lane);
  void MakeWaiting(uint64_t number, Lane& lane);

  std::map<Position, Entry> entries_;
  absl::flat_hash_map<uint64_t, Lane> lanes_;
  // Each lane that is ready, once.
  std::deque<uint64_t> ready_;
  // Lanes by when they become ready; of some that do not wait any more, too.
  std::multimap<absl::Duration, uint64_t> due_;
  size_t waiting_count_ = 0;
  size_t bytes_ = 0;
};

// What an event takes in memory, about.
size_t BytesOf(const Event& event);

}  // namespace daybook

#endif  // DAYBOOK_BUS_GROUP_WINDOW_H_
