#include "tools/cloud_event_writer.h"

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "tools/bounded_json.h"
#include "tools/cloud_event.h"
#include "tools/cloud_event_fields.h"
#include "tools/json_text.h"
#include "tools/media_type.h"
#include "tools/text.h"
#include "tools/time_text.h"
#include "tools/uri.h"

namespace daybook::tools {
namespace {

using nlohmann::json;
using Type = CloudEvent::Type;

// True if an event with this id and `text` comes from, or goes to, a
// CloudEvent with the id `text`.
bool KeepsId(const EventId& id, const std::string& text) {
  const absl::StatusOr<EventId> parsed = EventId::Parse(text);
  return !parsed.ok() || (*parsed == id && id.ToString() != text);
}

// Writes one event. What has no place among the attributes gathers in rest_.
class Writer {
 public:
  Writer(const EventView& event, std::string_view default_source,
         std::string* out)
      : event_(event), default_source_(default_source), out_(out) {
    if (!event.encoded_metadata.empty()) metadata_ = event.metadata();
  }

  void Write() {
    *out_ += "{\"specversion\":\"1.0\"";
    WriteNames();
    if (event_.occurred_at.has_value()) {
      String("time", TimeText(*event_.occurred_at));
    }
    WriteContentType();
    WriteSchema();
    WriteMetadata();
    WriteFields();
    WriteRest();
    WritePayload();
    *out_ += '}';
  }

 private:
  using Fields = std::map<std::string, std::string>;

  std::string* Name(std::string_view name) {
    *out_ += ',';
    AppendJsonString(name, out_);
    *out_ += ':';
    return out_;
  }
  void String(std::string_view name, std::string_view value) {
    AppendJsonString(value, Name(name));
  }
  // The position, so that it sorts as text.
  std::string Sequence() const {
    return absl::StrFormat("%020d", event_.position.value());
  }
  // Takes a field that an attribute says by itself.
  void TakeField(const char* name) { metadata_.fields.erase(name); }

  void WriteNames();
  void WriteContentType();
  void WriteSchema();
  void WriteMetadata();
  void WriteFields();
  void WriteRest();
  void WritePayload();
  // How `field` goes out as an extension; nothing if it can't.
  std::optional<Type> TypeOf(const Fields::value_type& field) const;

