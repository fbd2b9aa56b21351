// The daybook command line, callable from tests.

#ifndef DAYBOOK_TOOLS_COMMAND_LINE_H_
#define DAYBOOK_TOOLS_COMMAND_LINE_H_

namespace daybook::tools {

// Runs `daybook` with the arguments of main(); returns its exit status.
int RunCommandLine(int argc, const char* const* argv);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_COMMAND_LINE_H_
