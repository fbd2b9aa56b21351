// All commands of the command line.

#ifndef DAYBOOK_TOOLS_COMMANDS_H_
#define DAYBOOK_TOOLS_COMMANDS_H_

#include "tools/command_context.h"

namespace daybook::tools {

// Adds every command to `app`, in the order that --help shows them. Both must
// outlive the parsing.
void RegisterCommands(CLI::App& app, CommandContext& context);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_COMMANDS_H_
