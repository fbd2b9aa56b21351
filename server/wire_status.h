// Errors on the wire: an absl::Status with its payloads, as CallStatus.

#ifndef DAYBOOK_SERVER_WIRE_STATUS_H_
#define DAYBOOK_SERVER_WIRE_STATUS_H_

#include <string_view>

#include "absl/status/status.h"
#include "daybook/v1/service.pb.h"

namespace daybook::wire {

// REQUIRES: !status.ok(). Cuts messages that are too long for a trailer.
void ToMessage(const absl::Status& status, v1::CallStatus* message);
// kUnknown for what is no error.
absl::Status FromMessage(const v1::CallStatus& message);

// The process that holds the store is not there any more, or not yet.
absl::Status GoneError(std::string_view why);

}  // namespace daybook::wire

#endif  // DAYBOOK_SERVER_WIRE_STATUS_H_
