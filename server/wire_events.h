// Stored events on the wire: a serialised StoredEventList, written and read by
// hand, since catching up pays for every field of every event.

#ifndef DAYBOOK_SERVER_WIRE_EVENTS_H_
#define DAYBOOK_SERVER_WIRE_EVENTS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "daybook/store/event.h"

namespace daybook::wire {

// Appends one event to a StoredEventList.
void AppendEvent(const EventView& event, std::string* list);

// The events of a StoredEventList, with the memory they point into. Movable:
// views stay valid.
class EventList {
 public:
  EventList() = default;
  EventList(EventList&&) = default;
  EventList& operator=(EventList&&) = default;

  // Errors: kInternal for bytes that are none; then it is empty.
  absl::Status Parse(std::string bytes);

  std::vector<EventView>& events() { return events_; }

 private:
  // On the heap, so that views survive a move.
  std::unique_ptr<const std::string> bytes_;
  // Tags as TagList wants them: without the numbers of fields between them.
  std::unique_ptr<char[]> tags_;
  std::vector<EventView> events_;
};

}  // namespace daybook::wire

#endif  // DAYBOOK_SERVER_WIRE_EVENTS_H_
