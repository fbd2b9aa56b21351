// --format of the commands that print for people, or JSON for programs.

#ifndef DAYBOOK_TOOLS_FORMAT_OPTION_H_
#define DAYBOOK_TOOLS_FORMAT_OPTION_H_

#include <string>

#include "tools/cli.h"

namespace daybook::tools {

// Either what `format` is now, "table" or "text", or "json".
CLI::Option* AddFormatOrJson(CLI::App& command, std::string& format);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_FORMAT_OPTION_H_
