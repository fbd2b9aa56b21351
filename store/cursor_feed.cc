#include "store/cursor_feed.h"

#include <algorithm>
#include <utility>

#include "store/event_filter.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

// What one step holds, and looks at, at most.
constexpr size_t kStepBytes = 256 << 10;
constexpr size_t kStepCount = 4096;

}  // namespace

CursorFeed::CursorFeed(EventStore* store, const EventFilter& filter)
    : store_(store), filter_(filter), query_(IndexedQuery(filter)) {}

absl::Status CursorFeed::Read(Position from, Position to, Step* step) {
  buffer_.Clear();
  if (!cursor_.has_value() || cursor_at_ != from || from >= cursor_end_) {
    DAYBOOK_RETURN_IF_ERROR(Open(from, to));
  }
  Position next = std::min(to, cursor_end_);
  for (size_t looked = 0; cursor_.has_value();) {
    if (!stands_at_event_ && !cursor_->Next()) {
      DAYBOOK_RETURN_IF_ERROR(cursor_->status());
      Release();
      break;
    }
    const EventView& event = cursor_->event();
    stands_at_event_ = event.position >= to;
    if (stands_at_event_) break;
    if (!filter_.stream.empty()) next_revision_ = event.revision.Next();
    if (event.position < from) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const bool wanted, Wants(filter_, event));
    if (wanted) buffer_.Add(event);
    if (++looked >= kStepCount || buffer_.bytes() >= kStepBytes) {
      next = event.position.Next();
      break;
    }
  }
  cursor_at_ = next;
  *step = {buffer_.events(), next};
  return absl::OkStatus();
}

absl::Status CursorFeed::Open(Position from, Position to) {
  Release();
  stands_at_event_ = false;
  cursor_end_ = to;
  if (!filter_.stream.empty()) return OpenStream(from, to);
  DAYBOOK_ASSIGN_OR_RETURN(
      EventCursor cursor,
      store_->ReadQuery(query_, {.from = from, .to = to.Previous()}));
  cursor_ = std::move(cursor);
  return absl::OkStatus();
}

absl::Status CursorFeed::OpenStream(Position from, Position to) {
  if (!next_revision_.has_value()) {
    DAYBOOK_ASSIGN_OR_RETURN(next_revision_, FindRevision(from));
  }
  absl::StatusOr<EventCursor> cursor =
      store_->ReadStream(filter_.stream, {.from = next_revision_});
  // It has no events, or none that are shown.
  if (absl::IsNotFound(cursor.status())) return absl::OkStatus();
  if (!cursor.ok()) return cursor.status();
  cursor_end_ = std::max(to, cursor->snapshot_head());
  cursor_ = *std::move(cursor);
  return absl::OkStatus();
}

absl::StatusOr<Revision> CursorFeed::FindRevision(Position from) {
  absl::StatusOr<StreamInfo> info = store_->GetStream(filter_.stream);
  if (absl::IsNotFound(info.status())) return Revision(0);
  if (!info.ok()) return info.status();
  if (!info->last_revision.has_value()) return Revision(0);
  uint64_t low = info->first_revision.value();
  uint64_t high = info->last_revision->value() + 1;
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    absl::StatusOr<EventCursor> cursor = store_->ReadStream(
        filter_.stream, {.from = Revision(middle), .limit = 1});
    // Hidden meanwhile, all of it or up to here.
    if (absl::IsNotFound(cursor.status())) return Revision(high);
    if (!cursor.ok()) return cursor.status();
    if (!cursor->Next()) {
      DAYBOOK_RETURN_IF_ERROR(cursor->status());
      return Revision(high);
    }
    if (cursor->event().position < from) {
      low = cursor->event().revision.value() + 1;
    } else {
      high = middle;
    }
  }
  return Revision(low);
}

}  // namespace daybook
