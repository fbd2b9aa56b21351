// A feed that reads through the cursors that every store has: those of a stream
// and of a query. Events are copied, as they lie apart.

#ifndef DAYBOOK_STORE_CURSOR_FEED_H_
#define DAYBOOK_STORE_CURSOR_FEED_H_

#include <optional>

#include "absl/status/status.h"
#include "daybook/store/event_store.h"
#include "daybook/store/read.h"
#include "daybook/store/subscription.h"
#include "store/event_buffer.h"
#include "store/event_feed.h"

namespace daybook {

class CursorFeed final : public EventFeed {
 public:
  // `store` must be there whenever Read() is called; `filter` outlives it.
  CursorFeed(EventStore* store, const EventFilter& filter);

  absl::Status Read(Position from, Position to, Step* step) override;
  void Release() override { cursor_.reset(); }

  // Spares the search for where the stream goes on: with this revision, or a
  // later one.
  void NextRevisionIs(Revision revision) { next_revision_ = revision; }

 private:
  // Opens a cursor at `from`; none if there is nothing to read below `to`.
  absl::Status Open(Position from, Position to);
  absl::Status OpenStream(Position from, Position to);
  // The first revision that an event of the stream at `from` or later has, or
  // would have.
  absl::StatusOr<Revision> FindRevision(Position from);

  EventStore* const store_;
  const EventFilter& filter_;
  const Query query_;

  std::optional<EventCursor> cursor_;
  // What the cursor gives next is not below the one and below the other.
  Position cursor_at_;
  Position cursor_end_;
  // The cursor stands at an event that was not looked at yet.
  bool stands_at_event_ = false;
  // Of a stream: no event that is to be read has a lower one. Nothing: not
  // known.
  std::optional<Revision> next_revision_;
  EventBuffer buffer_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_CURSOR_FEED_H_