  const EventView& event_;
  const std::string_view default_source_;
  std::string* const out_;
  Metadata metadata_;
  std::optional<MediaType> media_type_;
  std::set<std::string, std::less<>> integers_;
  std::set<std::string, std::less<>> booleans_;
  json rest_;
};

void Writer::WriteNames() {
  const auto id = metadata_.fields.find(kCloudEventIdField);
  if (id != metadata_.fields.end() && !id->second.empty() &&
      IsCloudEventText(id->second) && KeepsId(event_.id, id->second)) {
    String("id", id->second);
    TakeField(kCloudEventIdField);
  } else {
    String("id", event_.id.ToString());
  }

  std::string source(event_.source);
  if (source.empty()) {
    source = default_source_;
  } else if (source == kCloudEventNoSource || !IsUriReference(source)) {
    rest_["source"] = source;
    source = UriPathOf(source);
  }
  String("source", source);

  if (IsCloudEventText(event_.type)) {
    String("type", event_.type);
  } else {
    rest_["type"] = event_.type;
    String("type", CloudEventTextOf(event_.type));
  }

  if (!IsCloudEventText(event_.stream)) {
    rest_["stream"] = event_.stream;
    String("subject", CloudEventTextOf(event_.stream));
    return;
  }
  if (event_.stream == source) {
    const auto subject = metadata_.fields.find(kCloudEventSubjectField);
    // It had none, and so it has none again.
    if (subject == metadata_.fields.end() || subject->second != source) return;
    TakeField(kCloudEventSubjectField);
  }
  String("subject", event_.stream);
}

void Writer::WriteContentType() {
  media_type_ = ParseMediaType(event_.content_type);
  if (media_type_.has_value() && IsCloudEventText(event_.content_type)) {
    String("datacontenttype", event_.content_type);
  } else if (!event_.content_type.empty()) {
    media_type_.reset();
    rest_["content_type"] = event_.content_type;
  }
}

void Writer::WriteSchema() {
  if (!event_.schema.none()) {
    String("dataschema",
           Concat(kCloudEventSchemaUri, event_.schema.ToString()));
    return;
  }
  const auto schema = metadata_.fields.find(kCloudEventSchemaField);
  if (schema == metadata_.fields.end() || !IsUri(schema->second)) return;
  String("dataschema", schema->second);
  TakeField(kCloudEventSchemaField);
}

void Writer::WriteMetadata() {
  for (const MetadataName& name : kMetadataNames) {
    const std::string& value = metadata_.*name.member;
    if (value.empty()) continue;
    if (IsCloudEventText(value)) {
      String(name.extension, value);
    } else {
      rest_["metadata"][name.name] = value;
    }
  }
}

std::optional<Type> Writer::TypeOf(const Fields::value_type& field) const {
  const auto& [name, value] = field;
  if (!IsCloudEventName(name) || IsCoreCloudEventName(name) ||
      name == kCloudEventDaybook || !IsCloudEventText(value)) {
    return std::nullopt;
  }
  Type type = Type::kString;
  int32_t number = 0;
  if (integers_.contains(name) && absl::SimpleAtoi(value, &number) &&
      Concat(number) == value) {
    type = Type::kInteger;
  } else if (booleans_.contains(name) &&
             (value == "true" || value == "false")) {
    type = Type::kBoolean;
  }
  const MetadataName* known = FindMetadataName(name);
  if (known == nullptr) return type;
  // Beside the metadata of that name it has no place, and as a string that
  // says something it would become that.
  const bool would_be = type == Type::kString && !value.empty();
  if (would_be || !(metadata_.*known->member).empty()) return std::nullopt;
  return type;
}

void Writer::WriteFields() {
  const auto words =
      [this](const char* name) -> std::set<std::string, std::less<>> {
    const auto field = metadata_.fields.find(name);
    if (field == metadata_.fields.end()) return {};
    return absl::StrSplit(field->second, ' ', absl::SkipEmpty());
  };
  integers_ = words(kCloudEventIntegersField);
  booleans_ = words(kCloudEventBooleansField);
  metadata_.fields.try_emplace(kCloudEventSequence, Sequence());
  // What an import will say of the types.
  std::string integers;
  std::string booleans;
  bool has_sequence = false;
  std::vector<const Fields::value_type*> others;
  for (const Fields::value_type& field : metadata_.fields) {
    const auto& [name, value] = field;
    const std::optional<Type> type = TypeOf(field);
    if (!type.has_value()) {
      others.push_back(&field);
      continue;
    }
    if (name == kCloudEventSequence) has_sequence = true;
    if (*type == Type::kString) {
      String(name, value);
    } else {
      *Name(name) += value;
      AppendWord(name, *type == Type::kInteger ? &integers : &booleans);
    }
  }
  // A field of that name that can't go out as one.
  if (!has_sequence) String(kCloudEventSequence, Sequence());
  for (const Fields::value_type* field : others) {
    const auto& [name, value] = *field;
    const bool is_said =
        (name == kCloudEventIntegersField && value == integers) ||
        (name == kCloudEventBooleansField && value == booleans);
    if (is_said && !value.empty()) continue;
    rest_["metadata"]["fields"][name] = value;
  }
}

void Writer::WriteRest() {
  for (const std::string_view tag : event_.tags) {
    rest_["tags"].push_back(std::string(tag));
  }
  if (rest_.is_null()) return;
  // All in ASCII: some of it is what no attribute may have.
  String(kCloudEventDaybook, rest_.dump(-1, ' ', /*ensure_ascii=*/true,
                                        json::error_handler_t::replace));
}

// JSON that is the same bytes once it was a member of an object on a line: no
// white space around it, no line break, nothing that drives a terminal.
bool StandsAsItIs(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  if (text.find_first_of("\r\n") != std::string_view::npos ||
      kSpace.find(text.front()) != std::string_view::npos ||
      kSpace.find(text.back()) != std::string_view::npos) {
    return false;
  }
  for (size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte == 0x7F) return false;
    if (byte == 0xC2 && at + 1 < text.size() &&
        static_cast<unsigned char>(text[at + 1]) < 0xA0) {
      return false;
    }
  }
  // The event around it is a level more.
  return CheckBoundedJson(text, kJsonDepthMax - 1).ok();
}

bool IsText(const MediaType& media_type) {
  const std::string& subtype = media_type.subtype;
  return media_type.utf8() && !media_type.json() &&
         (media_type.type == "text" || subtype == "xml" ||
          subtype.ends_with("+xml"));
}

void Writer::WritePayload() {
  const std::string_view payload = event_.payload;
  if (payload.empty()) return;
  if (media_type_.has_value() && media_type_->json() && StandsAsItIs(payload)) {
    *Name("data") += payload;
    return;
  }
  std::string base64 = absl::Base64Escape(ToAbsl(payload));
  if (media_type_.has_value() && IsText(*media_type_) && IsUtf8(payload)) {
    std::string text = JsonString(payload);
    // Escapes make it up to six times as long, and lines have an end.
    if (text.size() <= base64.size() + 64) {
      *Name("data") += text;
      return;
    }
  }
  String("data_base64", base64);
}

}  // namespace

void AppendCloudEvent(const EventView& event, std::string_view default_source,
                      std::string* out) {
  Writer(event, default_source, out).Write();
}

}  // namespace daybook::tools
