#include "daybook/replay/stored_views.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "replay/row_json.h"
#include "replay/stored_projection.h"
#include "replay/view_catalog.h"
#include "replay/view_keys.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

// How long the event at `next` has waited.
absl::StatusOr<absl::Duration> LagSince(EventStore& store, Position next,
                                        Clock* clock) {
  DAYBOOK_ASSIGN_OR_RETURN(const Event event, store.ReadEvent(next));
  return std::max(clock->Now() - event.recorded_at, absl::ZeroDuration());
}

absl::StatusOr<size_t> CountRows(const RowReader& rows,
                                 const std::string& prefix) {
  size_t count = 0;
  const std::unique_ptr<RowCursor> cursor =
      rows.Scan(RowRange::OfPrefix(prefix));
  while (cursor->Next()) ++count;
  DAYBOOK_RETURN_IF_ERROR(cursor->status());
  return count;
}

absl::StatusOr<v1::ViewTable> ShownTable(const RowReader& rows,
                                         std::string_view name) {
  DAYBOOK_ASSIGN_OR_RETURN(const v1::ViewRecord record,
                           ReadViewRecord(rows, name));
  const v1::ViewTable* const table = ServingTable(record);
  if (table != nullptr) return *table;
  return absl::NotFoundError(
      absl::StrCat("the store keeps no rows of a view ", Quoted(name)));
}

ParkedKey ToParkedKey(const AnyProjection& projection, std::string_view key,
                      std::string_view value) {
  v1::ParkedRow row;
  row.ParsePartialFromArray(value.data(), static_cast<int>(value.size()));
  ParkedKey parked;
  parked.view = projection.name();
  parked.key = key;
  parked.key_json = KeyToJson(projection, key);
  parked.position = Position(row.position());
  parked.stream = row.stream();
  parked.revision = Revision(row.revision());
  parked.cause =
      absl::Status(static_cast<absl::StatusCode>(row.code()), row.cause());
  parked.parked_at = absl::FromUnixMicros(row.parked_at());
  return parked;
}

}  // namespace

absl::StatusOr<ViewStatus> StatusOfView(EventStore& store,
                                        const RowReader& rows,
                                        const v1::ViewRecord& record,
                                        Position head, Clock* clock) {
  ViewStatus status;
  status.name = record.name();
  status.state = ViewState::kBuilding;
  for (const v1::ViewTable& table : record.tables()) {
    if (table.built()) status.kept_versions.push_back(table.version());
    status.mode = table.mode() == v1::ViewTable::MODE_INLINE ? ViewMode::kInline
                                                             : ViewMode::kAsync;
  }
  const v1::ViewTable* const table = ServingTable(record);
  if (table == nullptr) return status;
  status.state = ViewState::kRunning;
  status.version = table->version();
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<Position> checkpoint,
                           ReadCheckpoint(rows, table->number()));
  status.next_position = checkpoint.value_or(Position(0));
  if (status.next_position < head) {
    status.lag_events = head.value() - status.next_position.value();
    DAYBOOK_ASSIGN_OR_RETURN(status.lag,
                             LagSince(store, status.next_position, clock));
  }
  DAYBOOK_ASSIGN_OR_RETURN(status.parked_count,
                           CountRows(rows, ParkedPrefix(table->number())));
  return status;
}

absl::StatusOr<std::vector<ViewStatus>> ListViews(EventStore& store,
                                                  Clock* clock) {
  if (clock == nullptr) clock = Clock::System();
  // Asked first, so that the rows are not behind what it says.
  const Position head = store.Head();
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                           store.ReadRows());
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<v1::ViewRecord> records,
                           ReadViewRecords(*rows));
  std::vector<ViewStatus> all;
  for (const v1::ViewRecord& record : records) {
    DAYBOOK_ASSIGN_OR_RETURN(ViewStatus status,
                             StatusOfView(store, *rows, record, head, clock));
    all.push_back(std::move(status));
  }
  return all;
}

absl::StatusOr<std::vector<ParkedKey>> ListParked(EventStore& store,
                                                  std::string_view name) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                           store.ReadRows());
  DAYBOOK_ASSIGN_OR_RETURN(const v1::ViewTable table, ShownTable(*rows, name));
  DAYBOOK_ASSIGN_OR_RETURN(const auto projection,
                           MakeStoredProjection(std::string(name), table));
  const std::string prefix = ParkedPrefix(table.number());
  const std::unique_ptr<RowCursor> cursor =
      rows->Scan(RowRange::OfPrefix(prefix));
  std::vector<ParkedKey> all;
  while (cursor->Next()) {
    all.push_back(ToParkedKey(*projection, cursor->key().substr(prefix.size()),
                              cursor->value()));
  }
  DAYBOOK_RETURN_IF_ERROR(cursor->status());
  return all;
}

absl::StatusOr<AnyView> ReadStoredView(EventStore& store,
                                       std::string_view name) {
  DAYBOOK_ASSIGN_OR_RETURN(std::shared_ptr<const RowReader> rows,
                           store.ReadRows());
  DAYBOOK_ASSIGN_OR_RETURN(const v1::ViewTable table, ShownTable(*rows, name));
  DAYBOOK_ASSIGN_OR_RETURN(auto projection,
                           MakeStoredProjection(std::string(name), table));
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<Position> checkpoint,
                           ReadCheckpoint(*rows, table.number()));
  return AnyView(std::move(projection), std::move(rows), table.number(),
                 checkpoint.value_or(Position(0)));
}

}  // namespace daybook
