// Helpers for strings: between std and Abseil, and for messages.

#ifndef DAYBOOK_STORE_STRINGS_H_
#define DAYBOOK_STORE_STRINGS_H_

#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace daybook {

// Debian's Abseil has a string_view of its own, which std's does not become
// by itself. Where the two are one type this does nothing.
inline absl::string_view ToAbsl(std::string_view text) {
  return absl::string_view(text.data(), text.size());
}

// `text` in double quotes, with control characters, quotes and bytes that are
// no UTF-8 escaped: fit for a message, whatever a caller handed in.
std::string Quoted(std::string_view text);

// True for well-formed UTF-8 (no overlong forms, no surrogates, nothing above
// U+10FFFF). NUL is well-formed.
bool IsUtf8(std::string_view text);

}  // namespace daybook

#endif  // DAYBOOK_STORE_STRINGS_H_
