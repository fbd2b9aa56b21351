#include "replay/fold_error.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "store/strings.h"

namespace daybook {

absl::Status AtEvent(const absl::Status& status, std::string_view projection,
                     const EventInfo& event) {
  absl::Status with_place(
      status.code(),
      absl::StrCat("projection ", Quoted(projection), ", event at position ",
                   event.position.value(), " of ", Quoted(event.stream), ": ",
                   status.message()));
  status.ForEachPayload([&](absl::string_view type, const absl::Cord& payload) {
    with_place.SetPayload(type, payload);
  });
  return with_place;
}

}  // namespace daybook
