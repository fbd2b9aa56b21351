#include "store/strings.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace daybook {
namespace {

// Length of the well-formed sequence at `at`, whose first byte is not ASCII;
// 0 if there is none. Table 3-7 of the Unicode Standard.
size_t SequenceLength(const unsigned char* at, const unsigned char* end) {
  const unsigned char lead = *at;
  size_t length = 0;
  unsigned char second_min = 0x80;
  unsigned char second_max = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) second_min = 0xA0;
    if (lead == 0xED) second_max = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) second_min = 0x90;
    if (lead == 0xF4) second_max = 0x8F;
  } else {
    return 0;
  }
  if (static_cast<size_t>(end - at) < length) return 0;
  if (at[1] < second_min || at[1] > second_max) return 0;
  for (size_t i = 2; i < length; ++i) {
    if ((at[i] & 0xC0) != 0x80) return 0;
  }
  return length;
}

// `text`, which is UTF-8, with its control characters above ASCII escaped
// (U+0080 to U+009F): a terminal may act on them.
std::string WithoutHighControls(std::string text) {
  constexpr char kLead = '\xC2';
  for (size_t at = text.find(kLead); at != std::string::npos;
       at = text.find(kLead, at + 1)) {
    if (static_cast<unsigned char>(text[at + 1]) >= 0xA0) continue;
    text.replace(at, 2, absl::CHexEscape(text.substr(at, 2)));
  }
  return text;
}

}  // namespace

std::string Quoted(std::string_view text) {
  // Bytes that are no UTF-8 would make the message itself ill-formed.
  return absl::StrCat(
      "\"",
      IsUtf8(text) ? WithoutHighControls(absl::Utf8SafeCHexEscape(ToAbsl(text)))
                   : absl::CHexEscape(ToAbsl(text)),
      "\"");
}

bool IsUtf8(std::string_view text) {
  const auto* at = reinterpret_cast<const unsigned char*>(text.data());
  const unsigned char* const end = at + text.size();
  while (at < end) {
    // Eight ASCII bytes at once: what nearly all names and tags consist of.
    while (end - at >= 8) {
      uint64_t word;
      std::memcpy(&word, at, sizeof(word));
      if ((word & 0x8080808080808080u) != 0) break;
      at += 8;
    }
    if (at == end) break;
    if (*at < 0x80) {
      ++at;
      continue;
    }
    const size_t length = SequenceLength(at, end);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

}  // namespace daybook
