// Checks of options that are texts.

#ifndef DAYBOOK_TOOLS_TEXT_OPTION_H_
#define DAYBOOK_TOOLS_TEXT_OPTION_H_

#include <CLI/CLI.hpp>

namespace daybook::tools {

// An empty one is often a variable that was not set, and would count as none.
CLI::Validator NotEmpty();

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_TEXT_OPTION_H_
