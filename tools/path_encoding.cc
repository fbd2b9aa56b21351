#include "tools/path_encoding.h"

#include <cstddef>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "store/strings.h"

namespace daybook::tools {
namespace {

// Length of the well-formed UTF-8 sequence at the start of `text`; 0 if there
// is none. REQUIRES: !text.empty().
size_t SequenceLength(std::string_view text) {
  if (absl::ascii_isascii(text.front())) return 1;
  for (size_t length = 2; length <= 4 && length <= text.size(); ++length) {
    if (IsUtf8(text.substr(0, length))) return length;
  }
  return 0;
}

// The byte that "%XX" at the start of `text` stands for, in either letter
// case; nothing if `text` starts with no such thing.
std::optional<char> EscapeAt(std::string_view text) {
  if (text.size() < 3 || text[0] != '%' || !absl::ascii_isxdigit(text[1]) ||
      !absl::ascii_isxdigit(text[2])) {
    return std::nullopt;
  }
  const auto digit = [](char c) {
    return absl::ascii_isdigit(c) ? c - '0' : absl::ascii_toupper(c) - 'A' + 10;
  };
  return static_cast<char>(digit(text[1]) * 16 + digit(text[2]));
}

void AppendEscape(char byte, std::string& name) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto value = static_cast<unsigned char>(byte);
  name += '%';
  name += kDigits[value / 16];
  name += kDigits[value % 16];
}

}  // namespace

std::string EncodePath(std::string_view path) {
  std::string name;
  name.reserve(path.size());
  for (size_t at = 0; at < path.size();) {
    const std::string_view rest = path.substr(at);
    const size_t length = SequenceLength(rest);
    const bool escape = length == 0 || (at == 0 && rest.front() == '$') ||
                        EscapeAt(rest).has_value();
    if (escape) {
      AppendEscape(rest.front(), name);
      ++at;
    } else {
      name += rest.substr(0, length);
      at += length;
    }
  }
  return name;
}

absl::StatusOr<std::string> DecodePath(std::string_view name) {
  std::string path;
  path.reserve(name.size());
  for (size_t at = 0; at < name.size();) {
    if (const std::optional<char> byte = EscapeAt(name.substr(at))) {
      path += *byte;
      at += 3;
    } else {
      path += name[at++];
    }
  }
  if (EncodePath(path) != name) {
    return absl::InvalidArgumentError(
        absl::StrCat(Quoted(name), " is not the name of a path"));
  }
  return path;
}

}  // namespace daybook::tools
