// Finds an event by its id, of which there is no index: where the time that the
// id bears says that it should be, and then everywhere.

#ifndef DAYBOOK_STORE_FIND_EVENT_H_
#define DAYBOOK_STORE_FIND_EVENT_H_

#include "absl/status/statusor.h"
#include "daybook/store/event_store.h"

namespace daybook {

// EventStore::FindEvent(), through ReadLog().
absl::StatusOr<Event> FindEventInLog(EventStore& store, const EventId& id);

}  // namespace daybook

#endif  // DAYBOOK_STORE_FIND_EVENT_H_
