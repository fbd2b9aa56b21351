#include "tools/full_export.h"

#include <cassert>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "tools/append_fields.h"
#include "tools/event_json.h"
#include "tools/import_format.h"
#include "tools/json_object.h"
#include "tools/json_text.h"
#include "tools/salt_json.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

using nlohmann::json;

constexpr uint64_t kVersion = 1;

void AppendBase64(std::string_view bytes, std::string* out) {
  *out += '"';
  *out += absl::Base64Escape(ToAbsl(bytes));
  *out += '"';
}

absl::Status Wrong(std::string_view what) {
  return absl::InvalidArgumentError(ToAbsl(what));
}

absl::StatusOr<EventStore::ExportedAppend> TakeExported(JsonObject& fields) {
  DAYBOOK_ASSIGN_OR_RETURN(KeyAndResult given, TakeKeyAndResult(fields));
  EventStore::ExportedAppend exported;
  exported.key = std::move(given.key);
  exported.result = std::move(given.result);
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<std::string> fingerprint,
                           fields.TakeOptionalString("fingerprint"));
  if (exported.key.empty()) return exported;
  constexpr size_t kFingerprintDigits = 32;
  if (!fingerprint.has_value() || fingerprint->size() != kFingerprintDigits ||
      fingerprint->find_first_not_of("0123456789abcdef") != std::string::npos) {
    return Wrong("\"fingerprint\" is not 32 hexadecimal digits");
  }
  exported.fingerprint = absl::HexStringToBytes(*fingerprint);
  return exported;
}

absl::StatusOr<std::optional<uint64_t>> TakeHead(JsonObject& fields) {
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<json> header,
                           fields.TakeObject("export"));
  if (!header.has_value()) return std::nullopt;
  JsonObject inside(*std::move(header));
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<uint64_t> version,
                           inside.TakeNumber("version"));
  if (version != kVersion) {
    return Wrong(Concat("the export is of version ", version.value_or(0),
                        ", this daybook knows version ", kVersion));
  }
  return inside.TakeNumber("head");
}

absl::StatusOr<std::optional<SalvageMark>> TakeSalvage(JsonObject& fields) {
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<json> found,
                           fields.TakeObject("salvage"));
  if (!found.has_value()) return std::nullopt;
  JsonObject inside(*std::move(found));
  SalvageMark mark;
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<uint64_t> position,
                           inside.TakeNumber("position"));
  mark.position = position.value_or(0);
  DAYBOOK_ASSIGN_OR_RETURN(mark.event_count, inside.TakeNumber("events"));
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<uint64_t> version,
                           inside.TakeNumber("version"));
  if (version.value_or(kVersion) != kVersion) {
    return Wrong(Concat("what was salvaged is of version ", *version,
                        ", this daybook knows version ", kVersion));
  }
  return mark;
}

}  // namespace

void AppendFullExportLine(const EventView& event,
                          const EventStore::ExportedAppend* exported,
                          const std::optional<EventSalts>& salts,
                          std::optional<Position> head, std::string* out) {
  *out += '{';
  AppendImportMembers(event, out);
  *out += ",\"id\":\"";
  *out += event.id.ToString();
  *out += '"';
  if (!event.source.empty()) {
    *out += ",\"source\":";
    AppendJsonString(event.source, out);
  }
  if (!event.encoded_metadata.empty()) {
    *out += ",\"metadata\":";
    AppendMetadataJson(event.metadata(), out);
  }
  *out += ",\"recorded_at\":\"";
  *out += TimeText(event.recorded_at);
  *out += '"';
  if (exported != nullptr) {
    if (IsUtf8(exported->key)) {
      *out += ",\"key\":";
      AppendJsonString(exported->key, out);
    } else {
      *out += ",\"key_base64\":";
      AppendBase64(exported->key, out);
    }
    *out += ",\"fingerprint\":\"";
    *out += absl::BytesToHexString(exported->fingerprint);
    *out += '"';
    if (!exported->result.empty()) {
      *out += ",\"result_base64\":";
      AppendBase64(exported->result, out);
    }
  }
  if (!event.signature.empty()) {
    assert(salts.has_value());
    *out += ",\"signature\":{\"bytes_base64\":";
    AppendBase64(event.signature, out);
    *out += ",\"payload_salt_base64\":";
    AppendBase64(BytesOf(salts->payload), out);
    *out += ",\"metadata_salt_base64\":";
    AppendBase64(BytesOf(salts->metadata), out);
    *out += '}';
  } else if (salts.has_value()) {
    *out += ",\"salts_base64\":";
    AppendBase64(Concat(BytesOf(salts->payload), BytesOf(salts->metadata)),
                 out);
  }
  if (head.has_value()) {
    absl::StrAppend(out, ",\"export\":{\"version\":", kVersion,
                    ",\"head\":", head->value(), "}");
  }
  *out += "}\n";
}

void AppendSalvageMark(const SalvageMark& mark, std::string* out) {
  out->resize(out->size() - 2);  // }\n
  absl::StrAppend(out, ",\"salvage\":{");
  if (mark.event_count.has_value()) {
    absl::StrAppend(out, "\"version\":", kVersion, ",");
  }
  absl::StrAppend(out, "\"position\":", mark.position);
  if (mark.event_count.has_value()) {
    absl::StrAppend(out, ",\"events\":", *mark.event_count);
  }
  *out += "}}\n";
}

absl::StatusOr<FullExportLine> ParseFullExportLine(std::string_view line) {
  DAYBOOK_ASSIGN_OR_RETURN(json object, ParseJsonObject(line, "data"));
  JsonObject fields(std::move(object));
  FullExportLine parsed;
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<std::string> append,
                           fields.TakeOptionalString("append"));
  parsed.append = std::move(append).value_or("");
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<absl::Time> recorded_at,
                           fields.TakeTime("recorded_at"));
  if (!recorded_at.has_value() || !fields.Has("id")) {
    return Wrong("no \"recorded_at\" or no \"id\": not of `export --full`");
  }
  parsed.recorded_at = *recorded_at;
  DAYBOOK_ASSIGN_OR_RETURN(parsed.exported, TakeExported(fields));
  DAYBOOK_ASSIGN_OR_RETURN(parsed.head, TakeHead(fields));
  DAYBOOK_ASSIGN_OR_RETURN(parsed.salvage, TakeSalvage(fields));
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<NewSignature> signature,
                           TakeSignature(fields));
  DAYBOOK_ASSIGN_OR_RETURN(parsed.event, TakeEvent(fields, line));
  parsed.event.event.signature = std::move(signature);
  DAYBOOK_RETURN_IF_ERROR(fields.Finish());
  return parsed;
}

}  // namespace daybook::tools
