// The events that the store itself appends: what is said about a stream, and
// what operators did. Their payloads are messages of daybook/v1/system.proto.
//
// Schemas stand in "$schemas": schema_registry.h reads them back.
//
// Events about the stream X stand in the system stream "$$" + X, so that what
// is true of X at any moment follows from the log alone.

#ifndef DAYBOOK_STORE_SYSTEM_EVENTS_H_
#define DAYBOOK_STORE_SYSTEM_EVENTS_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "daybook/store/append.h"
#include "daybook/store/event.h"
#include "daybook/store/numbers.h"
#include "daybook/store/schema.h"

namespace daybook {

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

// "$$order-42" for "order-42".
std::string MetadataStreamOf(std::string_view stream);
// "order-42" for "$$order-42"; nothing for any other name, also "$$".
std::optional<std::string_view> SubjectOf(std::string_view metadata_stream);

NewEvent StreamMetadataSetEvent(const StreamMetadata& metadata);
// `deleted_before` is the revision that the stream's next event would get.
NewEvent StreamDeletedEvent(Revision deleted_before);
NewEvent StreamTombstonedEvent(Revision deleted_before);
NewEvent OperationEvent(const Operation& operation);
NewEvent SchemaRegisteredEvent(const Schema& schema);
// Errors: kInvalidArgument if `payload` is not what SchemaRegisteredEvent()
// makes, or the hash not that of the rest.
absl::StatusOr<Schema> DecodeSchemaRegistered(std::string_view payload);

}  // namespace daybook

#endif  // DAYBOOK_STORE_SYSTEM_EVENTS_H_
