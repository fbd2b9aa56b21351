// An event with its own memory on the wire: as AppendEvent() of wire_events.h
// writes it, for what is at hand already and need not be read again.

#ifndef DAYBOOK_SERVER_WIRE_KEPT_EVENT_H_
#define DAYBOOK_SERVER_WIRE_KEPT_EVENT_H_

#include <string>

#include "daybook/store/event.h"

namespace daybook::wire {

// Appends one event to a StoredEventList; without its append key, which an
// Event does not have.
void AppendEvent(const Event& event, std::string* list);

}  // namespace daybook::wire

#endif  // DAYBOOK_SERVER_WIRE_KEPT_EVENT_H_
