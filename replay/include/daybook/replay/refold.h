// Refold: whether rows and snapshots that are kept in a store are what their
// events make of them, byte by byte.
//
// They are not when the projection or decider changed and its version or
// kRevision did not, when its Apply or Evolve depends on more than its
// arguments, or when rows were damaged.

#ifndef DAYBOOK_REPLAY_REFOLD_H_
#define DAYBOOK_REPLAY_REFOLD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "daybook/projections/any_decider.h"
#include "daybook/projections/any_projection.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"

namespace daybook {

struct RefoldOptions {
  // Which part of all keys is looked at, 0-1; always the same keys.
  double sample = 1;
  int worker_count = 1;
  size_t memory_bytes_max = size_t{1} << 30;
  // More differences are counted and not listed.
  size_t listed_count_max = 100;
};

// A row that is not what its events make of it.
struct RefoldDifference {
  // As EncodeRowKey() has it, and in protobuf's JSON.
  std::string key;
  std::string key_json;
  // In protobuf's JSON; absent: there is no such row.
  std::optional<std::string> stored_json;
  std::optional<std::string> folded_json;
  // The first event of the row's after which the stored row was never that of
  // the fold: what is wrong came about there, or later. Absent if the row has
  // no event.
  std::optional<Position> first_event;
};

struct RefoldReport {
  // Every event below was folded: what the stored rows have.
  Position next_position;
  uint64_t compared_count = 0;
  uint64_t difference_count = 0;
  // By key.
  std::vector<RefoldDifference> differences;
};

// Folds the view of `projection` from zero up to where its stored rows stand
// and compares. Changes nothing. Rows that are parked count as different.
//
// Errors: kNotFound if the store has no rows of the view; kFailedPrecondition
// if they are of another version; as FoldView(). Cost: as FoldView(), a scan of
// the rows, and the log once more if rows differ.
absl::StatusOr<RefoldReport> Refold(
    EventStore& store, const std::shared_ptr<const AnyProjection>& projection,
    const RefoldOptions& options = RefoldOptions());

// A snapshot that is not what its events make of it.
struct SnapshotDifference {
  std::string stream;
  // Of the snapshot's last event.
  Position position;
  // In protobuf's JSON.
  std::string stored_json;
  std::string folded_json;
  // The first event after which the state was never the stored one.
  std::optional<Position> first_event;
};

struct SnapshotRefoldReport {
  uint64_t compared_count = 0;
  // Of another fingerprint or damaged: never used, so not compared; of queries;
  // and of streams that no longer begin where they did.
  uint64_t passed_over_count = 0;
  uint64_t difference_count = 0;
  std::vector<SnapshotDifference> differences;
};

// Folds the streams of `decider`'s snapshots from zero up to each and compares.
// Changes nothing. `sample` is a part of the snapshots.
// Errors: kDataLoss if an event or the rows are damaged; of Evolve.
// Cost: a fold of its stream for each snapshot.
absl::StatusOr<SnapshotRefoldReport> RefoldSnapshots(
    EventStore& store, const AnyDecider& decider,
    const RefoldOptions& options = RefoldOptions());

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_REFOLD_H_
