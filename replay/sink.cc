#include "daybook/replay/sink.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "daybook/store/read.h"
#include "store/status_macros.h"
#include "store/status_message.h"

namespace daybook {
namespace {

// `status` of a sink, with where it stands.
absl::Status At(Position begin, const absl::Status& status) {
  if (status.ok()) return status;
  return WithMessage(status, absl::StrCat("batch from position ", begin.value(),
                                          " on: ", status.message()));
}

// One batch after the other, out of a cursor.
class Batches {
 public:
  Batches(EventCursor& cursor, Sink& sink, const SinkOptions& options)
      : cursor_(cursor),
        sink_(sink),
        count_max_(std::max<size_t>(options.batch_count_max, 1)),
        bytes_max_(options.batch_bytes_max) {}

  // Hands over the next batch. `*begin` is where it begins, and then where the
  // next one does; `end` is where the last one ends. False after that one.
  absl::StatusOr<bool> HandOver(Position end, Position* begin) {
    DAYBOOK_RETURN_IF_ERROR(sink_.Begin());
    size_t count = 0;
    size_t bytes = 0;
    Position next = end;
    bool is_full = false;
    while (!is_full && cursor_.Next()) {
      const EventView& event = cursor_.event();
      DAYBOOK_RETURN_IF_ERROR(sink_.Write(event));
      ++count;
      bytes += event.payload.size();
      is_full = count >= count_max_ || bytes >= bytes_max_;
      if (is_full) next = event.position.Next();
    }
    DAYBOOK_RETURN_IF_ERROR(cursor_.status());
    DAYBOOK_RETURN_IF_ERROR(sink_.Commit(next));
    *begin = next;
    return is_full && next < end;
  }

 private:
  EventCursor& cursor_;
  Sink& sink_;
  const size_t count_max_;
  const size_t bytes_max_;
};

}  // namespace

absl::StatusOr<Position> RunSink(EventStore& store, const Query& query,
                                 Sink& sink, const SinkOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Position begin, sink.NextPosition());
  const Position end = store.DurableHead();
  if (begin > store.Head()) {
    return absl::OutOfRangeError(
        absl::StrCat("the sink stands at position ", begin.value(),
                     ", the store ends at ", store.Head().value()));
  }
  if (begin >= end) return begin;
  DAYBOOK_ASSIGN_OR_RETURN(
      EventCursor cursor,
      store.ReadQuery(query, {.from = begin, .to = end.Previous()}));
  Batches batches(cursor, sink, options);
  while (true) {
    const absl::StatusOr<bool> more = batches.HandOver(end, &begin);
    if (!more.ok()) return At(begin, more.status());
    if (!*more) return begin;
  }
}

}  // namespace daybook
