#include "tools/schema_import.h"

#include <string>

#include "daybook/v1/system.pb.h"
#include "tools/text.h"

namespace daybook::tools {

bool RegistersSchema(std::string_view stream, std::string_view type) {
  return stream == "$schemas" && type == "$schema-registered";
}

absl::Status SchemaImport::Register(const StreamEvent& event) {
  v1::SchemaRegistered message;
  if (event.event.content_type != kProtobufContentType ||
      !message.ParseFromString(event.event.payload)) {
    return absl::InvalidArgumentError("it registers no schema");
  }
  Schema schema;
  schema.type = message.event_type();
  schema.message = message.message();
  schema.descriptors = message.descriptors();
  schema.hash = SchemaHash(message.hash());
  const bool had_it = store_.FindSchema(schema.hash).ok();
  const absl::StatusOr<SchemaHash> hash = store_.RegisterSchema(schema);
  // It would break what is stored: the line is to blame, not the store.
  if (absl::IsFailedPrecondition(hash.status()) &&
      store_.Status().health.ok()) {
    return absl::InvalidArgumentError(hash.status().message());
  }
  if (!hash.ok()) return hash.status();
  ++(had_it ? already_there_ : registered_);
  known_.insert(hash->value());
  return absl::OkStatus();
}

absl::Status SchemaImport::CheckKnown(SchemaHash hash) {
  if (hash.none() || known_.contains(hash.value())) return absl::OkStatus();
  absl::Status found = store_.FindSchema(hash).status();
  if (absl::IsNotFound(found)) {
    return absl::InvalidArgumentError(
        Concat("the store has no schema ", hash.ToString(),
               ": import the line of \"$schemas\" that stands before it in the "
               "export, or take \"schema\" out of the line"));
  }
  if (found.ok()) known_.insert(hash.value());
  return found;
}

}  // namespace daybook::tools
