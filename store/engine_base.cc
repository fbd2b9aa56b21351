#include "store/engine_base.h"

#include <string>
#include <utility>

#include "store/errors_internal.h"
#include "store/status_macros.h"
#include "store/system_events.h"
#include "store/validate.h"

namespace daybook {

EngineBase::EngineBase(Clock* clock, CheckpointKeeper::Schedule schedule)
    : subscriptions_(
          {.store = this,
           .clock = clock,
           .schedule = std::move(schedule),
           .watch = watch_,
           .durable_watch = durable_watch_,
           .make_feed =
               [this](const EventFilter& filter) { return MakeFeed(filter); }}),
      schemas_(this,
               [this](const AppendRequest& request) {
                 return AppendToSystem(request);
               }),
      producers_(this, [this](const AppendRequest& request) {
        return AppendToSystem(request);
      }) {}

// --- What is said of a stream -----------------------------------------------

absl::StatusOr<AppendResult> EngineBase::SetStreamMetadata(
    std::string_view stream, const StreamMetadata& metadata,
    ExpectedRevision expected) {
  DAYBOOK_RETURN_IF_ERROR(Refused(ValidateStreamName(stream)));
  DAYBOOK_RETURN_IF_ERROR(Refused(ValidateStreamMetadata(metadata)));
  return AppendSystemEvent(
      MetadataStreamOf(stream), stream,
      [&](const StreamState& state) -> absl::StatusOr<NewEvent> {
        DAYBOOK_RETURN_IF_ERROR(CheckSetMetadata(stream, expected, state));
        return StreamMetadataSetEvent(metadata);
      });
}

absl::StatusOr<AppendResult> EngineBase::DeleteStream(
    std::string_view stream, ExpectedRevision expected) {
  DAYBOOK_RETURN_IF_ERROR(Refused(ValidateStreamName(stream)));
  return AppendSystemEvent(
      MetadataStreamOf(stream), stream,
      [&](const StreamState& state) -> absl::StatusOr<NewEvent> {
        DAYBOOK_RETURN_IF_ERROR(CheckDelete(stream, expected, state));
        return StreamDeletedEvent(Revision(state.next_revision));
      });
}

absl::StatusOr<AppendResult> EngineBase::TombstoneStream(
    std::string_view stream, ExpectedRevision expected) {
  DAYBOOK_RETURN_IF_ERROR(Refused(ValidateStreamName(stream)));
  return AppendSystemEvent(
      MetadataStreamOf(stream), stream,
      [&](const StreamState& state) -> absl::StatusOr<NewEvent> {
        DAYBOOK_RETURN_IF_ERROR(CheckTombstone(stream, expected, state));
        return StreamTombstonedEvent(Revision(state.next_revision));
      });
}

absl::StatusOr<AppendResult> EngineBase::RecordOperation(
    const Operation& operation) {
  DAYBOOK_RETURN_IF_ERROR(Refused(ValidateOperation(operation)));
  return AppendSystemEvent(kOperationsStream, {},
                           [&](const StreamState&) -> absl::StatusOr<NewEvent> {
                             return OperationEvent(operation);
                           });
}

// --- Schemas ----------------------------------------------------------------

absl::StatusOr<SchemaHash> EngineBase::RegisterSchema(const Schema& schema) {
  DAYBOOK_RETURN_IF_ERROR(CheckStillOpen());
  return schemas_.Register(schema);
}

absl::StatusOr<RegisteredSchema> EngineBase::FindSchema(SchemaHash hash) {
  return schemas_.Find(hash);
}

absl::StatusOr<std::vector<RegisteredSchema>> EngineBase::ListSchemas() {
  return schemas_.List();
}

// --- Producers --------------------------------------------------------------

absl::StatusOr<AppendResult> EngineBase::AddProducer(
    const audit::VerifierKey& key, std::string_view origin) {
  return producers_.Add(key, origin);
}

absl::StatusOr<AppendResult> EngineBase::RevokeProducer(
    std::string_view key_name, uint32_t key_id, std::string_view reason) {
  return producers_.Revoke(key_name, key_id, reason);
}

absl::StatusOr<AppendResult> EngineBase::SetProducerPolicy(
    std::string_view prefix, ProducerPolicy policy) {
  return producers_.SetPolicy(prefix, policy);
}

absl::StatusOr<Producers> EngineBase::ReadProducers(
    std::optional<Position> position) {
  return producers_.Read(position);
}

// --- Subscriptions ----------------------------------------------------------

absl::Status EngineBase::WaitForEvent(Position position,
                                      absl::Duration timeout) {
  return watch_->Wait(position, timeout);
}

absl::StatusOr<std::unique_ptr<Subscription>> EngineBase::Subscribe(
    const SubscribeOptions& options) {
  return subscriptions_.Subscribe(options);
}

absl::Status EngineBase::WaitHandled(std::string_view name, Position position,
                                     absl::Duration timeout) {
  return subscriptions_.checkpoints().WaitHandled(name, position, timeout);
}

absl::StatusOr<std::vector<SubscriptionInfo>> EngineBase::ListSubscriptions() {
  return subscriptions_.checkpoints().List();
}

absl::StatusOr<SubscriptionInfo> EngineBase::GetSubscription(
    std::string_view name) {
  return subscriptions_.checkpoints().Find(name);
}

absl::Status EngineBase::ResetSubscription(std::string_view name,
                                           Position position) {
  return subscriptions_.checkpoints().Reset(name, position);
}

absl::Status EngineBase::DeleteSubscription(std::string_view name) {
  return subscriptions_.checkpoints().Delete(name);
}

}  // namespace daybook
