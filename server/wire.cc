#include "server/wire.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/audit/tree_head.h"
#include "server/wire_status.h"
#include "store/status_macros.h"

namespace daybook::wire {
namespace {

constexpr int64_t kMicrosMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kMicrosMax = std::numeric_limits<int64_t>::max();

// Nothing unless `bytes` are a salt.
bool ReadSalt(std::string_view bytes, audit::Salt* salt) {
  if (bytes.size() != salt->size()) return false;
  std::copy(bytes.begin(), bytes.end(), salt->begin());
  return true;
}

std::string_view ViewOf(const audit::Salt& salt) {
  return {reinterpret_cast<const char*>(salt.data()), salt.size()};
}

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
        std::string(ViewOf(event.event.signature->payload_salt)));
    signature.set_metadata_salt(
        std::string(ViewOf(event.event.signature->metadata_salt)));
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
    if (!ReadSalt(message.signature().payload_salt(),
                  &event.signature->payload_salt) ||
        !ReadSalt(message.signature().metadata_salt(),
                  &event.signature->metadata_salt)) {
      return absl::InvalidArgumentError(
          "a signature's salt is not of 16 bytes");
    }
  }
  return read;
}

}  // namespace

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

void ToMessage(ExpectedRevision expected, v1::ExpectedRevision* message) {
  switch (expected.kind()) {
    case ExpectedRevision::Kind::kAny:
      message->set_any(true);
      break;
    case ExpectedRevision::Kind::kNoStream:
      message->set_no_stream(true);
      break;
    case ExpectedRevision::Kind::kExists:
      message->set_exists(true);
      break;
    case ExpectedRevision::Kind::kExactly:
      message->set_exactly(expected.revision().value());
      break;
  }
}

ExpectedRevision FromMessage(const v1::ExpectedRevision& message) {
  switch (message.expected_case()) {
    case v1::ExpectedRevision::kNoStream:
      return ExpectedRevision::NoStream();
    case v1::ExpectedRevision::kExists:
      return ExpectedRevision::Exists();
    case v1::ExpectedRevision::kExactly:
      return ExpectedRevision::Exactly(Revision(message.exactly()));
    case v1::ExpectedRevision::kAny:
    case v1::ExpectedRevision::EXPECTED_NOT_SET:
      break;
  }
  return ExpectedRevision::Any();
}

