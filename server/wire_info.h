// What there is besides events, as messages of service.proto and as the store
// has it: streams, schemas, subscriptions, the audit tree, backups, and how the
// store stands.

#ifndef DAYBOOK_SERVER_WIRE_INFO_H_
#define DAYBOOK_SERVER_WIRE_INFO_H_

#include "absl/status/statusor.h"
#include "daybook/store/append.h"
#include "daybook/store/audit.h"
#include "daybook/store/backup.h"
#include "daybook/store/event_store.h"
#include "daybook/store/read.h"
#include "daybook/store/schema.h"
#include "daybook/store/subscription.h"
#include "daybook/v1/service.pb.h"

namespace daybook::wire {

// Each pair: to the message, and back. A message is empty before.
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

#endif  // DAYBOOK_SERVER_WIRE_INFO_H_
