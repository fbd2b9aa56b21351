// Sinks: what happens, written to somewhere outside the store, in batches.
//
//   SalesTable sales;  // a Sink of one's own: examples/sqlite_sink/
//   absl::StatusOr<Position> next = RunSink(*store, sales_events, sales);
//   if (!next.ok()) return next.status();  // the next run goes on from there
//
// To go on for ever, wait and run again:
//
//   absl::Status waited = store->WaitForEvent(*next, absl::Seconds(1));
//
// Each event comes at least once, in the order of the log. It comes again when
// it was written and that was not remembered. Where a sink keeps its position
// in the transaction of what it writes, it therefore has each event exactly
// once, whenever it is killed. Rows that are kept in the store itself need none
// of this: views.h.

#ifndef DAYBOOK_REPLAY_SINK_H_
#define DAYBOOK_REPLAY_SINK_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/event.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"
#include "daybook/store/query.h"

namespace daybook {

// What each place outside implements. Called by one thread at a time.
class Sink {
 public:
  virtual ~Sink() = default;

  // From where to go on: what the last Commit() that holds was given; 0 if
  // there was none.
  virtual absl::StatusOr<Position> NextPosition() = 0;

  // A batch begins. One that was begun before and not committed is void:
  // nothing of it may remain.
  virtual absl::Status Begin() = 0;
  // One event of it, valid during the call. There may be none.
  virtual absl::Status Write(const EventView& event) = 0;
  // The batch is complete: it and `next_position` are to be kept, both or
  // neither, or at least the batch first. No event below `next_position` will
  // come again once they are.
  virtual absl::Status Commit(Position next_position) = 0;
};

struct SinkOptions {
  // Events in a batch, at most; less than 1 counts as 1. More make fewer
  // commits, and more to be done again after one that failed.
  size_t batch_count_max = 1'000;
  // Bytes of their payloads, about: a batch ends with the event that passes it.
  size_t batch_bytes_max = size_t{4} << 20;
};

// Hands the events that match `query` to `sink`, from where it stands up to all
// that were on stable storage at the call: what a power cut may still take from
// the store does not leave it. Returns the position to go on from. Runs on this
// thread.
//
// A query without items means the store's own events too: EventView::system().
//
// Errors: what the sink returns, with the position at which the batch began:
// what was committed before stays, and the next run begins there; kDataLoss if
// an event is missing or damaged; kOutOfRange if the sink stands behind the
// store's end: it is of another store; kInvalidArgument for a query above the
// limits.
// Cost: as EventStore::ReadQuery(); whatever the sink does.
absl::StatusOr<Position> RunSink(EventStore& store, const Query& query,
                                 Sink& sink,
                                 const SinkOptions& options = SinkOptions());

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_SINK_H_
