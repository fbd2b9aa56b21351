// The audit tree of a store through its holder.

#ifndef DAYBOOK_SERVER_REMOTE_TREE_H_
#define DAYBOOK_SERVER_REMOTE_TREE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "daybook/store/audit.h"
#include "server/connection.h"

namespace daybook {

absl::StatusOr<std::unique_ptr<TreeReader>> ReadRemoteTree(
    Connector& connector);

}  // namespace daybook

#endif  // DAYBOOK_SERVER_REMOTE_TREE_H_
