#include "server/wire.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "daybook/store/version.h"
#include "store/expected_revision.h"
#include "store/status_macros.h"

namespace daybook::wire {
namespace {

constexpr int64_t kMicrosMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kMicrosMax = std::numeric_limits<int64_t>::max();

void ToMessage(const Metadata& metadata, v1::NewMetadata* message) {
  message->set_correlation_id(metadata.correlation_id);
  message->set_causation_id(metadata.causation_id);
  message->set_traceparent(metadata.traceparent);
  message->set_tracestate(metadata.tracestate);
  message->set_actor(metadata.actor);
  for (const auto& [name, value] : metadata.fields) {
    v1::NewMetadata::Field& field = *message->add_fields();
    field.set_name(name);
    field.set_value(value);
  }
}

Metadata FromMessage(const v1::NewMetadata& message) {
  Metadata metadata;
  metadata.correlation_id = message.correlation_id();
  metadata.causation_id = message.causation_id();
  metadata.traceparent = message.traceparent();
  metadata.tracestate = message.tracestate();
  metadata.actor = message.actor();
  for (const v1::NewMetadata::Field& field : message.fields()) {
    metadata.fields[field.name()] = field.value();
  }
  return metadata;
}

void ToMessage(const StreamEvent& event, v1::NewEvent* message) {
  message->set_stream(event.stream);
  message->set_type(event.event.type);
  message->set_payload(event.event.payload);
  message->set_content_type(event.event.content_type);
  for (const std::string& tag : event.event.tags) message->add_tags(tag);
  if (!event.event.metadata.empty()) {
    ToMessage(event.event.metadata, message->mutable_metadata());
  }
  if (event.event.occurred_at.has_value()) {
    message->set_occurred_at(ToMicros(*event.event.occurred_at));
  }
  message->set_source(event.event.source);
  if (event.event.id.has_value()) {
    message->set_id(std::string(BytesOf(*event.event.id)));
  }
  message->set_schema(event.event.schema.value());
  if (event.event.signature.has_value()) {
    v1::NewSignature& signature = *message->mutable_signature();
    signature.set_bytes(event.event.signature->bytes);
    signature.set_payload_salt(
        std::string(BytesOf(event.event.signature->payload_salt)));
    signature.set_metadata_salt(
        std::string(BytesOf(event.event.signature->metadata_salt)));
  }
}

absl::StatusOr<StreamEvent> FromMessage(const v1::NewEvent& message) {
  StreamEvent read;
  read.stream = message.stream();
  NewEvent& event = read.event;
  event.type = message.type();
  event.payload = message.payload();
  event.content_type = message.content_type();
  event.tags.assign(message.tags().begin(), message.tags().end());
  if (message.has_metadata()) event.metadata = FromMessage(message.metadata());
  if (message.has_occurred_at()) {
    event.occurred_at = ToTime(message.occurred_at());
  }
  event.source = message.source();
  if (message.has_id()) {
    event.id = ToId(message.id());
    if (!event.id.has_value()) {
      return absl::InvalidArgumentError("an event's id is not of 16 bytes");
    }
  }
  event.schema = SchemaHash(message.schema());
  if (message.has_signature()) {
    event.signature.emplace();
    event.signature->bytes = message.signature().bytes();
    const std::optional<audit::Salt> payload_salt =
        ToSalt(message.signature().payload_salt());
    const std::optional<audit::Salt> metadata_salt =
        ToSalt(message.signature().metadata_salt());
    if (!payload_salt.has_value() || !metadata_salt.has_value()) {
      return absl::InvalidArgumentError(
          "a signature's salt is not of 16 bytes");
    }
    event.signature->payload_salt = *payload_salt;
    event.signature->metadata_salt = *metadata_salt;
  }
  return read;
}

}  // namespace

v1::HelloRequest HelloRequest() {
  v1::HelloRequest request;
  request.set_protocol_min(kProtocol);
  request.set_protocol_max(kProtocol);
  request.set_version(std::string(Version()));
  return request;
}

// --- Numbers

int64_t ToMicros(absl::Time time) {
  if (time == absl::InfiniteFuture()) return kMicrosMax;
  if (time == absl::InfinitePast()) return kMicrosMin;
  return absl::ToUnixMicros(time);
}

absl::Time ToTime(int64_t micros) {
  if (micros == kMicrosMax) return absl::InfiniteFuture();
  if (micros == kMicrosMin) return absl::InfinitePast();
  return absl::FromUnixMicros(micros);
}

int64_t ToMicros(absl::Duration duration) {
  return absl::ToInt64Microseconds(duration);
}

absl::Duration ToDuration(int64_t micros) {
  if (micros == kMicrosMax) return absl::InfiniteDuration();
  return absl::Microseconds(micros);
}

std::optional<EventId> ToId(std::string_view bytes) {
  if (bytes.size() != EventId::kSize) return std::nullopt;
  return EventId::FromBytes(bytes);
}

std::string_view BytesOf(const EventId& id) {
  return {reinterpret_cast<const char*>(id.bytes().data()), EventId::kSize};
}

std::optional<audit::Salt> ToSalt(std::string_view bytes) {
  audit::Salt salt{};
  if (bytes.size() != salt.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), salt.begin());
  return salt;
}

