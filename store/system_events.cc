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

v1::Operation PayloadOf(const Operation& operation) {
  v1::Operation payload;
  payload.set_user(operation.user);
  payload.set_command(operation.command);
  payload.set_reason(operation.reason);
  return payload;
}

bool Parse(std::string_view payload, google::protobuf::MessageLite* message) {
  return message->ParseFromArray(payload.data(),
                                 static_cast<int>(payload.size()));
}

v1::ProducerPolicySet::Policy ToProto(ProducerPolicy policy) {
  switch (policy) {
    case ProducerPolicy::kRequire:
      return v1::ProducerPolicySet::POLICY_REQUIRE;
    case ProducerPolicy::kIgnore:
      return v1::ProducerPolicySet::POLICY_IGNORE;
    case ProducerPolicy::kAccept:
      break;
  }
  return v1::ProducerPolicySet::POLICY_ACCEPT;
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
  return MakeEvent(kOperationType, PayloadOf(operation));
}

NewEvent RemovalEvent(const Operation& operation, const v1::Removal& removal) {
  v1::Operation payload = PayloadOf(operation);
  *payload.mutable_removal() = removal;
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

NewEvent ProducerAddedEvent(const audit::VerifierKey& key,
                            std::string_view origin) {
  v1::ProducerAdded payload;
  payload.set_key(key.ToString());
  payload.set_origin(std::string(origin));
  return MakeEvent(kProducerAddedType, payload);
}

NewEvent ProducerRevokedEvent(std::string_view key_name, uint32_t key_id,
                              std::string_view reason) {
  v1::ProducerRevoked payload;
  payload.set_key_name(std::string(key_name));
  payload.set_key_id(key_id);
  payload.set_reason(std::string(reason));
  return MakeEvent(kProducerRevokedType, payload);
}

NewEvent ProducerPolicySetEvent(std::string_view prefix,
                                ProducerPolicy policy) {
  v1::ProducerPolicySet payload;
  payload.set_prefix(std::string(prefix));
  payload.set_policy(ToProto(policy));
  return MakeEvent(kProducerPolicySetType, payload);
}

absl::StatusOr<NewProducer> DecodeProducerAdded(std::string_view payload) {
  v1::ProducerAdded added;
  if (!Parse(payload, &added)) {
    return absl::InvalidArgumentError("the payload is no ProducerAdded");
  }
  absl::StatusOr<audit::VerifierKey> key =
      audit::VerifierKey::Parse(added.key());
  if (!key.ok()) return key.status();
  if (absl::Status status = audit::CheckOrigin(added.origin()); !status.ok()) {
    return status;
  }
  return NewProducer{*std::move(key), added.origin()};
}

absl::StatusOr<ProducerRevocation> DecodeProducerRevoked(
    std::string_view payload) {
  v1::ProducerRevoked revoked;
  if (!Parse(payload, &revoked)) {
    return absl::InvalidArgumentError("the payload is no ProducerRevoked");
  }
  return ProducerRevocation{revoked.key_name(), revoked.key_id(),
                            revoked.reason()};
}

absl::StatusOr<ProducerRule> DecodeProducerPolicySet(std::string_view payload) {
  v1::ProducerPolicySet set;
  if (!Parse(payload, &set)) {
    return absl::InvalidArgumentError("the payload is no ProducerPolicySet");
  }
  ProducerRule rule;
  rule.prefix = set.prefix();
  switch (set.policy()) {
    case v1::ProducerPolicySet::POLICY_ACCEPT:
      rule.policy = ProducerPolicy::kAccept;
      return rule;
    case v1::ProducerPolicySet::POLICY_REQUIRE:
      rule.policy = ProducerPolicy::kRequire;
      return rule;
    case v1::ProducerPolicySet::POLICY_IGNORE:
      rule.policy = ProducerPolicy::kIgnore;
      return rule;
    default:
      return absl::InvalidArgumentError(absl::StrCat(
          "the policy ", static_cast<int>(set.policy()), " is not known"));
  }
}

}  // namespace daybook
