#include "server/wire_info.h"

#include <string>
#include <utility>

#include "daybook/audit/tree_head.h"
#include "server/wire.h"
#include "server/wire_status.h"
#include "store/status_macros.h"

namespace daybook::wire {

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
