// A table of a store that is renewed each second: how fast it grows, and who is
// how far behind.

#ifndef DAYBOOK_TOOLS_STATUS_WATCH_H_
#define DAYBOOK_TOOLS_STATUS_WATCH_H_

#include "absl/status/status.h"
#include "daybook/store/event_store.h"
#include "tools/command_context.h"

namespace daybook::tools {

// Until it is interrupted. On a terminal each table replaces the one before.
absl::Status WatchStatus(EventStore& store, CommandContext& context);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_STATUS_WATCH_H_
