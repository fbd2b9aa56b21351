// The events that the store itself appends: what is said about a stream, and
// what operators did. Their payloads are messages of daybook/v1/system.proto.
//
// Schemas stand in "$schemas", producers' keys in "$producers":
// schema_registry.h and producers.h read them back.
//
// Events about the stream X stand in the system stream "$$" + X, so that what
// is true of X at any moment follows from the log alone.

#ifndef DAYBOOK_STORE_SYSTEM_EVENTS_H_
#define DAYBOOK_STORE_SYSTEM_EVENTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "daybook/store/append.h"
#include "daybook/store/event.h"
#include "daybook/store/numbers.h"
#include "daybook/store/producers.h"
#include "daybook/store/schema.h"

namespace daybook {

namespace v1 {
class Removal;
}  // namespace v1

// Stored; never renamed.
inline constexpr std::string_view kMetadataStreamPrefix = "$$";
inline constexpr std::string_view kOperationsStream = "$operations";
inline constexpr std::string_view kStreamMetadataSetType =
    "$stream-metadata-set";
inline constexpr std::string_view kStreamDeletedType = "$stream-deleted";
inline constexpr std::string_view kStreamTombstonedType = "$stream-tombstoned";
inline constexpr std::string_view kOperationType = "$operation";
inline constexpr std::string_view kSchemasStream = "$schemas";
inline constexpr std::string_view kSchemaRegisteredType = "$schema-registered";
inline constexpr std::string_view kProducersStream = "$producers";
inline constexpr std::string_view kProducerAddedType = "$producer-added";
inline constexpr std::string_view kProducerRevokedType = "$producer-revoked";
inline constexpr std::string_view kProducerPolicySetType =
    "$producer-policy-set";

// "$$order-42" for "order-42".
std::string MetadataStreamOf(std::string_view stream);
// "order-42" for "$$order-42"; nothing for any other name, also "$$".
std::optional<std::string_view> SubjectOf(std::string_view metadata_stream);

NewEvent StreamMetadataSetEvent(const StreamMetadata& metadata);
// `deleted_before` is the revision that the stream's next event would get.
NewEvent StreamDeletedEvent(Revision deleted_before);
NewEvent StreamTombstonedEvent(Revision deleted_before);
NewEvent OperationEvent(const Operation& operation);
// One that took something out of the log.
NewEvent RemovalEvent(const Operation& operation, const v1::Removal& removal);
NewEvent SchemaRegisteredEvent(const Schema& schema);
// Errors: kInvalidArgument if `payload` is not what SchemaRegisteredEvent()
// makes, or the hash not that of the rest.
absl::StatusOr<Schema> DecodeSchemaRegistered(std::string_view payload);

struct NewProducer {
  audit::VerifierKey key;
  std::string origin;
};
struct ProducerRevocation {
  std::string key_name;
  uint32_t key_id = 0;
  std::string reason;
};
NewEvent ProducerAddedEvent(const audit::VerifierKey& key,
                            std::string_view origin);
NewEvent ProducerRevokedEvent(std::string_view key_name, uint32_t key_id,
                              std::string_view reason);
NewEvent ProducerPolicySetEvent(std::string_view prefix, ProducerPolicy policy);
// Errors: kInvalidArgument if `payload` is not what the function above makes.
absl::StatusOr<NewProducer> DecodeProducerAdded(std::string_view payload);
absl::StatusOr<ProducerRevocation> DecodeProducerRevoked(
    std::string_view payload);
// Without the position.
absl::StatusOr<ProducerRule> DecodeProducerPolicySet(std::string_view payload);

}  // namespace daybook

#endif  // DAYBOOK_STORE_SYSTEM_EVENTS_H_
