// Rows of a view that were folded in memory, read as those in a store are.

#ifndef DAYBOOK_REPLAY_MEMORY_ROWS_H_
#define DAYBOOK_REPLAY_MEMORY_ROWS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "daybook/projections/any_projection.h"
#include "daybook/replay/view_fold.h"
#include "daybook/store/rows.h"

namespace daybook {

// The number of their table.
inline constexpr uint64_t kMemoryTable = 0;

// With their entries in the projection's indexes. Errors: as
// AnyProjection::IndexKey().
absl::StatusOr<std::unique_ptr<RowReader>> MakeMemoryRows(
    const AnyProjection& projection, const FoldedRows& rows);

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_MEMORY_ROWS_H_
