#include "server/wire_kept_event.h"

#include "server/wire_events.h"
#include "store/kept_event.h"

namespace daybook::wire {

void AppendEvent(const Event& event, std::string* list) {
  const EncodedParts encoded = EncodedParts::Of(event);
  AppendEvent(ViewOf(event, encoded), list);
}

}  // namespace daybook::wire
