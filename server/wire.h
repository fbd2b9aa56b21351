// Appends and queries, as messages of service.proto and as the store has them;
// and the numbers in all messages. Neither side trusts the other to have
// checked anything: the store does, when it is called.

#ifndef DAYBOOK_SERVER_WIRE_H_
#define DAYBOOK_SERVER_WIRE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/append.h"
#include "daybook/store/audit.h"
#include "daybook/store/event.h"
#include "daybook/store/query.h"
#include "daybook/v1/service.pb.h"

namespace daybook::wire {

// The protocol of service.proto that this code speaks.
inline constexpr uint32_t kProtocol = 1;
// Of a message: an append and a batch of rows are 64 MiB at most, and what
// stands between their bytes on the wire comes on top.
inline constexpr int kMessageBytesMax = 128 << 20;
// Of what is sent and read in one go: a batch of events. HTTP/2's own 16 KiB
// would have each batch cut, copied and waited for many times.
inline constexpr int kFrameBytesMax = 1 << 20;
// What gRPC reads ahead of who takes slowly, for each call: of its own accord
// it would measure the connection with pings.
inline constexpr int kReadAheadBytes = 1 << 20;
// Of a trailer with an error in it.
inline constexpr int kTrailerBytesMax = 64 << 10;

int64_t ToMicros(absl::Time time);
absl::Time ToTime(int64_t micros);
int64_t ToMicros(absl::Duration duration);
absl::Duration ToDuration(int64_t micros);

// What a client says first.
v1::HelloRequest HelloRequest();

// Nothing unless `bytes` are an id.
std::optional<EventId> ToId(std::string_view bytes);
std::string_view BytesOf(const EventId& id);
// Likewise of salts.
std::optional<audit::Salt> ToSalt(std::string_view bytes);
std::string_view BytesOf(const audit::Salt& salt);

// Each pair: to the message, and back. A message is empty before.
void ToMessage(const Query& query, v1::Query* message);
Query FromMessage(const v1::Query& message);

void ToMessage(const AppendRequest& request, v1::AppendRequest* message);
// Errors: kInvalidArgument for ids and salts of another length.
absl::StatusOr<AppendRequest> FromMessage(const v1::AppendRequest& message);

void ToMessage(const AppendResult& result, v1::AppendResult* message);
AppendResult FromMessage(const v1::AppendResult& message);

void ToMessage(const Operation& operation, v1::RecordOperationRequest* message);
Operation FromMessage(const v1::RecordOperationRequest& message);

}  // namespace daybook::wire

#endif  // DAYBOOK_SERVER_WIRE_H_
