// What calls hand over and give back, as messages of service.proto and as the
// store has it. Neither side trusts the other to have checked anything: the
// store does, when it is called.

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
#include "daybook/store/backup.h"
#include "daybook/store/event_store.h"
#include "daybook/store/query.h"
#include "daybook/store/read.h"
#include "daybook/store/schema.h"
#include "daybook/store/subscription.h"
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
// Of a trailer with an error in it.
inline constexpr int kTrailerBytesMax = 64 << 10;

int64_t ToMicros(absl::Time time);
absl::Time ToTime(int64_t micros);
int64_t ToMicros(absl::Duration duration);
absl::Duration ToDuration(int64_t micros);

// Nothing unless `bytes` are an id.
std::optional<EventId> ToId(std::string_view bytes);
std::string_view BytesOf(const EventId& id);

// Each pair: to the message, and back. A message is empty before.
void ToMessage(const Query& query, v1::Query* message);
Query FromMessage(const v1::Query& message);

void ToMessage(ExpectedRevision expected, v1::ExpectedRevision* message);
ExpectedRevision FromMessage(const v1::ExpectedRevision& message);

void ToMessage(const AppendRequest& request, v1::AppendRequest* message);
// Errors: kInvalidArgument for ids and salts of another length.
absl::StatusOr<AppendRequest> FromMessage(const v1::AppendRequest& message);

void ToMessage(const AppendResult& result, v1::AppendResult* message);
AppendResult FromMessage(const v1::AppendResult& message);

void ToMessage(const StreamMetadata& metadata, v1::StreamMetadata* message);
StreamMetadata FromMessage(const v1::StreamMetadata& message);

void ToMessage(const StreamInfo& info, v1::StreamInfo* message);
StreamInfo FromMessage(const v1::StreamInfo& message);

void ToMessage(const Schema& schema, v1::Schema* message);
Schema FromMessage(const v1::Schema& message);
void ToMessage(const RegisteredSchema& schema, v1::RegisteredSchema* message);
RegisteredSchema FromMessage(const v1::RegisteredSchema& message);

void ToMessage(const EventFilter& filter, v1::EventFilter* message);
EventFilter FromMessage(const v1::EventFilter& message);
void ToMessage(const SubscriptionInfo& info, v1::SubscriptionInfo* message);
SubscriptionInfo FromMessage(const v1::SubscriptionInfo& message);

void ToMessage(const TreeState& state, v1::TreeState* message);
TreeState FromMessage(const v1::TreeState& message);
void ToMessage(const KeptTreeHead& head, v1::KeptTreeHead* message);
// Errors: kInternal for a text that is no head.
absl::StatusOr<KeptTreeHead> FromMessage(const v1::KeptTreeHead& message);

void ToMessage(const CreatedBackup& backup, v1::BackupReply::Created* message);
CreatedBackup FromMessage(const v1::BackupReply::Created& message);

void ToMessage(const StoreStatus& status, v1::StoreStatus* message);
StoreStatus FromMessage(const v1::StoreStatus& message);

}  // namespace daybook::wire

#endif  // DAYBOOK_SERVER_WIRE_H_
