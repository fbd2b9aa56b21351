#include "replay/moment.h"

#include "store/status_macros.h"

namespace daybook {

absl::StatusOr<Position> EndOf(EventStore& store, const AsOf& as_of) {
  if (as_of.is_now()) return store.Head();
  DAYBOOK_ASSIGN_OR_RETURN(EventCursor cursor,
                           store.ReadLog({.to = as_of.position,
                                          .to_time = as_of.time,
                                          .direction = Direction::kBackward,
                                          .limit = 1}));
  if (cursor.Next()) return cursor.event().position.Next();
  DAYBOOK_RETURN_IF_ERROR(cursor.status());
  return Position(0);
}

}  // namespace daybook