void ToMessage(const AppendRequest& request, v1::AppendRequest* message) {
  message->mutable_events()->Reserve(static_cast<int>(request.events.size()));
  for (const StreamEvent& event : request.events) {
    ToMessage(event, message->add_events());
  }
  for (const StreamExpectation& expectation : request.expectations) {
    v1::StreamExpectation& added = *message->add_expectations();
    added.set_stream(expectation.stream);
    ToMessage(expectation.expected, added.mutable_expected());
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
        {expectation.stream(), FromMessage(expectation.expected())});
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

// --- Streams and schemas

void ToMessage(const StreamMetadata& metadata, v1::StreamMetadata* message) {
  if (metadata.max_count.has_value()) {
    message->set_max_count(*metadata.max_count);
  }
  if (metadata.truncate_before.has_value()) {
    message->set_truncate_before(metadata.truncate_before->value());
  }
  message->set_json(metadata.json);
}

StreamMetadata FromMessage(const v1::StreamMetadata& message) {
  StreamMetadata metadata;
  if (message.has_max_count()) metadata.max_count = message.max_count();
  if (message.has_truncate_before()) {
    metadata.truncate_before = Revision(message.truncate_before());
  }
  metadata.json = message.json();
  return metadata;
}

void ToMessage(const StreamInfo& info, v1::StreamInfo* message) {
  message->set_name(info.name);
  message->set_count(info.count);
  if (info.last_revision.has_value()) {
    message->set_last_revision(info.last_revision->value());
  }
  if (info.last_position.has_value()) {
    message->set_last_position(info.last_position->value());
  }
  message->set_first_revision(info.first_revision.value());
  message->set_deleted(info.deleted);
  message->set_tombstoned(info.tombstoned);
  ToMessage(info.metadata, message->mutable_metadata());
}

StreamInfo FromMessage(const v1::StreamInfo& message) {
  StreamInfo info;
  info.name = message.name();
  info.count = message.count();
  if (message.has_last_revision()) {
    info.last_revision = Revision(message.last_revision());
  }
  if (message.has_last_position()) {
    info.last_position = Position(message.last_position());
  }
  info.first_revision = Revision(message.first_revision());
  info.deleted = message.deleted();
  info.tombstoned = message.tombstoned();
  info.metadata = FromMessage(message.metadata());
  return info;
}

void ToMessage(const Schema& schema, v1::Schema* message) {
  message->set_type(schema.type);
  message->set_message(schema.message);
  message->set_descriptors(schema.descriptors);
  message->set_hash(schema.hash.value());
}

Schema FromMessage(const v1::Schema& message) {
  return {.type = message.type(),
          .message = message.message(),
          .descriptors = message.descriptors(),
          .hash = SchemaHash(message.hash())};
}

void ToMessage(const RegisteredSchema& schema, v1::RegisteredSchema* message) {
  ToMessage(schema.schema, message->mutable_schema());
  message->set_position(schema.position.value());
  message->set_recorded_at(ToMicros(schema.recorded_at));
}

RegisteredSchema FromMessage(const v1::RegisteredSchema& message) {
  return {.schema = FromMessage(message.schema()),
          .position = Position(message.position()),
          .recorded_at = ToTime(message.recorded_at())};
}

// --- Subscriptions

void ToMessage(const EventFilter& filter, v1::EventFilter* message) {
  message->set_stream(filter.stream);
  message->set_category(filter.category);
  message->set_stream_prefix(filter.stream_prefix);
  ToMessage(filter.query, message->mutable_query());
}

EventFilter FromMessage(const v1::EventFilter& message) {
  EventFilter filter;
  filter.stream = message.stream();
  filter.category = message.category();
  filter.stream_prefix = message.stream_prefix();
  filter.query = FromMessage(message.query());
  return filter;
}

void ToMessage(const SubscriptionInfo& info, v1::SubscriptionInfo* message) {
  message->set_name(info.name);
  ToMessage(info.filter, message->mutable_filter());
  message->set_created_at(ToMicros(info.created_at));
  message->set_open(info.open);
  message->set_checkpoint(info.checkpoint.value());
  message->set_stored_checkpoint(info.stored_checkpoint.value());
  message->set_lag_count(info.lag_count);
  message->set_lag(ToMicros(info.lag));
}

SubscriptionInfo FromMessage(const v1::SubscriptionInfo& message) {
  SubscriptionInfo info;
  info.name = message.name();
  info.filter = FromMessage(message.filter());
  info.created_at = ToTime(message.created_at());
  info.open = message.open();
  info.checkpoint = Position(message.checkpoint());
  info.stored_checkpoint = Position(message.stored_checkpoint());
  info.lag_count = message.lag_count();
  info.lag = ToDuration(message.lag());
  return info;
}

// --- Audit and backups

void ToMessage(const TreeState& state, v1::TreeState* message) {
  message->set_size(state.size);
  message->set_root(std::string(state.root.view()));
}

TreeState FromMessage(const v1::TreeState& message) {
  TreeState state;
  state.size = message.size();
  state.root = audit::Hash::FromBytes(message.root()).value_or(audit::Hash());
  return state;
}

void ToMessage(const KeptTreeHead& head, v1::KeptTreeHead* message) {
  message->set_text(head.text);
  message->set_is_signed(head.is_signed);
}

absl::StatusOr<KeptTreeHead> FromMessage(const v1::KeptTreeHead& message) {
  KeptTreeHead head;
  DAYBOOK_ASSIGN_OR_RETURN(head.head, audit::PeekTreeHead(message.text()));
  head.text = message.text();
  head.is_signed = message.is_signed();
  return head;
}

void ToMessage(const CreatedBackup& backup, v1::BackupReply::Created* message) {
  message->set_number(backup.backup.number);
  message->set_store_id(backup.backup.store_id);
  message->set_created_at(ToMicros(backup.backup.created_at));
  ToMessage(backup.backup.tree, message->mutable_tree());
  message->set_has_head(backup.backup.has_head);
  message->set_bytes(backup.backup.bytes);
  message->set_own_bytes(backup.backup.own_bytes);
  message->set_bytes_copied(backup.bytes_copied);
  message->set_bytes_shared(backup.bytes_shared);
  message->set_mended_count(backup.mended_count);
}

CreatedBackup FromMessage(const v1::BackupReply::Created& message) {
  CreatedBackup created;
  created.backup.number = message.number();
  created.backup.store_id = message.store_id();
  created.backup.created_at = ToTime(message.created_at());
  created.backup.tree = FromMessage(message.tree());
  created.backup.has_head = message.has_head();
  created.backup.bytes = message.bytes();
  created.backup.own_bytes = message.own_bytes();
  created.bytes_copied = message.bytes_copied();
  created.bytes_shared = message.bytes_shared();
  created.mended_count = message.mended_count();
  return created;
}

// --- Status

void ToMessage(const StoreStatus& status, v1::StoreStatus* message) {
  message->set_path(status.path);
  message->set_store_id(status.store_id);
  message->set_format(status.format);
  message->set_head(status.head.value());
  message->set_durable_head(status.durable_head.value());
  if (!status.health.ok()) ToMessage(status.health, message->mutable_health());
  if (!status.audit_health.ok()) {
    ToMessage(status.audit_health, message->mutable_audit_health());
  }
  message->set_tree_head_size(status.tree_head_size);
  message->set_log_bytes_on_disk(status.log_bytes_on_disk);
  message->set_row_bytes_on_disk(status.row_bytes_on_disk);
  message->set_tree_bytes_on_disk(status.tree_bytes_on_disk);
  for (const FamilyStatus& family : status.families) {
    v1::StoreStatus::Family& added = *message->add_families();
    added.set_name(family.name);
    added.set_watermark(family.watermark.value());
    added.set_bytes_on_disk(family.bytes_on_disk);
  }
  message->set_appends(status.appends);
  message->set_commits(status.commits);
  message->set_syncs(status.syncs);
}

StoreStatus FromMessage(const v1::StoreStatus& message) {
  StoreStatus status;
  status.path = message.path();
  status.store_id = message.store_id();
  status.format = message.format();
  status.head = Position(message.head());
  status.durable_head = Position(message.durable_head());
  if (message.has_health()) status.health = FromMessage(message.health());
  if (message.has_audit_health()) {
    status.audit_health = FromMessage(message.audit_health());
  }
  status.tree_head_size = message.tree_head_size();
  status.log_bytes_on_disk = message.log_bytes_on_disk();
  status.row_bytes_on_disk = message.row_bytes_on_disk();
  status.tree_bytes_on_disk = message.tree_bytes_on_disk();
  for (const v1::StoreStatus::Family& family : message.families()) {
    status.families.push_back(
        {family.name(), Position(family.watermark()), family.bytes_on_disk()});
  }
  status.appends = message.appends();
  status.commits = message.commits();
  status.syncs = message.syncs();
  return status;
}

}  // namespace daybook::wire
