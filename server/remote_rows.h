// Rows of a store through its holder.

#ifndef DAYBOOK_SERVER_REMOTE_ROWS_H_
#define DAYBOOK_SERVER_REMOTE_ROWS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "daybook/store/rows.h"
#include "server/connection.h"

namespace daybook {

absl::StatusOr<std::unique_ptr<RowReader>> ReadRemoteRows(Connector& connector);
absl::StatusOr<std::unique_ptr<RowLoader>> LoadRemoteRows(Connector& connector);

}  // namespace daybook

#endif  // DAYBOOK_SERVER_REMOTE_ROWS_H_
