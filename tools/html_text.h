// Text that goes into a page of HTML, or of SVG within one.

#ifndef DAYBOOK_TOOLS_HTML_TEXT_H_
#define DAYBOOK_TOOLS_HTML_TEXT_H_

#include <string>
#include <string_view>

namespace daybook::tools {

// `text` as text of an element or as the value of a quoted attribute, whatever
// bytes it has. What Escaped() makes visible is visible in the page too.
std::string HtmlText(std::string_view text);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_HTML_TEXT_H_
