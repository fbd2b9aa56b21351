// Text for people: concatenation, quoting, columns, numbers.

#ifndef DAYBOOK_TOOLS_TEXT_H_
#define DAYBOOK_TOOLS_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "store/strings.h"

namespace daybook::tools {

// absl::StrCat that also takes std::string_view.
template <typename... Parts>
std::string Concat(const Parts&... parts) {
  const auto piece = [](const auto& part) -> decltype(auto) {
    if constexpr (std::is_convertible_v<decltype(part), std::string_view>) {
      return ToAbsl(part);
    } else {
      return (part);
    }
  };
  return absl::StrCat(piece(parts)...);
}

// `text` with control characters, DEL and bytes that are no UTF-8 as escapes
// (\n, \t, \x1b), so that no data can drive the terminal it is shown on. Also
// C1 controls and the marks that turn the direction of writing (\u202e).
std::string Escaped(std::string_view text);

// How many columns `text` takes on a terminal; wide characters take two,
// combining ones none. REQUIRES: UTF-8 without control characters.
size_t ColumnsOf(std::string_view text);

// The longest prefix of `text` of at most `columns` columns; where something
// is cut off, it ends in "…".
std::string Fitted(std::string_view text, size_t columns);

// `text` as one word of a POSIX shell.
std::string ShellQuoted(std::string_view text);

// 1234567 as "1,234,567".
std::string Grouped(uint64_t number);

// 12345678 bytes as "11.8 MiB".
std::string Bytes(uint64_t bytes);

// "0.4 s", "12 s", "3 min 20 s", "2 h 5 min".
std::string Elapsed(absl::Duration duration);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_TEXT_H_
