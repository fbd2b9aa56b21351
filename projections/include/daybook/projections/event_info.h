// EventInfo is what a fold may know of an event beside its message.

#ifndef DAYBOOK_PROJECTIONS_EVENT_INFO_H_
#define DAYBOOK_PROJECTIONS_EVENT_INFO_H_

#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "daybook/store/event.h"
#include "daybook/store/numbers.h"

namespace daybook {

// A view: `stream` is valid during the call that is given it.
struct EventInfo {
  Position position;
  Revision revision;
  std::string_view stream;
  EventId id;
  absl::Time recorded_at;
  std::optional<absl::Time> occurred_at;

  // When it happened: as said by who appended it, or else when it was stored.
  absl::Time time() const { return occurred_at.value_or(recorded_at); }

  static EventInfo Of(const EventView& event) {
    return {event.position, event.revision,    event.stream,
            event.id,       event.recorded_at, event.occurred_at};
  }
};

}  // namespace daybook

#endif  // DAYBOOK_PROJECTIONS_EVENT_INFO_H_
