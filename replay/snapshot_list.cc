#include "daybook/replay/snapshot_list.h"

#include <memory>
#include <utility>

#include "daybook/store/rows.h"
#include "replay/snapshot_record.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

SnapshotInfo InfoOf(const SnapshotKeyParts& key, const RowCursor& row) {
  SnapshotInfo info{.decider = std::string(key.decider),
                    .stream = std::string(key.stream),
                    .position = key.position,
                    .bytes = row.value().size()};
  const std::optional<v1::Snapshot> snapshot =
      DecodeSnapshot(row.key(), row.value());
  if (!snapshot) {
    info.damaged = true;
    return info;
  }
  if (info.stream.empty()) {
    info.query = FromProto(snapshot->query());
  } else {
    info.revision = Revision(snapshot->revision());
  }
  info.fingerprint = snapshot->fingerprint();
  info.recorded_at = absl::FromUnixMicros(snapshot->recorded_at());
  info.event_count = snapshot->event_count();
  return info;
}

// Calls `visit` with what the keys of the filter's snapshots begin with; a
// stream may have snapshots by many deciders.
absl::Status VisitPrefixes(
    const RowReader& rows, const SnapshotFilter& filter,
    absl::FunctionRef<bool(const std::string& prefix)> visit) {
  if (filter.stream.empty()) {
    visit(filter.decider.empty() ? SnapshotPrefix()
                                 : SnapshotPrefix(filter.decider));
    return absl::OkStatus();
  }
  if (!filter.decider.empty()) {
    visit(SnapshotPrefix(filter.decider, filter.stream));
    return absl::OkStatus();
  }
  RowRange range = RowRange::OfPrefix(SnapshotPrefix());
  while (true) {
    // Of each decider only the first key is looked at.
    const std::unique_ptr<RowCursor> cursor = rows.Scan(range);
    if (!cursor->Next()) return cursor->status();
    const std::string key(cursor->key());
    const std::optional<SnapshotKeyParts> parts = ParseSnapshotKey(key);
    if (!parts) {
      range.begin = key + '\0';
      continue;
    }
    if (!visit(SnapshotPrefix(parts->decider, filter.stream))) break;
    range.begin = RowRange::OfPrefix(SnapshotPrefix(parts->decider)).end;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status VisitSnapshots(
    EventStore& store, const SnapshotFilter& filter,
    absl::FunctionRef<bool(const SnapshotInfo&)> visit) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                           store.ReadRows());
  absl::Status status;
  status.Update(VisitPrefixes(*rows, filter, [&](const std::string& prefix) {
    std::unique_ptr<RowCursor> cursor = rows->Scan(RowRange::OfPrefix(prefix));
    while (cursor->Next()) {
      const std::optional<SnapshotKeyParts> key =
          ParseSnapshotKey(cursor->key());
      if (key && !visit(InfoOf(*key, *cursor))) return false;
    }
    status.Update(cursor->status());
    return status.ok();
  }));
  return status;
}

absl::Status DropSnapshots(EventStore& store, const SnapshotFilter& filter) {
  RowBatch batch;
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<RowReader> rows, store.ReadRows());
  DAYBOOK_RETURN_IF_ERROR(
      VisitPrefixes(*rows, filter, [&](const std::string& prefix) {
        batch.DeleteRange(RowRange::OfPrefix(prefix));
        return true;
      }));
  rows.reset();
  return batch.empty() ? absl::OkStatus() : store.WriteRows(batch);
}

}  // namespace daybook
