#include "tools/cloud_event_mapping.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "store/status_macros.h"
#include "tools/bounded_json.h"
#include "tools/cloud_event_fields.h"
#include "tools/import_format.h"
#include "tools/json_object.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

using nlohmann::json;
using Type = CloudEvent::Type;

// What the extension `daybook` says goes before what the others said.
absl::Status TakeDaybook(const std::string& text, StreamEvent* result) {
  DAYBOOK_RETURN_IF_ERROR(CheckBoundedJson(text));
  DAYBOOK_ASSIGN_OR_RETURN(json object, ParseJsonObject(text));
  JsonObject fields(std::move(object));
  NewEvent& event = result->event;
  for (const auto& [name, value] :
       {std::pair{"stream", &result->stream}, std::pair{"type", &event.type},
        std::pair{"source", &event.source},
        std::pair{"content_type", &event.content_type}}) {
    DAYBOOK_ASSIGN_OR_RETURN(std::optional<std::string> given,
                             fields.TakeOptionalString(name));
    if (given.has_value()) *value = *std::move(given);
  }
  DAYBOOK_ASSIGN_OR_RETURN(event.tags, fields.TakeStrings("tags"));
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<json> metadata,
                           fields.TakeObject("metadata"));
  DAYBOOK_RETURN_IF_ERROR(fields.Finish());
  if (!metadata.has_value()) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(Metadata given, ParseMetadata(*std::move(metadata)));
  for (const MetadataName& name : kMetadataNames) {
    std::string& text_of_it = given.*name.member;
    if (text_of_it.empty()) continue;
    event.metadata.*name.member = std::move(text_of_it);
  }
  for (auto& [name, value] : given.fields) {
    event.metadata.fields[name] = std::move(value);
  }
  return absl::OkStatus();
}

void TakeExtension(const std::string& name, CloudEvent::Extension extension,
                   Metadata* metadata) {
  const MetadataName* known = FindMetadataName(name);
  if (known != nullptr && extension.type == Type::kString &&
      !extension.text.empty()) {
    metadata->*known->member = std::move(extension.text);
    return;
  }
  if (extension.type == Type::kInteger) {
    AppendWord(name, &metadata->fields[kCloudEventIntegersField]);
  } else if (extension.type == Type::kBoolean) {
    AppendWord(name, &metadata->fields[kCloudEventBooleansField]);
  }
  metadata->fields[name] = std::move(extension.text);
}

}  // namespace

absl::StatusOr<StreamEvent> FromCloudEvent(CloudEvent event) {
  StreamEvent result;
  NewEvent& made = result.event;
  result.stream = event.subject.has_value() ? *event.subject : event.source;
  if (event.subject == event.source) {
    KeepSubjectAsField(*event.subject, &made);
  }
  const absl::StatusOr<EventId> id = EventId::Parse(event.id);
  if (id.ok()) made.id = *id;
  if (!id.ok() || id->ToString() != event.id) {
    made.metadata.fields[kCloudEventIdField] = std::move(event.id);
  }
  if (event.source != kCloudEventNoSource) {
    made.source = std::move(event.source);
  }
  made.type = std::move(event.type);
  made.occurred_at = event.time;
  made.content_type = std::move(event.content_type);
  made.payload = std::move(event.data);
  if (event.data_schema.has_value()) {
    const std::string_view uri = *event.data_schema;
    absl::StatusOr<SchemaHash> hash =
        SchemaHash::Parse(uri.starts_with(kCloudEventSchemaUri)
                              ? uri.substr(kCloudEventSchemaUri.size())
                              : "");
    // In the very letters that it goes out in again.
    if (hash.ok() && !hash->none() &&
        uri == Concat(kCloudEventSchemaUri, hash->ToString())) {
      made.schema = *hash;
    } else {
      made.metadata.fields[kCloudEventSchemaField] =
          *std::move(event.data_schema);
    }
  }
  std::optional<std::string> daybook;
  for (auto& [name, extension] : event.extensions) {
    if (name != kCloudEventDaybook) {
      TakeExtension(name, std::move(extension), &made.metadata);
    } else if (extension.type != Type::kString) {
      return absl::InvalidArgumentError("\"daybook\" is no string");
    } else {
      daybook = std::move(extension.text);
    }
  }
  if (daybook.has_value()) {
    const absl::Status status = TakeDaybook(*daybook, &result);
    if (!status.ok()) {
      return absl::InvalidArgumentError(
          Concat("\"daybook\": ", std::string(status.message())));
    }
  }
  return result;
}

void KeepSchemaAsField(NewEvent* event) {
  event->metadata.fields[kCloudEventSchemaField] =
      Concat(kCloudEventSchemaUri, event->schema.ToString());
  event->schema = SchemaHash();
}

void KeepSubjectAsField(std::string_view subject, NewEvent* event) {
  event->metadata.fields[kCloudEventSubjectField] = std::string(subject);
}

}  // namespace daybook::tools
