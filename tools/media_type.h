// Media types, as RFC 2045 writes them: "text/plain; charset=utf-8".

#ifndef DAYBOOK_TOOLS_MEDIA_TYPE_H_
#define DAYBOOK_TOOLS_MEDIA_TYPE_H_

#include <optional>
#include <string>
#include <string_view>

namespace daybook::tools {

// All in lower case, without parameters but for the charset.
struct MediaType {
  std::string type;
  std::string subtype;
  // Empty when none is given.
  std::string charset;

  // Declares JSON: "*/json" or "*/*+json".
  bool json() const;
  // Declares text in UTF-8, or says nothing of the charset.
  bool utf8() const;
};

// Nothing if `text` is no media type.
std::optional<MediaType> ParseMediaType(std::string_view text);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_MEDIA_TYPE_H_
