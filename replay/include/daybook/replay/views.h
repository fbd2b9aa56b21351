// Views: the rows of projections, kept in the store and changed as events come.
//
//   Views views(*store);
//   views.Add<CartContents>(ViewMode::kInline);
//   views.Add<SalesBySku>(ViewMode::kAsync);
//   ...
//   absl::StatusOr<View<SalesBySku>> sales = views.Read<SalesBySku>();
//   if (!sales.ok()) return sales.status();
//   absl::StatusOr<std::optional<SkuSales>> tea = sales->Get(SkuOf("tea"));
//
// When rows change is chosen here, not in the projection:
//
//   kLive    never: they are folded from the log whenever they are read
//   kInline  with the append, in its own batch: who appended reads them
//   kAsync   behind the log, by a thread of the view's own; WaitFor() waits
//            until it has come as far as one's own append
//
// A view that was made by another version of its projection is built anew
// beside the old one, which is shown until then, and kept until it is dropped.
// What is shown is never mixed. How: replay/README.md.

#ifndef DAYBOOK_REPLAY_VIEWS_H_
#define DAYBOOK_REPLAY_VIEWS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/projections/any_projection.h"
#include "daybook/projections/projection.h"
#include "daybook/replay/as_of.h"
#include "daybook/replay/view.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"
#include "daybook/store/runtime.h"

namespace daybook {

enum class ViewMode { kLive, kInline, kAsync };
// "live", "inline", "async".
std::string_view ToString(ViewMode mode);

enum class ViewState {
  kLive,
  // Its first rows, or those of a new version, are being built.
  kBuilding,
  // It has all events, or is at most a batch behind.
  kRunning,
  // It is further behind.
  kLagging,
  // It does not go on: ViewStatus::failure says why. Resume() tries again.
  kFailed,
};
// "live", "building", "running", "lagging", "failed".
std::string_view ToString(ViewState state);

struct RebuildProgress {
  // Of the events below `end`.
  Position done;
  Position end;
  double events_per_second = 0;
  // Until it is done, as far as can be told.
  absl::Duration remaining = absl::InfiniteDuration();
};

struct RebuildOptions {
  // Threads, the calling one among them.
  int worker_count = 1;
  // How much rows may take in memory, about. A view that needs more is built in
  // the store, one batch of events after the other.
  size_t memory_bytes_max = size_t{512} << 20;
  // Called now and then, from any of the threads, by one at a time; it must not
  // block. False ends the rebuild with kCancelled.
  std::function<bool(const RebuildProgress&)> progress;
};

// A row that stands still because an event could not be applied to it.
struct ParkedKey {
  std::string view;
  // As EncodeRowKey() has it, and in protobuf's JSON.
  std::string key;
  std::string key_json;
  Position position;  // of the event
  std::string stream;
  Revision revision;
  absl::Status cause;
  absl::Time parked_at;
};

struct ViewStatus {
  std::string name;
  ViewMode mode = ViewMode::kLive;
  ViewState state = ViewState::kLive;
  // Of the rows that are shown.
  int version = 0;
  // Every event below is in them.
  Position next_position;
  // Events that are not, and for how long the first of them has waited.
  uint64_t lag_events = 0;
  absl::Duration lag;
  size_t parked_count = 0;
  // Of kBuilding.
  std::optional<RebuildProgress> progress;
  absl::Status failure;
  // Versions whose rows are kept, in the order they were built; the shown one
  // among them.
  std::vector<int> kept_versions;
};

struct ViewsOptions {
  // How views are built when they are added.
  RebuildOptions build;
  // Null takes the system's clock.
  Clock* clock = nullptr;
  // For what nobody waits for: a view that fails, a key that is parked. Null:
  // nothing is said.
  Logger* logger = nullptr;
};

// Keeps views of one store. Thread-safe. One at a time for a store; it must be
// destroyed before the store is closed.
class Views {
 public:
  explicit Views(EventStore& store, const ViewsOptions& options = {});
  // Ends its threads and lets go of appends; rows stay in the store, and the
  // next Views goes on where they are.
  ~Views();
  Views(const Views&) = delete;
  Views& operator=(const Views&) = delete;

  // From now on keeps the view of `projection`. An inline view is built, or
  // brought up to date, before this returns; appends go on meanwhile. An async
  // one is by its thread.
  //
  // Errors: kAlreadyExists if a view of that name was added; for an inline one
  // as FoldView() and EventStore::Attach(); for an async one kResourceExhausted
  // if the machine or a limit has no thread to give.
  absl::Status Add(const std::shared_ptr<const AnyProjection>& projection,
                   ViewMode mode);
  template <Projection P>
  absl::Status Add(ViewMode mode);

  // The rows as of now, or as of any moment before: those are folded from the
  // log in memory, as a live view's always are.
  //
  // Errors: kNotFound if there is no such view; kUnavailable while its first
  // rows are built, or when those that are shown are of a version with another
  // key or row; kDataLoss if rows are damaged: rebuild it; as FoldView().
  absl::StatusOr<AnyView> Read(std::string_view name,
                               const AsOf& as_of = AsOf());
  template <Projection P>
  absl::StatusOr<View<P>> Read(const AsOf& as_of = AsOf());

  // Waits until the event at `position` is in the rows that are shown: with the
  // position of one's own append, one reads what one wrote.
  // Errors: kDeadlineExceeded; kNotFound; the failure of a view that does not
  // go on.
  absl::Status WaitFor(std::string_view name, Position position,
                       absl::Duration timeout);

  // Builds the rows anew beside those that are shown, then shows the new ones.
  // Appends go on and the old rows follow them meanwhile. Runs on this thread
  // and returns when it is done. Killed half-way, it is as if it had not begun.
  // Errors: kNotFound; kFailedPrecondition for a live view, or one that is
  // being built; as FoldView(): then the old rows are shown as before.
  absl::Status Rebuild(std::string_view name, const RebuildOptions& options);

  // Of all views that were added, by name.
  absl::StatusOr<std::vector<ViewStatus>> Status();

  // The rows that stand still.
  absl::StatusOr<std::vector<ParkedKey>> Parked(std::string_view name);
  // Applies again what the parked row `key` has missed, from the event it was
  // parked at on; an empty key: to every parked row, and lets a failed view go
  // on. Errors: kNotFound; what Apply returns.
  absl::Status Resume(std::string_view name, std::string_view key = {});

  // Removes the rows that are kept of versions other than the shown one; with
  // `all`, everything there is of a view that was not added.
  // Errors: kNotFound; kFailedPrecondition for `all` of one that was.
  absl::Status Drop(std::string_view name, bool all = false);

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

// -----------------------------------------------------------------------------

template <Projection P>
absl::Status Views::Add(ViewMode mode) {
  const absl::StatusOr<std::shared_ptr<const AnyProjection>> projection =
      MakeAnyProjection<P>();
  if (!projection.ok()) return projection.status();
  return Add(*projection, mode);
}

template <Projection P>
absl::StatusOr<View<P>> Views::Read(const AsOf& as_of) {
  absl::StatusOr<AnyView> view = Read(P::kName, as_of);
  if (!view.ok()) return view.status();
  return View<P>(*std::move(view));
}

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_VIEWS_H_
