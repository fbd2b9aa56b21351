// Which snapshots a store has, and how to be rid of them. Needs no decider.
//
//   VisitSnapshots(*store, {.decider = "cart"}, [](const SnapshotInfo& info) {
//     Show(info);
//     return true;
//   });

#ifndef DAYBOOK_REPLAY_SNAPSHOT_LIST_H_
#define DAYBOOK_REPLAY_SNAPSHOT_LIST_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"
#include "daybook/store/query.h"

namespace daybook {

// Both must hold; empty means any.
struct SnapshotFilter {
  // The name that its Snapshots has.
  std::string decider;
  // Given a stream, snapshots of queries are left out.
  std::string stream;
};

struct SnapshotInfo {
  std::string decider;
  // Empty for one of a query.
  std::string stream;
  // Of the last event that is in it.
  Position position;
  // As stored.
  size_t bytes = 0;
  // Its bytes don't check: it is never used, and what follows is unknown.
  bool damaged = false;

  // Of a query: which.
  std::optional<Query> query;
  // Of a stream: of the last event.
  std::optional<Revision> revision;
  // Of the decider that made it.
  uint64_t fingerprint = 0;
  // Of the last event.
  absl::Time recorded_at;
  // How many events a fold without it would read to get there.
  uint64_t event_count = 0;
};

// Calls `visit` with each snapshot, by decider, then queries before streams,
// then position, until it returns false.
// Errors: kDataLoss when rows are damaged; kUnavailable once closed.
// Cost: reads the snapshots, states too, one at a time.
absl::Status VisitSnapshots(EventStore& store, const SnapshotFilter& filter,
                            absl::FunctionRef<bool(const SnapshotInfo&)> visit);

// Removes snapshots: loads read the events again. Harmless at any time, also
// while they are used. Removes damaged ones too.
// Errors: as VisitSnapshots() and EventStore::WriteRows().
absl::Status DropSnapshots(EventStore& store, const SnapshotFilter& filter);

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_SNAPSHOT_LIST_H_
