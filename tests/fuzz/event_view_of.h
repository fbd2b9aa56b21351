// An event that is nowhere stored, as a reader of a store would see it.

#ifndef DAYBOOK_TESTS_FUZZ_EVENT_VIEW_OF_H_
#define DAYBOOK_TESTS_FUZZ_EVENT_VIEW_OF_H_

#include <string>

#include "daybook/store/append.h"
#include "daybook/store/event.h"
#include "store/body.h"

namespace daybook::fuzz {

// `event` must stay as it is as long as the view is used.
class StoredEvent {
 public:
  explicit StoredEvent(const StreamEvent& event) {
    EncodeBody(event.event, event.event.id.value_or(EventId()), &body_);
    DecodeBody(body_, &view_);
    view_.stream = event.stream;
    view_.type = event.event.type;
    view_.source = event.event.source;
    view_.content_type = event.event.content_type;
    view_.append.count = 1;
  }
  StoredEvent(const StoredEvent&) = delete;
  StoredEvent& operator=(const StoredEvent&) = delete;

  const EventView& view() const { return view_; }
  EventView& view() { return view_; }

 private:
  std::string body_;
  EventView view_;
};

}  // namespace daybook::fuzz

#endif  // DAYBOOK_TESTS_FUZZ_EVENT_VIEW_OF_H_
