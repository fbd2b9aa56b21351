#include "tools/import_format.h"

#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "tools/event_json.h"
#include "tools/json_text.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

using nlohmann::json;

// Fills in payload and content type.
absl::Status TakePayload(JsonObject& fields, std::string_view text,
                         NewEvent* event) {
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<std::string> content_type,
                           fields.TakeOptionalString("content_type"));
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<std::string> bytes,
                           fields.TakeBase64("data_base64"));
  // `data` may well be null, which is JSON too: its text tells.
  const std::optional<std::string_view> data = RawMember(text, "data");
  fields.Ignore("data");
  if (bytes.has_value() && data.has_value()) {
    return absl::InvalidArgumentError(
        "both \"data\" and \"data_base64\": give one of them");
  }
  const bool exact = bytes.has_value();
  if (exact) {
    event->payload = *std::move(bytes);
  } else if (data.has_value()) {
    event->payload = *data;
    event->content_type = "application/json";
  } else {
    return absl::InvalidArgumentError("no field \"data_base64\" (or \"data\")");
  }
  if (content_type.has_value()) event->content_type = *std::move(content_type);
  if (!exact && event->content_type == kProtobufContentType) {
    return absl::InvalidArgumentError(
        "\"data\" of a protobuf message, which JSON does not give back to the "
        "byte: take the lines of `export`");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<EventId>> TakeId(JsonObject& fields) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> text,
                           fields.TakeOptionalString("id"));
  if (!text.has_value()) return std::nullopt;
  DAYBOOK_ASSIGN_OR_RETURN(const EventId id, EventId::Parse(*text));
  return id;
}

absl::StatusOr<SchemaHash> TakeSchema(JsonObject& fields) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> text,
                           fields.TakeOptionalString("schema"));
  if (!text.has_value()) return SchemaHash();
  return SchemaHash::Parse(*text);
}

absl::Status TakeInto(JsonObject& fields, const std::string& name,
                      std::string* value) {
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<std::string> text,
                           fields.TakeOptionalString(name));
  if (text.has_value()) *value = *std::move(text);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Metadata> ParseMetadata(json object) {
  JsonObject fields(std::move(object));
  Metadata metadata;
  DAYBOOK_RETURN_IF_ERROR(
      TakeInto(fields, "correlation_id", &metadata.correlation_id));
  DAYBOOK_RETURN_IF_ERROR(
      TakeInto(fields, "causation_id", &metadata.causation_id));
  DAYBOOK_RETURN_IF_ERROR(
      TakeInto(fields, "traceparent", &metadata.traceparent));
  DAYBOOK_RETURN_IF_ERROR(TakeInto(fields, "tracestate", &metadata.tracestate));
  DAYBOOK_RETURN_IF_ERROR(TakeInto(fields, "actor", &metadata.actor));
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<json> more,
                           fields.TakeObject("fields"));
  DAYBOOK_RETURN_IF_ERROR(fields.Finish());
  if (!more.has_value()) return metadata;
  for (const auto& [name, value] : more->items()) {
    if (!value.is_string()) {
      return absl::InvalidArgumentError(
          Concat("metadata field ", Quoted(name), " is no string"));
    }
    metadata.fields.emplace(name, value.get<std::string>());
  }
  return metadata;
}

absl::StatusOr<StreamEvent> TakeEvent(JsonObject& fields,
                                      std::string_view text) {
  StreamEvent result;
  NewEvent& event = result.event;
  DAYBOOK_ASSIGN_OR_RETURN(result.stream, fields.TakeString("stream"));
  DAYBOOK_ASSIGN_OR_RETURN(event.type, fields.TakeString("type"));
  DAYBOOK_ASSIGN_OR_RETURN(event.tags, fields.TakeStrings("tags"));
  DAYBOOK_ASSIGN_OR_RETURN(event.occurred_at, fields.TakeTime("time"));
  DAYBOOK_ASSIGN_OR_RETURN(event.id, TakeId(fields));
  DAYBOOK_RETURN_IF_ERROR(TakeInto(fields, "source", &event.source));
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<json> metadata,
                           fields.TakeObject("metadata"));
  if (metadata.has_value()) {
    DAYBOOK_ASSIGN_OR_RETURN(event.metadata,
                             ParseMetadata(*std::move(metadata)));
  }
  DAYBOOK_ASSIGN_OR_RETURN(event.schema, TakeSchema(fields));
  DAYBOOK_RETURN_IF_ERROR(TakePayload(fields, text, &event));
  return result;
}

absl::Status ParseImportLine(std::string_view line, ImportLine* parsed) {
  *parsed = ImportLine();
  DAYBOOK_ASSIGN_OR_RETURN(json object, ParseJsonObject(line, "data"));
  JsonObject fields(std::move(object));
  DAYBOOK_RETURN_IF_ERROR(TakeInto(fields, "append", &parsed->append));
  parsed->readable = true;
  DAYBOOK_ASSIGN_OR_RETURN(parsed->event, TakeEvent(fields, line));
  DAYBOOK_ASSIGN_OR_RETURN(parsed->keyed, TakeKeyAndResult(fields));
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<NewSignature> signature,
                           TakeSignature(fields));
  // Salts alone are those of the leaf that the event had.
  if (signature.has_value() && !signature->bytes.empty()) {
    parsed->event.event.signature = *std::move(signature);
  }
  for (const char* given_by_store : {"position", "revision", "recorded_at",
                                     "fingerprint", "export", "salvage"}) {
    fields.Ignore(given_by_store);
  }
  return fields.Finish();
}

void AppendImportMembers(const EventView& event, std::string* out) {
  *out += "\"stream\":";
  AppendJsonString(event.stream, out);
  *out += ",\"type\":";
  AppendJsonString(event.type, out);
  *out += ",\"tags\":";
  AppendTagsJson(event.tags, out);
  if (event.occurred_at.has_value()) {
    *out += ",\"time\":\"";
    *out += TimeText(*event.occurred_at);
    *out += '"';
  }
  *out += ",\"content_type\":";
  AppendJsonString(event.content_type, out);
  if (!event.schema.none()) {
    *out += ",\"schema\":\"";
    *out += event.schema.ToString();
    *out += '"';
  }
  *out += ",\"data_base64\":\"";
  *out += absl::Base64Escape(ToAbsl(event.payload));
  *out += '"';
  if (event.append.count > 1) {
    absl::StrAppend(out, ",\"append\":\"@", event.append.first_position.value(),
                    "\"");
  }
}

void AppendImportLine(const EventView& event, std::string* out) {
  *out += '{';
  AppendImportMembers(event, out);
  *out += "}\n";
}

}  // namespace daybook::tools
