// Base64 with padding (RFC 4648, section 4), read strictly: bytes have one
// text, and only that is taken for them.

#ifndef DAYBOOK_AUDIT_BASE64_H_
#define DAYBOOK_AUDIT_BASE64_H_

#include <optional>
#include <string>
#include <string_view>

namespace daybook::audit {

std::string EncodeBase64(std::string_view bytes);

// Nothing for a text that EncodeBase64() does not write: without its padding,
// with white space, or with bits set that no byte takes up.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace daybook::audit

#endif  // DAYBOOK_AUDIT_BASE64_H_
