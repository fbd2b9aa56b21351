// URIs: whether a text is one by the grammar of RFC 3986, and nothing else of
// them. Characters beyond ASCII must be percent-encoded there.

#ifndef DAYBOOK_TOOLS_URI_H_
#define DAYBOOK_TOOLS_URI_H_

#include <string>
#include <string_view>

namespace daybook::tools {

// True for "https://a.example/b?c#d", "urn:x:y", "/a/b", "#d" and "".
bool IsUriReference(std::string_view text);

// True for a URI reference that has a scheme.
bool IsUri(std::string_view text);

// `text` as the path of a URI reference: "my shop" as "my%20shop". Whatever
// it is, IsUriReference() is true of the result.
std::string UriPathOf(std::string_view text);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_URI_H_
