// Names of logs, as keys bear them.

#ifndef DAYBOOK_TOOLS_LOG_NAME_H_
#define DAYBOOK_TOOLS_LOG_NAME_H_

#include <string>

#include "absl/status/status.h"

namespace daybook::tools {

// kInvalidArgument for a name with a scheme, which names of logs have not
// (c2sp.org/tlog-checkpoint); it says the one without.
absl::Status CheckLogName(const std::string& name);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_LOG_NAME_H_
