#include "daybook/projections/typed_event.h"

#include "absl/strings/str_cat.h"
#include "store/strings.h"

namespace daybook::internal {

absl::Status ParsePayload(const EventView& event,
                          google::protobuf::Message* message) {
  // In two steps, because protobuf prints what it finds missing.
  if (message->ParsePartialFromArray(event.payload.data(),
                                     static_cast<int>(event.payload.size())) &&
      message->IsInitialized()) {
    return absl::OkStatus();
  }
  return absl::DataLossError(
      absl::StrCat("position ", event.position.value(), ": the payload of ",
                   Quoted(event.type), " is no ", message->GetTypeName()));
}

absl::Status NotOfType(const EventView& event, std::string_view type) {
  return absl::InvalidArgumentError(absl::StrCat(
      "position ", event.position.value(), ": the event is a ",
      Quoted(event.type), " of ", Quoted(event.content_type), ", not a ",
      Quoted(type), " of ", Quoted(kProtobufContentType)));
}

}  // namespace daybook::internal
