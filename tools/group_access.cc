#include "tools/group_access.h"

#ifdef DAYBOOK_HAS_SERVER
#include "daybook/server/remote_store.h"
#endif

namespace daybook::tools {

#ifdef DAYBOOK_HAS_SERVER
absl::Status CheckMayUseGroups(const EventStore& store) {
  if (!RemoteStore::Is(store)) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "another process holds the store, and groups are not shared between "
      "processes: handle the group there, or close the store there first");
}
#else
absl::Status CheckMayUseGroups(const EventStore& /*store*/) {
  return absl::OkStatus();
}
#endif

}  // namespace daybook::tools
