// $DAYBOOK_AUDIT_KEY and $DAYBOOK_HEAD_COPY are of one log, and are left out
// where a command would make heads of another one with them.

#ifndef DAYBOOK_TOOLS_DEFAULT_KEYS_H_
#define DAYBOOK_TOOLS_DEFAULT_KEYS_H_

#include <string_view>

#include "tools/command_context.h"

namespace daybook::tools {

// Which of --audit-key and --head-copy were not given.
struct DefaultKeys {
  bool key = true;
  bool copy = true;
};

// Takes what is there by default out of the context, and says so: `why`, the
// names, "are left out", and `instead`.
void LeaveOut(DefaultKeys defaults, std::string_view why,
              std::string_view instead, CommandContext& context);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_DEFAULT_KEYS_H_
