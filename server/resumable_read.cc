#include "server/resumable_read.h"

#include <utility>

#include "daybook/store/runtime.h"
#include "server/wire.h"
#include "server/wire_events.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

// What was found by then is given.
constexpr absl::Duration kPatience = absl::Milliseconds(5);
// Looking at the clock costs as much as half an event.
constexpr int kEventsPerLook = 16;

absl::Status ChangedError(std::string_view stream) {
  return absl::UnavailableError(
      "the stream was changed while its reader stood still: read " +
      std::string(stream) + " again");
}

}  // namespace

ResumableRead::ResumableRead(EventStore& store, const v1::ReadRequest& request)
    : store_(store), is_stream_(request.has_stream()) {
  const Direction direction =
      request.backward() ? Direction::kBackward : Direction::kForward;
  const uint64_t limit = request.has_limit() ? request.limit() : kNoLimit;
  if (is_stream_) {
    const v1::ReadRequest::Stream& asked = request.stream();
    stream_ = asked.stream();
    if (asked.has_from()) stream_options_.from = Revision(asked.from());
    if (asked.has_to()) stream_options_.to = Revision(asked.to());
    stream_options_.direction = direction;
    stream_options_.limit = limit;
    return;
  }
  const v1::ReadRequest::Log& asked = request.log();
  if (asked.has_query()) query_ = wire::FromMessage(asked.query());
  if (asked.has_from()) log_options_.from = Position(asked.from());
  if (asked.has_to()) log_options_.to = Position(asked.to());
  if (asked.has_from_time()) {
    log_options_.from_time = wire::ToTime(asked.from_time());
  }
  if (asked.has_to_time()) {
    log_options_.to_time = wire::ToTime(asked.to_time());
  }
  log_options_.direction = direction;
  log_options_.limit = limit;
}

absl::StatusOr<EventCursor> ResumableRead::MakeCursor() {
  if (is_stream_) return store_.ReadStream(stream_, stream_options_);
  if (query_.has_value()) return store_.ReadQuery(*query_, log_options_);
  return store_.ReadLog(log_options_);
}

absl::Status ResumableRead::Open() {
  DAYBOOK_ASSIGN_OR_RETURN(EventCursor cursor, MakeCursor());
  cursor_ = std::move(cursor);
  snapshot_head_ = cursor_->snapshot_head();
  return absl::OkStatus();
}

absl::Status ResumableRead::Reopen() {
  absl::StatusOr<EventCursor> cursor = MakeCursor();
  if (is_stream_ && absl::IsNotFound(cursor.status())) {
    return ChangedError(stream_);
  }
  DAYBOOK_RETURN_IF_ERROR(cursor.status());
  cursor_ = *std::move(cursor);
  return absl::OkStatus();
}

bool ResumableRead::Give(const EventView& event, std::string* list) {
  if (event.position >= snapshot_head_) return false;
  wire::AppendEvent(event, list);
  const bool backward = stream_options_.direction == Direction::kBackward ||
                        log_options_.direction == Direction::kBackward;
  if (is_stream_) {
    if (stream_options_.limit != kNoLimit) --stream_options_.limit;
    if (!backward) {
      stream_options_.from = event.revision.Next();
    } else if (event.revision == Revision(0)) {
      stream_options_.limit = 0;
    } else {
      stream_options_.to = event.revision.Previous();
    }
    return true;
  }
  if (log_options_.limit != kNoLimit) --log_options_.limit;
  if (!backward) {
    log_options_.from = event.position.Next();
  } else if (event.position == Position(0)) {
    log_options_.limit = 0;
  } else {
    log_options_.to = event.position.Previous();
  }
  return true;
}

absl::Status ResumableRead::Take(size_t bytes_max, std::string* list,
                                 bool* more) {
  *more = false;
  if (ended_) return absl::OkStatus();
  if (!cursor_.has_value()) DAYBOOK_RETURN_IF_ERROR(Reopen());
  const absl::Duration begin = Clock::System()->Monotonic();
  for (int count = 1; cursor_->Next(); ++count) {
    const EventView& event = cursor_->event();
    if (expected_.has_value()) {
      if (event.revision != *expected_) return ChangedError(stream_);
      expected_.reset();
    }
    if (!Give(event, list)) {
      End();
      return absl::OkStatus();
    }
    const bool is_late = count % kEventsPerLook == 0 &&
                         Clock::System()->Monotonic() - begin > kPatience;
    if (list->size() >= bytes_max || is_late) {
      *more = true;
      return absl::OkStatus();
    }
  }
  const absl::Status status = cursor_->status();
  End();
  DAYBOOK_RETURN_IF_ERROR(status);
  if (expected_.has_value()) return ChangedError(stream_);
  return absl::OkStatus();
}

void ResumableRead::End() {
  ended_ = true;
  // Its reader may yet stand still before the last batch.
  cursor_.reset();
}

void ResumableRead::LetGo() {
  if (!cursor_.has_value()) return;
  if (is_stream_) {
    // Later the stream may show less; then what it showed must be known.
    if (!cursor_->Next()) {
      ended_ = cursor_->status().ok();
      // On damage: it is found again when that is read.
    } else {
      expected_ = cursor_->event().revision;
    }
  }
  cursor_.reset();
}

}  // namespace daybook
