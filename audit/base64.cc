#include "audit/base64.h"

#include <openssl/crypto.h>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"

namespace daybook::audit {

std::string EncodeBase64(std::string_view bytes) {
  return absl::Base64Escape(absl::string_view(bytes.data(), bytes.size()));
}

std::optional<std::string> DecodeBase64(std::string_view text) {
  std::string bytes;
  if (!absl::Base64Unescape(absl::string_view(text.data(), text.size()),
                            &bytes)) {
    return std::nullopt;
  }
  // Abseil also takes white space, no padding, and bits left over.
  std::string again = EncodeBase64(bytes);
  const bool is_canonical = again == text;
  // It may be a private key.
  OPENSSL_cleanse(again.data(), again.size());
  if (!is_canonical) return std::nullopt;
  return bytes;
}

}  // namespace daybook::audit
