// The record of each view in a store: which tables of rows it has, made by
// what, and which of them is shown.

#ifndef DAYBOOK_REPLAY_VIEW_CATALOG_H_
#define DAYBOOK_REPLAY_VIEW_CATALOG_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/projections/any_projection.h"
#include "daybook/replay/views.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"
#include "daybook/store/rows.h"
#include "daybook/store/runtime.h"
#include "daybook/v1/view.pb.h"

namespace daybook {

// A record that does not parse counts as none. Errors: kDataLoss for damage.
absl::StatusOr<v1::ViewRecord> ReadViewRecord(const RowReader& rows,
                                              std::string_view name);
absl::StatusOr<std::vector<v1::ViewRecord>> ReadViewRecords(
    const RowReader& rows);

// Null if there is none of that number.
const v1::ViewTable* FindTable(const v1::ViewRecord& record, uint64_t number);
// The one that reads show; null if there is none yet.
const v1::ViewTable* ServingTable(const v1::ViewRecord& record);

// What decodes keys and rows of `projection`'s tables: all of a ViewTable that
// says so, and nothing else.
v1::ViewTable ShapeOf(const AnyProjection& projection);
// Whether what `table` holds has that shape.
bool HasShape(const v1::ViewTable& table, const v1::ViewTable& shape);

// Adds an empty table for `projection`, which is not built, under a number of
// its own. Those of before that were never finished are removed.
// Not thread-safe for one store, like all that follow.
absl::StatusOr<uint64_t> AddTable(EventStore& store,
                                  const AnyProjection& projection,
                                  v1::ViewTable::Mode mode);
// From now on reads show `table`. The one that they showed is kept, those
// before are removed.
// Errors: kFailedPrecondition if there is no such table.
absl::Status ShowTable(EventStore& store, std::string_view name,
                       uint64_t number, absl::Time now);
// Removes all tables but the one that reads show and those that are being
// built; with `all`, these and the record too.
absl::Status DropTables(EventStore& store, std::string_view name, bool all);

// Up to where events are in the table; absent if nothing says so.
absl::StatusOr<std::optional<Position>> ReadCheckpoint(const RowReader& rows,
                                                       uint64_t table);
// What the record says of a view in a store whose head is `head`.
absl::StatusOr<ViewStatus> StatusOfView(EventStore& store,
                                        const RowReader& rows,
                                        const v1::ViewRecord& record,
                                        Position head, Clock* clock);

// Deletes whatever there is of a table, but for its place in the record.
void DeleteTableRows(uint64_t table, RowBatch* batch);

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_VIEW_CATALOG_H_
