#include "tools/event_argument.h"

#include <algorithm>

#include "store/status_macros.h"
#include "tools/counted.h"
#include "tools/point.h"
#include "tools/text.h"

namespace daybook::tools {

absl::StatusOr<Position> FindEventArgument(const std::string& which,
                                           EventStore& store,
                                           const CommandContext& context) {
  const bool is_number =
      !which.empty() && std::all_of(which.begin(), which.end(), [](char c) {
        return '0' <= c && c <= '9';
      });
  if (which.starts_with('@') || is_number) {
    DAYBOOK_ASSIGN_OR_RETURN(const Point point,
                             ParsePoint(is_number ? "@" + which : which,
                                        context.clock->Now(), context.zone));
    if (point.position < store.Head()) return point.position;
    return absl::NotFoundError(
        Concat("no event at position ", point.position.value(),
               ", the store has ", Counted(store.Head().value(), "event")));
  }
  const absl::StatusOr<EventId> id = EventId::Parse(which);
  if (!id.ok()) {
    return absl::InvalidArgumentError(
        Concat(Quoted(which),
               " is neither an event's id, a UUID, nor a "
               "position like @123"));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const Event event, store.FindEvent(*id));
  return event.position;
}

}  // namespace daybook::tools
