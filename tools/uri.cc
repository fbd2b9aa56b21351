#include "tools/uri.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"

namespace daybook::tools {
namespace {

constexpr std::string_view kSubDelimiters = "!$&'()*+,;=";

bool IsAlpha(char c) {
  return absl::ascii_isalpha(static_cast<unsigned char>(c));
}
bool IsDigit(char c) {
  return absl::ascii_isdigit(static_cast<unsigned char>(c));
}
bool IsHex(char c) {
  return absl::ascii_isxdigit(static_cast<unsigned char>(c));
}
bool IsUnreserved(char c) {
  return IsAlpha(c) || IsDigit(c) || c == '-' || c == '.' || c == '_' ||
         c == '~';
}
bool Has(std::string_view characters, char c) {
  return characters.find(c) != std::string_view::npos;
}

// Unreserved characters, sub-delimiters, those of `more`, and bytes as %20.
bool IsEncoded(std::string_view text, std::string_view more) {
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '%') {
      if (at + 2 >= text.size() || !IsHex(text[at + 1]) ||
          !IsHex(text[at + 2])) {
        return false;
      }
      at += 2;
    } else if (!IsUnreserved(c) && !Has(kSubDelimiters, c) && !Has(more, c)) {
      return false;
    }
  }
  return true;
}

bool IsScheme(std::string_view text) {
  return !text.empty() && IsAlpha(text[0]) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return IsAlpha(c) || IsDigit(c) || Has("+-.", c);
         });
}

// What stands in the brackets of "[::1]": IPv6, or a later version's.
bool IsIpLiteral(std::string_view text) {
  if (text.starts_with('v') || text.starts_with('V')) {
    const size_t dot = text.find('.');
    if (dot == std::string_view::npos || dot == 1) return false;
    const std::string_view version = text.substr(1, dot - 1);
    const std::string_view address = text.substr(dot + 1);
    return std::all_of(version.begin(), version.end(), IsHex) &&
           !address.empty() && !Has(address, '%') && IsEncoded(address, ":");
  }
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return IsHex(c) || c == ':' || c == '.';
  });
  in6_addr ignored;
  return plain && inet_pton(AF_INET6, std::string(text).c_str(), &ignored) == 1;
}

// user@host:port
bool IsAuthority(std::string_view text) {
  if (const size_t at = text.find('@'); at != std::string_view::npos) {
    if (!IsEncoded(text.substr(0, at), ":")) return false;
    text.remove_prefix(at + 1);
  }
  std::string_view port;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos ||
        !IsIpLiteral(text.substr(1, end - 1))) {
      return false;
    }
    port = text.substr(end + 1);
    if (!port.empty() && port[0] != ':') return false;
  } else {
    const size_t colon = std::min(text.find(':'), text.size());
    if (!IsEncoded(text.substr(0, colon), "")) return false;
    port = text.substr(colon);
  }
  if (!port.empty()) port.remove_prefix(1);
  return std::all_of(port.begin(), port.end(), IsDigit);
}

// Takes what follows the first `separator` off `text`; empty if there is none.
std::string_view TakeAfter(char separator, std::string_view* text) {
  const size_t at = text->find(separator);
  if (at == std::string_view::npos) return {};
  const std::string_view after = text->substr(at + 1);
  *text = text->substr(0, at);
  return after;
}

// A reference, and whether it must have a scheme.
bool Matches(std::string_view text, bool with_scheme) {
  if (!IsEncoded(TakeAfter('#', &text), ":@/?")) return false;
  if (!IsEncoded(TakeAfter('?', &text), ":@/?")) return false;
  // A colon before the first slash ends the scheme, or there is none.
  const size_t colon = text.find(':');
  if (colon < text.find('/')) {
    if (!IsScheme(text.substr(0, colon))) return false;
    text.remove_prefix(colon + 1);
  } else if (with_scheme) {
    return false;
  }
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    const size_t slash = std::min(text.find('/'), text.size());
    if (!IsAuthority(text.substr(0, slash))) return false;
    text.remove_prefix(slash);
  }
  return IsEncoded(text, ":@/");
}

}  // namespace

bool IsUriReference(std::string_view text) { return Matches(text, false); }

bool IsUri(std::string_view text) { return Matches(text, true); }

std::string UriPathOf(std::string_view text) {
  std::string path;
  for (const char c : text) {
    if (IsUnreserved(c) || c == '/') {
      path += c;
    } else {
      path += absl::StrFormat("%%%02X", static_cast<unsigned char>(c));
    }
  }
  return path;
}

}  // namespace daybook::tools