std::string_view BytesOf(const audit::Salt& salt) {
  return {reinterpret_cast<const char*>(salt.data()), salt.size()};
}

// --- Queries and appends

void ToMessage(const Query& query, v1::Query* message) {
  for (const QueryItem& item : query.items) {
    v1::Query::Item& added = *message->add_items();
    for (const std::string& type : item.types) added.add_types(type);
    for (const std::string& tag : item.tags) added.add_tags(tag);
    added.set_category(item.category);
    added.set_correlation_id(item.correlation_id);
  }
}

Query FromMessage(const v1::Query& message) {
  Query query;
  for (const v1::Query::Item& item : message.items()) {
    QueryItem& added = query.items.emplace_back();
    added.types.assign(item.types().begin(), item.types().end());
    added.tags.assign(item.tags().begin(), item.tags().end());
    added.category = item.category();
    added.correlation_id = item.correlation_id();
  }
  return query;
}

void ToMessage(const AppendRequest& request, v1::AppendRequest* message) {
  message->mutable_events()->Reserve(static_cast<int>(request.events.size()));
  for (const StreamEvent& event : request.events) {
    ToMessage(event, message->add_events());
  }
  for (const StreamExpectation& expectation : request.expectations) {
    v1::StreamExpectation& added = *message->add_expectations();
    added.set_stream(expectation.stream);
    *added.mutable_expected() = RevisionMessage(expectation.expected);
  }
  if (request.condition.has_value()) {
    v1::AppendCondition& condition = *message->mutable_condition();
    ToMessage(request.condition->fail_if_matches,
              condition.mutable_fail_if_matches());
    if (request.condition->after.has_value()) {
      condition.set_after(request.condition->after->value());
    }
  }
  message->set_key(request.key);
  message->set_result(request.result);
}

absl::StatusOr<AppendRequest> FromMessage(const v1::AppendRequest& message) {
  AppendRequest request;
  request.events.reserve(message.events_size());
  for (const v1::NewEvent& event : message.events()) {
    DAYBOOK_ASSIGN_OR_RETURN(StreamEvent read, FromMessage(event));
    request.events.push_back(std::move(read));
  }
  for (const v1::StreamExpectation& expectation : message.expectations()) {
    request.expectations.push_back(
        {expectation.stream(), RevisionOf(expectation.expected())});
  }
  if (message.has_condition()) {
    request.condition.emplace();
    request.condition->fail_if_matches =
        FromMessage(message.condition().fail_if_matches());
    if (message.condition().has_after()) {
      request.condition->after = Position(message.condition().after());
    }
  }
  request.key = message.key();
  request.result = message.result();
  return request;
}

void ToMessage(const AppendResult& result, v1::AppendResult* message) {
  message->set_first_position(result.first_position.value());
  message->set_last_position(result.last_position.value());
  message->set_recorded_at(ToMicros(result.recorded_at));
  for (const StreamEnd& end : result.streams) {
    v1::AppendResult::StreamEnd& added = *message->add_streams();
    added.set_stream(end.stream);
    added.set_last_revision(end.last_revision.value());
  }
  message->set_repeated(result.repeated);
  message->set_result(result.result);
}

AppendResult FromMessage(const v1::AppendResult& message) {
  AppendResult result;
  result.first_position = Position(message.first_position());
  result.last_position = Position(message.last_position());
  result.recorded_at = ToTime(message.recorded_at());
  for (const v1::AppendResult::StreamEnd& end : message.streams()) {
    result.streams.push_back({end.stream(), Revision(end.last_revision())});
  }
  result.repeated = message.repeated();
  result.result = message.result();
  return result;
}

void ToMessage(const Operation& operation,
               v1::RecordOperationRequest* message) {
  message->set_user(operation.user);
  message->set_command(operation.command);
  message->set_reason(operation.reason);
}

Operation FromMessage(const v1::RecordOperationRequest& message) {
  return {.user = message.user(),
          .command = message.command(),
          .reason = message.reason()};
}

}  // namespace daybook::wire
