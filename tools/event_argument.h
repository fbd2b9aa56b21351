// An event named on the command line: by its id, or by its position,
// "@123" or "123".

#ifndef DAYBOOK_TOOLS_EVENT_ARGUMENT_H_
#define DAYBOOK_TOOLS_EVENT_ARGUMENT_H_

#include <string>

#include "absl/status/statusor.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"
#include "tools/command_context.h"

namespace daybook::tools {

// Errors: kInvalidArgument for what is neither; kNotFound if there is no such
// event.
absl::StatusOr<Position> FindEventArgument(const std::string& which,
                                           EventStore& store,
                                           const CommandContext& context);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_EVENT_ARGUMENT_H_
