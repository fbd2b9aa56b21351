// Who may work with consumer groups.

#ifndef DAYBOOK_TOOLS_GROUP_ACCESS_H_
#define DAYBOOK_TOOLS_GROUP_ACCESS_H_

#include "absl/status/status.h"
#include "daybook/store/event_store.h"

namespace daybook::tools {

// A group is of one process: two would hand out each of its events twice.
// Errors: kFailedPrecondition for a store that another process holds, which may
// have the group open.
absl::Status CheckMayUseGroups(const EventStore& store);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_GROUP_ACCESS_H_
