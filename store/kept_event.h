// An event that is kept, as the view that writers of events take.

#ifndef DAYBOOK_STORE_KEPT_EVENT_H_
#define DAYBOOK_STORE_KEPT_EVENT_H_

#include <string>

#include "daybook/store/event.h"

namespace daybook {

// What a view has in another form than an event.
struct EncodedParts {
  std::string tags;
  std::string metadata;

  static EncodedParts Of(const Event& event);
};

// The opposite of EventView::ToEvent(). It points into both, which must stay
// where they are.
EventView ViewOf(const Event& event, const EncodedParts& encoded);

}  // namespace daybook

#endif  // DAYBOOK_STORE_KEPT_EVENT_H_
