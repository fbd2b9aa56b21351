// Queries: the index up to its watermark, the log for what is newer.

#ifndef DAYBOOK_STORE_QUERY_SOURCE_H_
#define DAYBOOK_STORE_QUERY_SOURCE_H_

#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "daybook/store/query.h"
#include "daybook/store/read.h"
#include "store/log_source.h"
#include "store/store_core.h"

namespace daybook {

absl::StatusOr<std::unique_ptr<EventCursor::Source>> MakeQuerySource(
    const std::shared_ptr<StoreCore>& core, const Query& query,
    const LogRange& range);

// The first position at or above `from` and below `head` with an event that
// makes `condition` fail.
absl::StatusOr<std::optional<Position>> FindMatch(
    const std::shared_ptr<StoreCore>& core, const AppendCondition& condition,
    Position from, Position head);

}  // namespace daybook

#endif  // DAYBOOK_STORE_QUERY_SOURCE_H_
