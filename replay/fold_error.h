// What is said of an event that can't be folded.

#ifndef DAYBOOK_REPLAY_FOLD_ERROR_H_
#define DAYBOOK_REPLAY_FOLD_ERROR_H_

#include <string_view>

#include "absl/status/status.h"
#include "daybook/projections/event_info.h"
#include "daybook/store/event.h"

namespace daybook {

// `status`, with the projection's name and where the event is.
absl::Status AtEvent(const absl::Status& status, std::string_view projection,
                     const EventInfo& event);
inline absl::Status AtEvent(const absl::Status& status,
                            std::string_view projection,
                            const EventView& event) {
  return AtEvent(status, projection, EventInfo::Of(event));
}

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_FOLD_ERROR_H_
