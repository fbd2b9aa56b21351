// Lines of JSON out of what a library wrote.

#ifndef DAYBOOK_TOOLS_JSON_LINE_H_
#define DAYBOOK_TOOLS_JSON_LINE_H_

#include <string>
#include <string_view>

namespace daybook::tools {

// `json` on one line, and a newline. Control characters that JSON may hold as
// they are, DEL and C1, become escapes, too. REQUIRES: IsJson(json).
std::string JsonLine(std::string_view json);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_JSON_LINE_H_
