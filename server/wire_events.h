// Stored events on the wire: a serialised StoredEventList, written and read by
// hand, since catching up pays for every field of every event.

#ifndef DAYBOOK_SERVER_WIRE_EVENTS_H_
#define DAYBOOK_SERVER_WIRE_EVENTS_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "daybook/store/event.h"

namespace daybook::wire {

// Appends one event to a StoredEventList.
void AppendEvent(const EventView& event, std::string* list);
// The same at `*to`, which then is behind it. False, and nothing is written,
// where it does not end before `end`.
bool WriteEvent(const EventView& event, const char* end, char** to);

// The events of a StoredEventList, with the memory they point into. Movable:
// views stay valid.
class EventList {
 public:
  EventList() = default;
  EventList(EventList&&) = default;
  EventList& operator=(EventList&&) = default;

  // Errors: kInternal for bytes that are none; then it is empty.
  absl::Status Parse(std::string bytes);
  // Of bytes that are there as long as `owner` is.
  absl::Status Parse(std::string_view bytes, std::shared_ptr<const void> owner);

  // Lets go of the bytes.
  void Clear();

  std::vector<EventView>& events() { return events_; }

 private:
  std::shared_ptr<const void> owner_;
  // Tags as TagList wants them: without the numbers of fields between them.
  std::unique_ptr<char[]> tags_;
  size_t tags_size_ = 0;
  std::vector<EventView> events_;
};

}  // namespace daybook::wire

#endif  // DAYBOOK_SERVER_WIRE_EVENTS_H_
