// What reads events, and what they are of: streams, schemas, subscriptions.

#include <optional>
#include <string>
#include <utility>

#include "server/remote_engine.h"
#include "server/remote_read.h"
#include "server/remote_subscription.h"
#include "server/wire.h"
#include "server/wire_events.h"
#include "server/wire_info.h"
#include "store/errors_internal.h"
#include "store/status_macros.h"
#include "store/system_events.h"

namespace daybook {
namespace {

using Stub = v1::StoreService::Stub;

absl::StatusOr<Event> TheEvent(v1::EventBatch batch) {
  wire::EventList list;
  DAYBOOK_RETURN_IF_ERROR(list.Parse(std::move(*batch.mutable_events())));
  if (list.events().size() != 1) {
    return absl::InternalError("the server sent no event");
  }
  return list.events().front().ToEvent();
}

v1::ReadRequest ToRequest(const ReadLogOptions& options) {
  v1::ReadRequest request;
  v1::ReadRequest::Log& log = *request.mutable_log();
  if (options.from.has_value()) log.set_from(options.from->value());
  if (options.to.has_value()) log.set_to(options.to->value());
  if (options.from_time.has_value()) {
    // Events are recorded at whole microseconds: the first one not before.
    const int64_t micros = wire::ToMicros(*options.from_time);
    const bool is_between = wire::ToTime(micros) < *options.from_time;
    log.set_from_time(is_between ? micros + 1 : micros);
  }
  if (options.to_time.has_value()) {
    log.set_to_time(wire::ToMicros(*options.to_time));
  }
  request.set_backward(options.direction == Direction::kBackward);
  if (options.limit != kNoLimit) request.set_limit(options.limit);
  return request;
}

}  // namespace

// --- Events

absl::StatusOr<EventCursor> RemoteEngine::ReadStream(
    std::string_view stream, const ReadStreamOptions& options) {
  v1::ReadRequest request;
  v1::ReadRequest::Stream& asked = *request.mutable_stream();
  asked.set_stream(std::string(stream));
  if (options.from.has_value()) asked.set_from(options.from->value());
  if (options.to.has_value()) asked.set_to(options.to->value());
  request.set_backward(options.direction == Direction::kBackward);
  if (options.limit != kNoLimit) request.set_limit(options.limit);
  return ReadRemote(*connector_, request);
}

absl::StatusOr<EventCursor> RemoteEngine::ReadLog(
    const ReadLogOptions& options) {
  return ReadRemote(*connector_, ToRequest(options));
}

absl::StatusOr<EventCursor> RemoteEngine::ReadQuery(
    const Query& query, const ReadLogOptions& options) {
  v1::ReadRequest request = ToRequest(options);
  wire::ToMessage(query, request.mutable_log()->mutable_query());
  return ReadRemote(*connector_, request);
}

absl::StatusOr<Event> RemoteEngine::ReadEvent(Position position) {
  v1::ReadEventRequest request;
  request.set_position(position.value());
  v1::EventBatch reply;
  DAYBOOK_RETURN_IF_ERROR(calls_.Call(&Stub::ReadEvent, request, &reply));
  return TheEvent(std::move(reply));
}

absl::StatusOr<Event> RemoteEngine::FindEvent(const EventId& id) {
  v1::FindEventRequest request;
  request.set_id(std::string(wire::BytesOf(id)));
  v1::EventBatch reply;
  DAYBOOK_RETURN_IF_ERROR(calls_.Call(&Stub::FindEvent, request, &reply));
  return TheEvent(std::move(reply));
}

absl::Status RemoteEngine::WaitForEvent(Position position,
                                        absl::Duration timeout) {
  v1::WaitForEventRequest request;
  request.set_position(position.value());
  request.set_timeout(wire::ToMicros(timeout));
  return calls_.Wait(&Stub::WaitForEvent, request);
}

// --- Streams and schemas

absl::StatusOr<StreamInfo> RemoteEngine::GetStream(std::string_view stream) {
  v1::GetStreamRequest request;
  request.set_stream(std::string(stream));
  v1::StreamInfo reply;
  DAYBOOK_RETURN_IF_ERROR(calls_.Call(&Stub::GetStream, request, &reply));
  return wire::FromMessage(reply);
}

absl::StatusOr<StreamCursor> RemoteEngine::ListStreams(
    const ListStreamsOptions& options) {
  return ListRemote(*connector_, options);
}

absl::StatusOr<SchemaHash> RemoteEngine::RegisterSchema(const Schema& schema) {
  v1::RegisterSchemaRequest request;
  wire::ToMessage(schema, request.mutable_schema());
  v1::RegisterSchemaReply reply;
  DAYBOOK_RETURN_IF_ERROR(calls_.Call(&Stub::RegisterSchema, request, &reply));
  return SchemaHash(reply.hash());
}

absl::StatusOr<RegisteredSchema> RemoteEngine::FindSchema(SchemaHash hash) {
  v1::FindSchemaRequest request;
  request.set_hash(hash.value());
  v1::RegisteredSchema reply;
  DAYBOOK_RETURN_IF_ERROR(calls_.Call(&Stub::FindSchema, request, &reply));
  return wire::FromMessage(reply);
}

absl::StatusOr<std::vector<RegisteredSchema>> RemoteEngine::ListSchemas() {
  return ReadAll<RegisteredSchema, v1::RegisteredSchema>(
      *connector_, &Stub::ListSchemas, v1::ListSchemasRequest());
}

absl::StatusOr<Producers> RemoteEngine::ReadProducers(
    std::optional<Position> position) {
  Producers producers;
  absl::StatusOr<EventCursor> cursor = ReadStream(kProducersStream, {});
  if (absl::IsNotFound(cursor.status())) return producers;
  DAYBOOK_RETURN_IF_ERROR(cursor.status());
  for (const EventView& event : *cursor) {
    if (position.has_value() && event.position >= *position) break;
    const absl::Status applied = producers.Apply(event);
    if (applied.ok()) continue;
    return DamageError(event.position, std::string(applied.message()));
  }
  DAYBOOK_RETURN_IF_ERROR(cursor->status());
  return producers;
}

// --- Subscriptions

absl::StatusOr<std::unique_ptr<Subscription>> RemoteEngine::Subscribe(
    const SubscribeOptions& options) {
  return RemoteSubscription::Start(connector_, options);
}

absl::Status RemoteEngine::WaitHandled(std::string_view name, Position position,
                                       absl::Duration timeout) {
  v1::WaitHandledRequest request;
  request.set_name(std::string(name));
  request.set_position(position.value());
  request.set_timeout(wire::ToMicros(timeout));
  return calls_.Wait(&Stub::WaitHandled, request);
}

absl::StatusOr<std::vector<SubscriptionInfo>>
RemoteEngine::ListSubscriptions() {
  return ReadAll<SubscriptionInfo, v1::SubscriptionInfo>(
      *connector_, &Stub::ListSubscriptions, v1::ListSubscriptionsRequest());
}

absl::StatusOr<SubscriptionInfo> RemoteEngine::GetSubscription(
    std::string_view name) {
  v1::SubscriptionName request;
  request.set_name(std::string(name));
  v1::SubscriptionInfo reply;
  DAYBOOK_RETURN_IF_ERROR(calls_.Call(&Stub::GetSubscription, request, &reply));
  return wire::FromMessage(reply);
}

absl::Status RemoteEngine::ResetSubscription(std::string_view name,
                                             Position position) {
  v1::ResetSubscriptionRequest request;
  request.set_name(std::string(name));
  request.set_position(position.value());
  v1::Done reply;
  return calls_.Call(&Stub::ResetSubscription, request, &reply);
}

absl::Status RemoteEngine::DeleteSubscription(std::string_view name) {
  v1::SubscriptionName request;
  request.set_name(std::string(name));
  v1::Done reply;
  return calls_.Call(&Stub::DeleteSubscription, request, &reply);
}

}  // namespace daybook
