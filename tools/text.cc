#include "tools/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cwchar>
#include <iterator>

#include "absl/strings/str_format.h"

namespace daybook::tools {
namespace {

constexpr char32_t kNoCharacter = 0xFFFFFFFF;

// Takes the first character off `text`; kNoCharacter and one byte where the
// text is no UTF-8.
char32_t TakeCharacter(std::string_view* text, std::string_view* bytes) {
  const auto lead = static_cast<unsigned char>(text->front());
  const size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  *bytes = text->substr(0, size);
  if (bytes->size() < size || !IsUtf8(*bytes)) {
    *bytes = text->substr(0, 1);
    text->remove_prefix(1);
    return kNoCharacter;
  }
  text->remove_prefix(size);
  constexpr std::array<unsigned char, 5> kLeadBits = {0, 0x7F, 0x1F, 0x0F,
                                                      0x07};
  char32_t character = lead & kLeadBits[size];
  for (size_t i = 1; i < size; ++i) {
    character = (character << 6) |
                (static_cast<unsigned char>((*bytes)[i]) & char32_t{0x3F});
  }
  return character;
}

struct Range {
  char32_t first;
  char32_t last;
};

bool Within(char32_t character, const Range* begin, const Range* end) {
  const Range* range =
      std::lower_bound(begin, end, character,
                       [](const Range& r, char32_t c) { return r.last < c; });
  return range != end && character >= range->first;
}

// Marks that turn the direction of what follows, or hide: shown as escapes.
constexpr Range kInvisible[] = {
    {0x00AD, 0x00AD}, {0x061C, 0x061C}, {0x180B, 0x180F},
    {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},
    {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F}};

// Roughly the East Asian wide and fullwidth characters, and emoji.
constexpr Range kWide[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x2E80, 0x303E},
    {0x3041, 0x33FF},   {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},
    {0xA000, 0xA4CF},   {0xA960, 0xA97F},   {0xAC00, 0xD7A3},
    {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
    {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF},
    {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};

// The most frequent combining marks.
constexpr Range kCombining[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x064B, 0x065F},
    {0x0E31, 0x0E31}, {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E}, {0x1AB0, 0x1AFF},
    {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}};

size_t ColumnsOf(char32_t character) {
  if (Within(character, std::begin(kCombining), std::end(kCombining))) return 0;
  if (Within(character, std::begin(kWide), std::end(kWide))) return 2;
  return 1;
}

}  // namespace

std::string Escaped(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  std::string_view bytes;
  while (!text.empty()) {
    const char32_t character = TakeCharacter(&text, &bytes);
    if (character == kNoCharacter) {
      escaped +=
          absl::StrFormat("\\x%02x", static_cast<unsigned char>(bytes.front()));
    } else if (character == '\n') {
      escaped += "\\n";
    } else if (character == '\t') {
      escaped += "\\t";
    } else if (character == '\r') {
      escaped += "\\r";
    } else if (character < 0x20 || (character >= 0x7F && character < 0xA0)) {
      escaped += absl::StrFormat("\\x%02x", static_cast<uint32_t>(character));
    } else if (Within(character, std::begin(kInvisible),
                      std::end(kInvisible))) {
      const auto number = static_cast<uint32_t>(character);
      escaped += number > 0xFFFF ? absl::StrFormat("\\U%08x", number)
                                 : absl::StrFormat("\\u%04x", number);
    } else {
      escaped += bytes;
    }
  }
  return escaped;
}

size_t ColumnsOf(std::string_view text) {
  size_t columns = 0;
  std::string_view bytes;
  while (!text.empty()) columns += ColumnsOf(TakeCharacter(&text, &bytes));
  return columns;
}

std::string Fitted(std::string_view text, size_t columns) {
  if (ColumnsOf(text) <= columns) return std::string(text);
  if (columns == 0) return "";
  std::string fitted;
  size_t used = 1;  // for the "…"
  std::string_view bytes;
  while (!text.empty()) {
    used += ColumnsOf(TakeCharacter(&text, &bytes));
    if (used > columns) break;
    fitted += bytes;
  }
  return fitted + "…";
}

std::string ShellQuoted(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
      "_-./:=@%+,";
  if (!text.empty() &&
      text.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(text);
  }
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string Grouped(uint64_t number) {
  const std::string digits = absl::StrCat(number);
  std::string grouped;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) grouped += ',';
    grouped += digits[i];
  }
  return grouped;
}

std::string Bytes(uint64_t bytes) {
  if (bytes < 1024) return absl::StrCat(bytes, " B");
  auto amount = static_cast<double>(bytes);
  const char* unit = "B";
  for (const char* next : {"KiB", "MiB", "GiB", "TiB"}) {
    if (amount < 1024) break;
    amount /= 1024;
    unit = next;
  }
  return absl::StrFormat("%.1f %s", amount, unit);
}

std::string Elapsed(absl::Duration duration) {
  const double seconds = std::max(absl::ToDoubleSeconds(duration), 0.0);
  if (seconds < 10) return absl::StrFormat("%.1f s", seconds);
  const auto whole =
      static_cast<uint64_t>(std::llround(std::min(seconds, 1e9)));
  if (whole < 60) return absl::StrCat(whole, " s");
  if (whole < 3600) {
    return absl::StrCat(whole / 60, " min ", whole % 60, " s");
  }
  return absl::StrCat(whole / 3600, " h ", whole / 60 % 60, " min");
}

}  // namespace daybook::tools
