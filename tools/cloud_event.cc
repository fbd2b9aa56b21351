#include "tools/cloud_event.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "store/status_macros.h"
#include "tools/base64.h"
#include "tools/bounded_json.h"
#include "tools/json_text.h"
#include "tools/media_type.h"
#include "tools/text.h"
#include "tools/time_text.h"
#include "tools/uri.h"

namespace daybook::tools {
namespace {

constexpr std::array<std::string_view, 9> kCoreNames = {
    "specversion", "id",      "source", "type", "datacontenttype",
    "dataschema",  "subject", "time",   "data"};

// How much of a text goes into an error.
constexpr size_t kShownBytes = 80;

absl::Status Wrong(std::string_view what) {
  return absl::InvalidArgumentError(ToAbsl(what));
}

std::string Shown(std::string_view text) {
  const bool fits = text.size() <= kShownBytes;
  return Concat(Escaped(Quoted(text.substr(0, kShownBytes))),
                fits ? "" : "...");
}

// The bytes of the character at text[at], and whether an attribute may have
// it: no control character of C0, DEL or C1, and no noncharacter, which are
// U+FDD0 to U+FDEF and the last two of each plane. REQUIRES: UTF-8.
size_t CharacterAt(std::string_view text, size_t at, bool* allowed) {
  const auto byte = [&](size_t i) {
    return static_cast<unsigned char>(text[at + i]);
  };
  const unsigned lead = byte(0);
  *allowed = true;
  if (lead < 0x80) {
    *allowed = lead >= 0x20 && lead != 0x7F;
    return 1;
  }
  if (lead < 0xE0) {
    *allowed = lead != 0xC2 || byte(1) >= 0xA0;
    return 2;
  }
  const size_t size = lead < 0xF0 ? 3 : 4;
  // The low 16 bits of the character.
  const unsigned low = ((byte(size - 3) & 0x0FU) << 12) |
                       ((byte(size - 2) & 0x3FU) << 6) |
                       (byte(size - 1) & 0x3FU);
  const bool in_block = size == 3 && low >= 0xFDD0 && low <= 0xFDEF;
  *allowed = !in_block && (low & 0xFFFE) != 0xFFFE;
  return size;
}

// Takes an event's members one by one.
class Parser {
 public:
  absl::Status Take(std::string_view quoted_name, std::string_view value);
  // After the last one.
  absl::StatusOr<CloudEvent> Finish();

 private:
  absl::Status TakeCore(const std::string& name, std::string_view value);
  absl::Status TakeExtension(const std::string& name, std::string_view value);
  absl::Status TakeData();

