// Base64 as RFC 4648 has it, and nothing else: bytes have one text, and who
// wrote another one wrote something that nobody else reads alike.

#ifndef DAYBOOK_TOOLS_BASE64_H_
#define DAYBOOK_TOOLS_BASE64_H_

#include <string>
#include <string_view>

namespace daybook::tools {

// Decodes base64 with padding, in the alphabet of section 4, without line
// breaks, spaces and stray bits. False for any other text.
bool DecodeBase64(std::string_view text, std::string* bytes);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_BASE64_H_
