#include "server/wire_status.h"

#include <algorithm>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "store/strings.h"

namespace daybook::wire {
namespace {

// A message is for people; a trailer has room for this many bytes and the
// payloads, which are short.
constexpr size_t kMessageBytesMax = 8 << 10;

}  // namespace

void ToMessage(const absl::Status& status, v1::CallStatus* message) {
  message->set_code(static_cast<int>(status.code()));
  const absl::string_view text = status.message();
  message->set_message(text.data(), std::min(text.size(), kMessageBytesMax));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& value) {
    v1::CallStatus::Payload& payload = *message->add_payloads();
    payload.set_type_url(std::string(url));
    payload.set_value(std::string(value));
  });
}

absl::Status FromMessage(const v1::CallStatus& message) {
  auto code = static_cast<absl::StatusCode>(message.code());
  if (message.code() <= 0 || message.code() > 16) {
    code = absl::StatusCode::kUnknown;
  }
  absl::Status status(code, message.message());
  for (const v1::CallStatus::Payload& payload : message.payloads()) {
    status.SetPayload(payload.type_url(), absl::Cord(payload.value()));
  }
  return status;
}

absl::Status GoneError(std::string_view why) {
  return absl::UnavailableError(absl::StrCat(
      "the process that holds the store does not answer: ", ToAbsl(why)));
}

}  // namespace daybook::wire
