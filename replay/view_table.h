// ViewTable is one table of a view's rows that follows the log: it applies the
// next events, and writes what they change together with how far it has come.

#ifndef DAYBOOK_REPLAY_VIEW_TABLE_H_
#define DAYBOOK_REPLAY_VIEW_TABLE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/projections/any_projection.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"
#include "daybook/store/runtime.h"
#include "daybook/v1/view.pb.h"
#include "replay/row_changes.h"

namespace daybook {

// What happens when Apply refuses an event.
enum class OnApplyError {
  // Nothing of the batch is written, and the error comes back.
  kStop,
  // The row is parked: it stays as it is, later events pass it over, and the
  // other rows go on.
  kPark,
};

// The record of a row that was parked at `event`.
v1::ParkedRow MakeParkedRow(const EventInfo& event, const absl::Status& cause,
                            absl::Time now);

// Not thread-safe, but for next_position() and parked_count().
class ViewTable {
 public:
  // The store must outlive it.
  ViewTable(EventStore& store, std::shared_ptr<const AnyProjection> projection,
            uint64_t number, OnApplyError on_error, Clock* clock);

  // Reads how far it has come, and which rows are parked.
  // Errors: kDataLoss if nothing says how far, or that is above the head: build
  // it anew.
  absl::Status Load();

  const AnyProjection& projection() const { return *projection_; }
  uint64_t number() const { return number_; }
  // Every event below is applied, none from there on.
  Position next_position() const {
    return Position(next_position_.load(std::memory_order_acquire));
  }
  size_t parked_count() const {
    return parked_count_.load(std::memory_order_relaxed);
  }

  // Applies the next events below `end`, at most a batch of them, and writes
  // what they changed in one step.
  // Errors: of the read, the projection and the write, with the event's
  // position; nothing is written then.
  absl::Status ApplyNext(Position end);

  // As if every event had been applied to the parked row `key` again, from the
  // one it was parked at on. Errors: kNotFound if it is not parked; what Apply
  // returns: it is then still parked, at that event.
  absl::Status Resume(const std::string& key);
  // The keys of all rows that are parked.
  const std::map<std::string, v1::ParkedRow>& parked() const { return parked_; }

 private:
  absl::Status ApplyBatch(Position end);
  absl::Status ApplyEvent(const PreparedEvent& event, RowChanges* changes,
                          RowChanges::Get get, RowBatch* batch);
  absl::Status Park(const std::string& key, const EventInfo& event,
                    const absl::Status& cause, RowBatch* batch);
  static absl::Status Write(RowChanges* changes, RowBatch* batch);

  EventStore& store_;
  const std::shared_ptr<const AnyProjection> projection_;
  const uint64_t number_;
  const OnApplyError on_error_;
  Clock* const clock_;
  std::atomic<uint64_t> next_position_ = 0;
  std::atomic<size_t> parked_count_ = 0;
  std::map<std::string, v1::ParkedRow> parked_;
  // Parked by the batch that is being applied, and not written yet.
  std::vector<std::string> newly_parked_;
};

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_VIEW_TABLE_H_
