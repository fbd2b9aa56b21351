// Which schedules are pending, among the rows of a store: store/FORMAT.md.
// Derived: what the streams `$schedule-ID` say, up to a position.

#ifndef DAYBOOK_BUS_SCHEDULE_ROWS_H_
#define DAYBOOK_BUS_SCHEDULE_ROWS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/numbers.h"
#include "daybook/store/rows.h"

namespace daybook {

struct PendingSchedule {
  std::string id;
  absl::Time due;
};

// Every event below `position` is in the rows.
void PutSchedulesTakenIn(Position position, RowBatch* batch);
// REQUIRES: DeletePending() first, if it is pending with another time.
void PutPending(const PendingSchedule& pending, RowBatch* batch);
void DeletePending(const PendingSchedule& pending, RowBatch* batch);

// Errors: kDataLoss.
absl::StatusOr<Position> ReadSchedulesTakenIn(const RowReader& rows);
// When it is due; nothing if it is not pending. Errors: kDataLoss.
absl::StatusOr<std::optional<absl::Time>> ReadPending(const RowReader& rows,
                                                      std::string_view id);
// The first `count_max` in the order in which they are due, of those behind
// `after`: all that are due by `until`, and the next one. Errors: kDataLoss.
absl::StatusOr<std::vector<PendingSchedule>> ReadPending(
    const RowReader& rows, const std::optional<PendingSchedule>& after,
    size_t count_max, absl::Time until = absl::InfiniteFuture());

}  // namespace daybook

#endif  // DAYBOOK_BUS_SCHEDULE_ROWS_H_
