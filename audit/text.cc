#include "audit/text.h"

#include <cstddef>
#include <limits>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace daybook::audit {
namespace {

uint8_t ByteAt(std::string_view text, size_t at) {
  return static_cast<uint8_t>(text[at]);
}

}  // namespace

std::string Quoted(std::string_view text) {
  return absl::StrCat(
      "\"", absl::CHexEscape(absl::string_view(text.data(), text.size())),
      "\"");
}

std::optional<char32_t> TakeCodePoint(std::string_view* text) {
  const uint8_t lead = ByteAt(*text, 0);
  // How many bytes follow, and the smallest point that needs as many.
  size_t more = 0;
  char32_t point = lead;
  char32_t min = 0;
  if (lead >= 0x80) {
    if (lead >= 0xC0 && lead < 0xE0) {
      more = 1;
      point = lead & 0x1F;
      min = 0x80;
    } else if (lead >= 0xE0 && lead < 0xF0) {
      more = 2;
      point = lead & 0x0F;
      min = 0x800;
    } else if (lead >= 0xF0 && lead < 0xF8) {
      more = 3;
      point = lead & 0x07;
      min = 0x10000;
    } else {
      return std::nullopt;
    }
  }
  if (text->size() <= more) return std::nullopt;
  for (size_t i = 1; i <= more; ++i) {
    const uint8_t byte = ByteAt(*text, i);
    if ((byte & 0xC0) != 0x80) return std::nullopt;
    point = point << 6 | (byte & 0x3F);
  }
  const bool is_surrogate = point >= 0xD800 && point <= 0xDFFF;
  if (point < min || is_surrogate || point > 0x10FFFF) return std::nullopt;
  text->remove_prefix(1 + more);
  return point;
}

// The property White_Space of Unicode 15.
bool IsSpace(char32_t point) {
  return (point >= 0x09 && point <= 0x0D) || point == 0x20 || point == 0x85 ||
         point == 0xA0 || point == 0x1680 ||
         (point >= 0x2000 && point <= 0x200A) || point == 0x2028 ||
         point == 0x2029 || point == 0x202F || point == 0x205F ||
         point == 0x3000;
}

bool IsNoteText(std::string_view text) {
  while (!text.empty()) {
    const std::optional<char32_t> point = TakeCodePoint(&text);
    if (!point.has_value() || (*point < 0x20 && *point != '\n')) return false;
  }
  return true;
}

bool IsNoteLine(std::string_view text) {
  return text.find('\n') == std::string_view::npos && IsNoteText(text);
}

std::optional<std::string_view> TakeLine(std::string_view* text) {
  const size_t end = text->find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text->substr(0, end);
  text->remove_prefix(end + 1);
  return line;
}

std::optional<uint64_t> ParseDecimal(std::string_view text) {
  constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
  if (text.empty() || (text.size() > 1 && text.front() == '0')) {
    return std::nullopt;
  }
  uint64_t value = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return std::nullopt;
    const auto units = static_cast<uint64_t>(digit - '0');
    if (value > (kMax - units) / 10) return std::nullopt;
    value = 10 * value + units;
  }
  return value;
}

}  // namespace daybook::audit
