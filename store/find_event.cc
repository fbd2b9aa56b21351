#include "store/find_event.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

// An event is recorded this close to the time its id bears, nearly always.
constexpr absl::Duration kIdTimeSlack = absl::Minutes(10);

// The time a UUIDv7 bears.
std::optional<absl::Time> TimeOf(const EventId& id) {
  if (id.bytes()[6] >> 4 != 7) return std::nullopt;
  int64_t millis = 0;
  for (size_t i = 0; i < 6; ++i) millis = millis << 8 | id.bytes()[i];
  return absl::FromUnixMillis(millis);
}

// The first event of `range` with this id, if any.
absl::StatusOr<std::optional<Event>> Scan(EventStore& store, const EventId& id,
                                          const ReadLogOptions& range) {
  DAYBOOK_ASSIGN_OR_RETURN(EventCursor cursor, store.ReadLog(range));
  for (const EventView& event : cursor) {
    if (event.id == id) return std::optional<Event>(event.ToEvent());
  }
  DAYBOOK_RETURN_IF_ERROR(cursor.status());
  return std::nullopt;
}

}  // namespace

absl::StatusOr<Event> FindEventInLog(EventStore& store, const EventId& id) {
  std::optional<Event> found;
  if (const std::optional<absl::Time> time = TimeOf(id)) {
    ReadLogOptions around;
    around.from_time = *time - kIdTimeSlack;
    around.to_time = *time + kIdTimeSlack;
    DAYBOOK_ASSIGN_OR_RETURN(found, Scan(store, id, around));
  }
  if (!found.has_value()) {
    DAYBOOK_ASSIGN_OR_RETURN(found, Scan(store, id, ReadLogOptions()));
  }
  if (found.has_value()) return *std::move(found);
  return absl::NotFoundError(absl::StrCat("no event ", id.ToString()));
}

}  // namespace daybook
