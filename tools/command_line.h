// The command line in a context of the caller's: what tests call. Programs
// call ToolMain() (daybook/tools/tool_main.h).

#ifndef DAYBOOK_TOOLS_COMMAND_LINE_H_
#define DAYBOOK_TOOLS_COMMAND_LINE_H_

#include <string>
#include <vector>

#include "tools/command_context.h"

namespace daybook::tools {

// Runs a command line in a context of the caller's; `arguments` without the
// program's name. Returns the exit status.
int RunCommandLine(const std::vector<std::string>& arguments,
                   CommandContext& context);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_COMMAND_LINE_H_
