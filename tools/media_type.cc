#include "tools/media_type.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "store/strings.h"

namespace daybook::tools {
namespace {

bool IsTokenCharacter(char c) {
  constexpr std::string_view kSpecials = "()<>@,;:\\\"/[]?=";
  return c > ' ' && c < '\x7F' && kSpecials.find(c) == std::string_view::npos;
}

void SkipSpace(std::string_view* text) {
  while (text->starts_with(' ') || text->starts_with('\t')) {
    text->remove_prefix(1);
  }
}

bool Take(char c, std::string_view* text) {
  if (!text->starts_with(c)) return false;
  text->remove_prefix(1);
  return true;
}

// Empty if there is none.
std::string_view TakeToken(std::string_view* text) {
  size_t size = 0;
  while (size < text->size() && IsTokenCharacter((*text)[size])) ++size;
  const std::string_view token = text->substr(0, size);
  text->remove_prefix(size);
  return token;
}

// A token, or printable ASCII in quotes.
std::optional<std::string> TakeValue(std::string_view* text) {
  if (!Take('"', text)) {
    const std::string_view token = TakeToken(text);
    if (token.empty()) return std::nullopt;
    return std::string(token);
  }
  std::string value;
  while (!text->empty()) {
    if (Take('"', text)) return value;
    Take('\\', text);
    if (text->empty() || text->front() < ' ' || text->front() > '~') break;
    value += text->front();
    text->remove_prefix(1);
  }
  return std::nullopt;
}

}  // namespace

bool MediaType::json() const {
  return subtype == "json" || subtype.ends_with("+json");
}

bool MediaType::utf8() const {
  return charset.empty() || charset == "utf-8" || charset == "us-ascii";
}

std::optional<MediaType> ParseMediaType(std::string_view text) {
  MediaType parsed;
  parsed.type = absl::AsciiStrToLower(ToAbsl(TakeToken(&text)));
  if (parsed.type.empty() || !Take('/', &text)) return std::nullopt;
  parsed.subtype = absl::AsciiStrToLower(ToAbsl(TakeToken(&text)));
  if (parsed.subtype.empty()) return std::nullopt;
  SkipSpace(&text);
  while (Take(';', &text)) {
    SkipSpace(&text);
    // A semicolon at the end is no harm.
    if (text.empty()) break;
    const std::string_view name = TakeToken(&text);
    if (name.empty() || !Take('=', &text)) return std::nullopt;
    std::optional<std::string> value = TakeValue(&text);
    if (!value.has_value()) return std::nullopt;
    if (absl::AsciiStrToLower(ToAbsl(name)) == "charset") {
      parsed.charset = absl::AsciiStrToLower(*value);
    }
    SkipSpace(&text);
  }
  if (!text.empty()) return std::nullopt;
  return parsed;
}

}  // namespace daybook::tools
