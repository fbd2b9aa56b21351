// How reactors are kept among the rows of a store: store/FORMAT.md.

#ifndef DAYBOOK_BUS_REACTOR_ROWS_H_
#define DAYBOOK_BUS_REACTOR_ROWS_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "daybook/store/numbers.h"
#include "daybook/store/rows.h"
#include "daybook/store/subscription.h"

namespace daybook {

std::string ReactorCheckpointKey(std::string_view name);
std::string ReactorStateKey(std::string_view name, std::string_view key);

void PutReactor(std::string_view name, const EventFilter& filter,
                RowBatch* batch);
void PutReactorCheckpoint(std::string_view name, Position checkpoint,
                          RowBatch* batch);

// What it follows; nothing if there is no such reactor. Errors: kDataLoss.
absl::StatusOr<std::optional<EventFilter>> ReadReactor(const RowReader& rows,
                                                       std::string_view name);
// Of the value under ReactorCheckpointKey(). Errors: kDataLoss.
absl::StatusOr<Position> ParseReactorCheckpoint(
    std::string_view name, const std::optional<std::string>& value);

}  // namespace daybook

#endif  // DAYBOOK_BUS_REACTOR_ROWS_H_
