// EventFeed: how one subscription gets at the events of its store; what each
// engine has one of.

#ifndef DAYBOOK_STORE_EVENT_FEED_H_
#define DAYBOOK_STORE_EVENT_FEED_H_

#include <cstddef>
#include <span>

#include "absl/status/status.h"
#include "daybook/store/event.h"
#include "daybook/store/numbers.h"

namespace daybook {

// Not thread-safe. May outlive the store.
class EventFeed {
 public:
  struct Step {
    // In order; valid until the next call of anything.
    std::span<const EventView> events;
    // Every event of [from, next) was looked at: those that are wanted are
    // here.
    Position next;
  };

  virtual ~EventFeed() = default;

  // Looks a bit further, from `from` on and below `to`: a bounded amount of
  // memory, and of work. Step::next is above `from`.
  // Errors: kDataLoss; kUnavailable when the store is closed; what the filter
  // returned.
  // REQUIRES: from < to, everything below `to` is committed.
  virtual absl::Status Read(Position from, Position to, Step* step) = 0;

  // There is no more to read for now: lets go of what it holds of the store.
  virtual void Release() = 0;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_EVENT_FEED_H_
