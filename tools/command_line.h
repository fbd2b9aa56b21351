// The daybook command line, callable from tests.

#ifndef DAYBOOK_TOOLS_COMMAND_LINE_H_
#define DAYBOOK_TOOLS_COMMAND_LINE_H_

#include <string>
#include <vector>

#include "tools/command_context.h"

namespace daybook::tools {

// Runs `daybook` with the arguments of main(); returns its exit status.
int RunCommandLine(int argc, const char* const* argv);

// Runs it in a context of the caller's; `arguments` without the program name.
int RunCommandLine(const std::vector<std::string>& arguments,
                   CommandContext& context);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_COMMAND_LINE_H_
