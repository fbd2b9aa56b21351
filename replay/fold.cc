#include "daybook/replay/fold.h"

#include "daybook/store/read.h"
#include "store/status_macros.h"

namespace daybook::internal {
namespace {

// Whether `event` comes after the moment: nothing that follows is wanted.
bool IsAfter(const AsOf& as_of, const EventView& event) {
  return (as_of.position && event.position > *as_of.position) ||
         (as_of.time && event.recorded_at > *as_of.time);
}

// Steps `cursor` to its end or past the moment.
absl::Status Read(const AsOf& as_of, ApplyFunction apply, EventCursor* cursor,
                  StreamRead* read) {
  read->place.head = cursor->snapshot_head();
  for (const EventView& event : *cursor) {
    if (IsAfter(as_of, event)) return absl::OkStatus();
    DAYBOOK_RETURN_IF_ERROR(apply(event));
    if (!read->first_revision) read->first_revision = event.revision;
    read->place.position = event.position;
    read->place.revision = event.revision;
  }
  return cursor->status();
}

}  // namespace

absl::StatusOr<StreamRead> ReadStreamTo(EventStore& store,
                                        std::string_view stream,
                                        std::optional<Revision> from,
                                        const AsOf& as_of,
                                        ApplyFunction apply) {
  // The last revision of a stream whose events are all hidden.
  std::optional<Revision> hidden;
  while (true) {
    StreamRead read;
    read.place.head = store.Head();
    absl::StatusOr<EventCursor> cursor =
        store.ReadStream(stream, {.from = from});
    if (absl::IsNotFound(cursor.status())) return read;
    if (!cursor.ok()) return cursor.status();
    DAYBOOK_RETURN_IF_ERROR(Read(as_of, apply, &*cursor, &read));
    if (read.place.revision || from || !as_of.is_now()) return read;
    if (hidden) {
      read.place.revision = hidden;
      return read;
    }
    // Where the stream stands is asked before it is read once more, so that an
    // event appended in between is either read or makes an append conflict.
    absl::StatusOr<StreamInfo> info = store.GetStream(stream);
    if (absl::IsNotFound(info.status())) return read;
    if (!info.ok()) return info.status();
    if (!info->last_revision) return read;
    hidden = info->last_revision;
  }
}

absl::StatusOr<FoldPlace> ReadQueryTo(EventStore& store, const Query& query,
                                      std::optional<Position> from,
                                      const AsOf& as_of, ApplyFunction apply) {
  DAYBOOK_ASSIGN_OR_RETURN(
      EventCursor cursor,
      store.ReadQuery(
          query, {.from = from, .to = as_of.position, .to_time = as_of.time}));
  StreamRead read;
  DAYBOOK_RETURN_IF_ERROR(Read(as_of, apply, &cursor, &read));
  // Events of several streams: the last one's revision says nothing.
  read.place.revision.reset();
  return read.place;
}

}  // namespace daybook::internal
