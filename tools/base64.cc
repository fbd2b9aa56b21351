#include "tools/base64.h"

#include "absl/strings/escaping.h"
#include "store/strings.h"

namespace daybook::tools {

bool DecodeBase64(std::string_view text, std::string* bytes) {
  // Abseil also reads text without padding, with spaces, and with dots for
  // padding.
  return text.size() % 4 == 0 && absl::Base64Unescape(ToAbsl(text), bytes) &&
         absl::Base64Escape(*bytes) == ToAbsl(text);
}

}  // namespace daybook::tools
