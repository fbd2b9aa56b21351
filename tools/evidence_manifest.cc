#include "tools/evidence_manifest.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "tools/json_object.h"
#include "tools/json_text.h"
#include "tools/query_json.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

constexpr std::string_view kFormat = "daybook evidence";
// Raised with any change to the README too (evidence_readme.h).
constexpr uint64_t kVersion = 2;
constexpr std::string_view kIncluded = "included";
constexpr std::string_view kOccurred = "occurred";
constexpr std::string_view kNotShown =
    "that what an event says is true, that nothing came after it, or, without "
    "a "
    "bundle.note that a trusted key signed, that no event was left out";

void AppendMember(std::string_view name, std::string_view value,
                  std::string* out) {
  absl::StrAppend(out, "\n  ", JsonString(name), ": ", JsonString(value), ",");
}

void AppendMember(std::string_view name, uint64_t value, std::string* out) {
  absl::StrAppend(out, "\n  ", JsonString(name), ": ", value, ",");
}

absl::Status Wrong(std::string_view what) {
  return absl::InvalidArgumentError(ToAbsl(what));
}

absl::StatusOr<std::string> TakeText(JsonObject& fields,
                                     const std::string& name) {
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<std::string> text,
                           fields.TakeOptionalString(name));
  return std::move(text).value_or("");
}

// {"9f86d081884c7d65":{"type":"...","message":"..."}}
absl::StatusOr<std::vector<EvidenceManifest::NamedSchema>> TakeSchemas(
    JsonObject& fields) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<nlohmann::json> named,
                           fields.TakeObject("schemas"));
  std::vector<EvidenceManifest::NamedSchema> schemas;
  if (!named.has_value()) return schemas;
  if (named->size() > kEvidenceSchemasMax) {
    return Wrong("it has more schemas than a bundle holds");
  }
  for (const auto& [hash, object] : named->items()) {
    if (!object.is_object()) return Wrong("a schema is no object");
    JsonObject inside(object);
    EvidenceManifest::NamedSchema& schema = schemas.emplace_back();
    DAYBOOK_ASSIGN_OR_RETURN(schema.hash, SchemaHash::Parse(hash));
    DAYBOOK_ASSIGN_OR_RETURN(schema.type, inside.TakeString("type"));
    DAYBOOK_ASSIGN_OR_RETURN(schema.message, inside.TakeString("message"));
    DAYBOOK_RETURN_IF_ERROR(inside.Finish());
  }
  return schemas;
}

absl::StatusOr<uint64_t> TakeNumber(JsonObject& fields,
                                    const std::string& name) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<uint64_t> number,
                           fields.TakeNumber(name));
  return number.value_or(0);
}

}  // namespace

std::string EvidenceSchemaName(SchemaHash hash) {
  return Concat("schemas/", hash.ToString(), ".binpb");
}

std::string EvidenceProofName(Position position) {
  return Concat("proofs/", position.value(), ".tlog-proof");
}

EvidenceManifest EvidenceManifest::Of(const LogSelection& selection) {
  EvidenceManifest manifest;
  manifest.stream = selection.stream();
  if (selection.has_query()) manifest.query = selection.query();
  // Who names a stream has said so.
  manifest.system = selection.stream().empty() && selection.has_system();
  manifest.from = selection.points().from;
  manifest.to = selection.points().to;
  manifest.occurred = selection.points().occurred;
  return manifest;
}

std::string EvidenceManifest::Selection() const {
  std::string text = "all events";
  if (!stream.empty()) text = Concat("stream ", Quoted(stream));
  if (query.has_value()) text = "the query " + QueryToJson(*query);
  if (!from.empty()) text += ", from " + Quoted(from);
  if (!to.empty()) text += ", to " + Quoted(to);
  if (occurred) text += ", by when they happened";
  return text;
}