  CloudEvent event_;
  absl::flat_hash_set<std::string> names_;
  size_t bytes_ = 0;
  bool has_version_ = false;
  std::optional<MediaType> media_type_;
  // As they stand in the event.
  std::optional<std::string_view> data_;
  std::optional<std::string_view> data_base64_;
};

// The string that an attribute or data_base64 must be.
absl::StatusOr<std::string> StringOf(std::string_view name,
                                     std::string_view value) {
  if (value[0] != '"') return Wrong(Concat(Quoted(name), " is no string"));
  return UnquotedJson(value);
}

absl::StatusOr<std::string> TextOf(std::string_view name,
                                   std::string_view value) {
  DAYBOOK_ASSIGN_OR_RETURN(std::string text, StringOf(name, value));
  if (!IsCloudEventText(text)) {
    return Wrong(Concat(Quoted(name), " is ", Shown(text),
                        ", with a control character or a noncharacter"));
  }
  return text;
}

absl::StatusOr<absl::Time> TimeOf(std::string_view text) {
  if (text.size() > kShownBytes) {
    return Wrong(Concat("\"time\" is no time: ", Shown(text)));
  }
  absl::StatusOr<absl::Time> time = ParseTimeText(text);
  if (!time.ok()) {
    return Wrong(Concat("\"time\": ", std::string(time.status().message())));
  }
  // Other readers of times take a space as well.
  if (text[10] == ' ') {
    return Wrong(
        Concat("\"time\": ", Quoted(text), " has no T after the date"));
  }
  return time;
}

absl::Status Parser::Take(std::string_view quoted_name,
                          std::string_view value) {
  // An escape takes six bytes at most for one that is written out.
  if (quoted_name.size() > 6 * kCloudEventAttributeBytesMax) {
    return Wrong("a name is longer than any attribute can be");
  }
  const std::string name = UnquotedJson(quoted_name);
  const bool is_data = name == "data" || name == "data_base64";
  if (!is_data && !IsCloudEventName(name)) {
    return Wrong(Concat(Shown(name),
                        " is no attribute: names are lower-case letters and "
                        "digits"));
  }
  bytes_ += name.size() + (is_data ? 0 : value.size());
  if (bytes_ > kCloudEventAttributeBytesMax) {
    return Wrong(Concat(Shown(name), " makes the attributes longer than ",
                        Bytes(kCloudEventAttributeBytesMax)));
  }
  if (!names_.insert(name).second) {
    return Wrong(Concat(Shown(name), " stands there twice"));
  }
  if (is_data) {
    // A null of data is a payload; beside it, all nulls say nothing.
    if (name == "data") data_ = value;
    if (name == "data_base64" && value != "null") data_base64_ = value;
    return absl::OkStatus();
  }
  if (value == "null") return absl::OkStatus();
  return IsCoreCloudEventName(name) ? TakeCore(name, value)
                                    : TakeExtension(name, value);
}

absl::Status Parser::TakeCore(const std::string& name, std::string_view value) {
  DAYBOOK_ASSIGN_OR_RETURN(std::string text, TextOf(name, value));
  if (text.empty()) return Wrong(Concat(Quoted(name), " is empty"));
  if (name == "specversion") {
    if (text != "1.0") {
      return Wrong(Concat("\"specversion\" is ", Shown(text), ", not \"1.0\""));
    }
    has_version_ = true;
    return absl::OkStatus();
  }
  if (name == "id") {
    event_.id = std::move(text);
  } else if (name == "source") {
    if (!IsUriReference(text)) {
      return Wrong(Concat("\"source\" is no URI reference: ", Shown(text)));
    }
    event_.source = std::move(text);
  } else if (name == "type") {
    event_.type = std::move(text);
  } else if (name == "subject") {
    event_.subject = std::move(text);
  } else if (name == "time") {
    DAYBOOK_ASSIGN_OR_RETURN(event_.time, TimeOf(text));
  } else if (name == "dataschema") {
    if (!IsUri(text)) {
      return Wrong(Concat("\"dataschema\" is no URI: ", Shown(text)));
    }
    event_.data_schema = std::move(text);
  } else {
    media_type_ = ParseMediaType(text);
    if (!media_type_.has_value()) {
      return Wrong(
          Concat("\"datacontenttype\" is no media type: ", Shown(text)));
    }
    event_.content_type = std::move(text);
  }
  return absl::OkStatus();
}

absl::Status Parser::TakeExtension(const std::string& name,
                                   std::string_view value) {
  CloudEvent::Extension& extension = event_.extensions[name];
  if (value[0] == '"') {
    DAYBOOK_ASSIGN_OR_RETURN(extension.text, TextOf(name, value));
    return absl::OkStatus();
  }
  if (value[0] == '{' || value[0] == '[') {
    return Wrong(Concat(Shown(name),
                        " is an object or a list: an attribute is "
                        "a string, a whole number or a boolean"));
  }
  if (value == "true" || value == "false") {
    extension = {CloudEvent::Type::kBoolean, std::string(value)};
    return absl::OkStatus();
  }
  int32_t number = 0;
  const bool whole =
      value.find_first_not_of("-0123456789") == std::string_view::npos;
  if (!whole || !absl::SimpleAtoi(ToAbsl(value), &number)) {
    return Wrong(Concat(Shown(name), " is ", Shown(value),
                        ": a number must be whole and of 32 bits"));
  }
  extension = {CloudEvent::Type::kInteger, Concat(number)};
  return absl::OkStatus();
}

absl::Status Parser::TakeData() {
  if (data_.has_value() && data_base64_.has_value()) {
    return Wrong("both \"data\" and \"data_base64\" are there");
  }
  if (data_base64_.has_value()) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::string text,
                             StringOf("data_base64", *data_base64_));
    if (!DecodeBase64(text, &event_.data)) {
      return Wrong(Concat("\"data_base64\" is no base64: ", Shown(text)));
    }
    return absl::OkStatus();
  }
  if (!data_.has_value()) return absl::OkStatus();
  if (!media_type_.has_value()) event_.content_type = "application/json";
  if (!media_type_.has_value() || media_type_->json()) {
    event_.data = *data_;
    return absl::OkStatus();
  }
  const std::string type = Shown(event_.content_type);
  if ((*data_)[0] != '"') {
    return Wrong(Concat(
        "\"data\" must be a string where \"datacontenttype\" is ", type));
  }
  if (!media_type_->utf8()) {
    return Wrong(
        Concat("\"data\" has no bytes in the charset of "
               "\"datacontenttype\" ",
               type, ": give them in \"data_base64\""));
  }
  event_.data = UnquotedJson(*data_);
  return absl::OkStatus();
}

absl::StatusOr<CloudEvent> Parser::Finish() {
  if (!has_version_) return Wrong("no attribute \"specversion\"");
  for (const auto& [name, value] :
       {std::pair{"id", &event_.id}, std::pair{"source", &event_.source},
        std::pair{"type", &event_.type}}) {
    if (value->empty()) return Wrong(Concat("no attribute \"", name, "\""));
  }
  DAYBOOK_RETURN_IF_ERROR(TakeData());
  return std::move(event_);
}

}  // namespace

absl::StatusOr<CloudEvent> ParseCloudEvent(std::string_view json) {
  DAYBOOK_RETURN_IF_ERROR(CheckBoundedJson(json));
  if (json[json.find_first_not_of(" \t\r\n")] != '{') {
    return Wrong("no JSON object");
  }
  Parser parser;
  absl::Status status;
  ForEachMember(json, [&](std::string_view name, std::string_view value) {
    if (status.ok()) status = parser.Take(name, value);
  });
  DAYBOOK_RETURN_IF_ERROR(status);
  return parser.Finish();
}

bool IsCloudEventName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

bool IsCoreCloudEventName(std::string_view name) {
  return std::find(kCoreNames.begin(), kCoreNames.end(), name) !=
         kCoreNames.end();
}

bool IsCloudEventText(std::string_view text) {
  if (!IsUtf8(text)) return false;
  bool allowed = true;
  for (size_t at = 0; allowed && at < text.size();) {
    at += CharacterAt(text, at, &allowed);
  }
  return allowed;
}

std::string CloudEventTextOf(std::string_view text) {
  std::string allowed_text;
  for (size_t at = 0; at < text.size();) {
    bool allowed = true;
    const size_t size = CharacterAt(text, at, &allowed);
    allowed_text += allowed ? text.substr(at, size) : "\xEF\xBF\xBD";
    at += size;
  }
  return allowed_text;
}

}  // namespace daybook::tools
