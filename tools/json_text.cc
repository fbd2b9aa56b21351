#include "tools/json_text.h"

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "tools/json_parser.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

// Where the string that begins at json[at] ends: one past its closing quote.
size_t EndOfString(std::string_view json, size_t at) {
  while (true) {
    const size_t quote = json.find('"', at + 1);
    if (quote == std::string_view::npos) return json.size();
    // After an odd number of backslashes it is one of the string's own.
    size_t plain = quote;
    while (json[plain - 1] == '\\') --plain;
    if ((quote - plain) % 2 == 0) return quote + 1;
    at = quote;
  }
}

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

size_t SkipSpace(std::string_view json, size_t at) {
  while (at < json.size() && IsSpace(json[at])) ++at;
  return at;
}

// Where the value that begins at json[at] ends.
size_t EndOfValue(std::string_view json, size_t at) {
  size_t depth = 0;
  while (at < json.size()) {
    const char c = json[at];
    if (c == '"') {
      at = EndOfString(json, at);
      if (depth == 0) return at;
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') {
      if (depth == 0) return at;
      if (--depth == 0) return at + 1;
    }
    if (depth == 0 && (c == ',' || IsSpace(c))) return at;
    ++at;
  }
  return at;
}

void AppendEscape(unsigned character, std::string* out) {
  switch (character) {
    case '\n':
      *out += "\\n";
      return;
    case '\r':
      *out += "\\r";
      return;
    case '\t':
      *out += "\\t";
      return;
    case '"':
      *out += "\\\"";
      return;
    case '\\':
      *out += "\\\\";
      return;
    default:
      *out += absl::StrFormat("\\u%04x", character);
  }
}

// The control character at text[at] that must not reach a terminal, beyond
// those that JSON forbids anyway: DEL, and C1, which is C2 80 to C2 9F in
// UTF-8. 0 if there is none.
unsigned LateControlAt(std::string_view text, size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte == 0x7F) return byte;
  if (byte != 0xC2 || at + 1 == text.size()) return 0;
  const auto next = static_cast<unsigned char>(text[at + 1]);
  return next >= 0x80 && next < 0xA0 ? next : 0;
}

// Wants everything.
class AnyJson final : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(int64_t /*value*/) override { return true; }
  bool number_unsigned(uint64_t /*value*/) override { return true; }
  bool number_float(double /*value*/, const std::string& /*text*/) override {
    return true;
  }
  bool string(std::string& /*value*/) override { return true; }
  bool binary(nlohmann::json::binary_t& /*value*/) override { return false; }
  bool start_object(size_t /*count*/) override { return true; }
  bool key(std::string& /*name*/) override { return true; }
  bool end_object() override { return true; }
  bool start_array(size_t /*count*/) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(size_t /*at*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return false;
  }
};

}  // namespace

void AppendJsonString(std::string_view text, std::string* out) {
  *out += '"';
  size_t plain = 0;  // where what needs no escape began
  for (size_t at = 0; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    unsigned escape = 0;
    size_t bytes = 1;
    if (c < 0x20 || c == '"' || c == '\\') {
      escape = c;
    } else if (const unsigned late = LateControlAt(text, at)) {
      escape = late;
      if (late >= 0x80) bytes = 2;
    } else {
      continue;
    }
    out->append(text.substr(plain, at - plain));
    AppendEscape(escape, out);
    at += bytes - 1;
    plain = at + 1;
  }
  out->append(text.substr(plain));
  *out += '"';
}

std::string JsonString(std::string_view text) {
  std::string out;
  AppendJsonString(text, &out);
  return out;
}

bool IsJson(std::string_view text) {
  AnyJson any;
  // The parser would let a byte order mark pass, which is none of JSON's, and
  // takes a NUL for the end, whatever follows.
  return !text.starts_with("\xEF\xBB\xBF") &&
         text.find('\0') == std::string_view::npos && ParseJson(text, any);
}

void AppendCompactJson(std::string_view json, std::string* out) {
  for (size_t at = 0; at < json.size();) {
    if (IsSpace(json[at])) {
      ++at;
      continue;
    }
    if (json[at] != '"') {
      out->push_back(json[at++]);
      continue;
    }
    const size_t end = EndOfString(json, at);
    for (; at < end; ++at) {
      if (const unsigned late = LateControlAt(json, at)) {
        AppendEscape(late, out);
        if (late >= 0x80) ++at;
      } else {
        out->push_back(json[at]);
      }
    }
  }
}

std::optional<std::string_view> RawMember(std::string_view json,
                                          std::string_view name) {
  std::optional<std::string_view> found;
  ForEachMember(json, [&](std::string_view member, std::string_view value) {
    const bool is_plain = member.find('\\') == std::string_view::npos;
    if (is_plain ? member.substr(1, member.size() - 2) == name
                 : UnquotedJson(member) == name) {
      found = value;
    }
  });
  return found;
}

void ForEachMember(
    std::string_view json,
    absl::FunctionRef<void(std::string_view, std::string_view)> visit) {
  size_t at = SkipSpace(json, json.find('{') + 1);
  while (at < json.size() && json[at] == '"') {
    const size_t name_end = EndOfString(json, at);
    const std::string_view name = json.substr(at, name_end - at);
    // The colon, and what comes after.
    at = SkipSpace(json, SkipSpace(json, name_end) + 1);
    const size_t end = EndOfValue(json, at);
    visit(name, json.substr(at, end - at));
    at = SkipSpace(json, end);
    if (at < json.size() && json[at] == ',') at = SkipSpace(json, at + 1);
  }
}

void ForEachElement(std::string_view json,
                    absl::FunctionRef<void(std::string_view)> visit) {
  size_t at = SkipSpace(json, json.find('[') + 1);
  while (at < json.size() && json[at] != ']') {
    const size_t end = EndOfValue(json, at);
    visit(json.substr(at, end - at));
    at = SkipSpace(json, end);
    if (at < json.size() && json[at] == ',') at = SkipSpace(json, at + 1);
  }
}

std::string UnquotedJson(std::string_view quoted) {
  if (quoted.find('\\') == std::string_view::npos) {
    return std::string(quoted.substr(1, quoted.size() - 2));
  }
  return nlohmann::json::parse(quoted.begin(), quoted.end()).get<std::string>();
}

bool IsJsonContentType(std::string_view content_type) {
  std::string media(content_type.substr(0, content_type.find(';')));
  while (!media.empty() && media.back() == ' ') media.pop_back();
  absl::AsciiStrToLower(&media);
  return media == "application/json" || media == "text/json" ||
         media.ends_with("+json");
}

}  // namespace daybook::tools