bool EvidenceManifest::Selects(const EventView& event) const {
  if (!stream.empty()) return event.stream == stream;
  return (system || !event.system()) &&
         (!query.has_value() || Matches(*query, event));
}

std::string FormatEvidenceManifest(const EvidenceManifest& manifest) {
  std::string text = "{";
  AppendMember("format", kFormat, &text);
  AppendMember("version", kVersion, &text);
  if (!manifest.stream.empty()) AppendMember("stream", manifest.stream, &text);
  if (manifest.query.has_value()) {
    absl::StrAppend(&text, "\n  \"query\": ", QueryToJson(*manifest.query),
                    ",");
  }
  if (manifest.system) AppendMember("system_streams", kIncluded, &text);
  if (!manifest.from.empty()) AppendMember("from", manifest.from, &text);
  if (!manifest.to.empty()) AppendMember("to", manifest.to, &text);
  if (manifest.occurred) AppendMember("times", kOccurred, &text);
  AppendMember("log", manifest.log, &text);
  AppendMember("head_size", manifest.head_size, &text);
  AppendMember("events", manifest.events, &text);
  text += "\n  \"schemas\": {";
  bool first = true;
  for (const EvidenceManifest::NamedSchema& schema : manifest.schemas) {
    absl::StrAppend(&text, first ? "" : ",", "\n    ",
                    JsonString(schema.hash.ToString()),
                    ": {\"type\": ", JsonString(schema.type),
                    ", \"message\": ", JsonString(schema.message), "}");
    first = false;
  }
  absl::StrAppend(&text, first ? "" : "\n  ",
                  "},\n  \"not_shown\": ", JsonString(kNotShown), "\n}\n");
  return text;
}

absl::StatusOr<EvidenceManifest> ParseEvidenceManifest(std::string_view text) {
  DAYBOOK_ASSIGN_OR_RETURN(nlohmann::json object, ParseJsonObject(text));
  JsonObject fields(std::move(object));
  EvidenceManifest manifest;
  DAYBOOK_ASSIGN_OR_RETURN(const std::string format,
                           fields.TakeString("format"));
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<uint64_t> version,
                           fields.TakeNumber("version"));
  if (format != kFormat || version != kVersion) {
    return Wrong(Concat("it is of ", Quoted(format), " version ",
                        version.value_or(0), ", this daybook knows ",
                        Quoted(kFormat), " version ", kVersion));
  }
  DAYBOOK_ASSIGN_OR_RETURN(manifest.stream, TakeText(fields, "stream"));
  if (fields.Has("query")) {
    DAYBOOK_ASSIGN_OR_RETURN(manifest.query,
                             ParseQueryJson(*RawMember(text, "query")));
    fields.Ignore("query");
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::string system,
                           TakeText(fields, "system_streams"));
  manifest.system = system == kIncluded;
  DAYBOOK_ASSIGN_OR_RETURN(manifest.from, TakeText(fields, "from"));
  DAYBOOK_ASSIGN_OR_RETURN(manifest.to, TakeText(fields, "to"));
  DAYBOOK_ASSIGN_OR_RETURN(const std::string times, TakeText(fields, "times"));
  manifest.occurred = times == kOccurred;
  DAYBOOK_ASSIGN_OR_RETURN(manifest.log, TakeText(fields, "log"));
  DAYBOOK_ASSIGN_OR_RETURN(manifest.head_size, TakeNumber(fields, "head_size"));
  DAYBOOK_ASSIGN_OR_RETURN(manifest.events, TakeNumber(fields, "events"));
  if (manifest.events > kEvidenceEventsMax) {
    return Wrong("it has more events than a bundle holds");
  }
  DAYBOOK_ASSIGN_OR_RETURN(manifest.schemas, TakeSchemas(fields));
  if (FormatEvidenceManifest(manifest) != text) {
    return Wrong("it is not as `audit bundle` writes it");
  }
  return manifest;
}

}  // namespace daybook::tools
