#include "replay/fold_error.h"

#include "absl/strings/str_cat.h"
#include "store/status_message.h"
#include "store/strings.h"

namespace daybook {

absl::Status AtEvent(const absl::Status& status, std::string_view projection,
                     const EventInfo& event) {
  return WithMessage(
      status,
      absl::StrCat("projection ", Quoted(projection), ", event at position ",
                   event.position.value(), " of ", Quoted(event.stream), ": ",
                   status.message()));
}

}  // namespace daybook
