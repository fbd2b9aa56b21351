#include "store/system_events.h"

#include "absl/strings/str_cat.h"
#include "daybook/v1/system.pb.h"
#include "google/protobuf/message_lite.h"
#include "store/schema_hash.h"
#include "store/strings.h"

namespace daybook {
namespace {

NewEvent MakeEvent(std::string_view type,
                   const google::protobuf::MessageLite& payload) {
  NewEvent event;
  event.type = type;
  event.payload = payload.SerializeAsString();
  event.content_type = kProtobufContentType;
  return event;
}

}  // namespace

std::string MetadataStreamOf(std::string_view stream) {
  std::string name(kMetadataStreamPrefix);
  name += stream;
  return name;
}

std::optional<std::string_view> SubjectOf(std::string_view metadata_stream) {
  if (!metadata_stream.starts_with(kMetadataStreamPrefix) ||
      metadata_stream.size() == kMetadataStreamPrefix.size()) {
    return std::nullopt;
  }
  return metadata_stream.substr(kMetadataStreamPrefix.size());
}

NewEvent StreamMetadataSetEvent(const StreamMetadata& metadata) {
  v1::StreamMetadataSet payload;
  if (metadata.max_count.has_value()) {
    payload.set_max_count(*metadata.max_count);
  }
  if (metadata.truncate_before.has_value()) {
    payload.set_truncate_before(metadata.truncate_before->value());
  }
  payload.set_json(metadata.json);
  return MakeEvent(kStreamMetadataSetType, payload);
}

NewEvent StreamDeletedEvent(Revision deleted_before) {
  v1::StreamDeleted payload;
  payload.set_deleted_before(deleted_before.value());
  return MakeEvent(kStreamDeletedType, payload);
}

NewEvent StreamTombstonedEvent(Revision deleted_before) {
  v1::StreamTombstoned payload;
  payload.set_deleted_before(deleted_before.value());
  return MakeEvent(kStreamTombstonedType, payload);
}

NewEvent OperationEvent(const Operation& operation) {
  v1::Operation payload;
  payload.set_user(operation.user);
  payload.set_command(operation.command);
  payload.set_reason(operation.reason);
  return MakeEvent(kOperationType, payload);
}

NewEvent SchemaRegisteredEvent(const Schema& schema) {
  v1::SchemaRegistered payload;
  payload.set_event_type(schema.type);
  payload.set_message(schema.message);
  payload.set_hash(schema.hash.value());
  payload.set_descriptors(schema.descriptors);
  return MakeEvent(kSchemaRegisteredType, payload);
}

absl::StatusOr<Schema> DecodeSchemaRegistered(std::string_view payload) {
  v1::SchemaRegistered registered;
  if (!registered.ParseFromArray(payload.data(),
                                 static_cast<int>(payload.size()))) {
    return absl::InvalidArgumentError("the payload is no SchemaRegistered");
  }
  Schema schema;
  schema.type = registered.event_type();
  schema.message = registered.message();
  schema.descriptors = registered.descriptors();
  schema.hash = SchemaHash(registered.hash());
  if (schema.hash != HashOf(schema)) {
    return absl::InvalidArgumentError(
        absl::StrCat("schema ", schema.hash.ToString(), " of ",
                     Quoted(schema.type), " has the hash of another one"));
  }
  return schema;
}

}  // namespace daybook
