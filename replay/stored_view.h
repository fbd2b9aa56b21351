// StoredView is a view that Views keeps in the store: what inline and async
// ones have in common, which is all but who applies the events.

#ifndef DAYBOOK_REPLAY_STORED_VIEW_H_
#define DAYBOOK_REPLAY_STORED_VIEW_H_

#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/projections/any_projection.h"
#include "daybook/replay/view.h"
#include "daybook/replay/views.h"
#include "daybook/store/event_store.h"
#include "daybook/v1/view.pb.h"
#include "replay/view_table.h"
#include "store/mutex.h"

namespace daybook {

// What the views of one Views share; outlives them.
struct ViewsShared {
  EventStore& store;
  const ViewsOptions options;
  Clock* const clock;
  // Held by who changes a record.
  Mutex catalog_mutex;

  void Log(LogLevel level, std::string_view message) const;
};

// Thread-safe.
class StoredView {
 public:
  StoredView(ViewsShared* shared,
             std::shared_ptr<const AnyProjection> projection, ViewMode mode);
  virtual ~StoredView() = default;

  const AnyProjection& projection() const { return *projection_; }
  const std::shared_ptr<const AnyProjection>& shared_projection() const {
    return projection_;
  }
  ViewMode mode() const { return mode_; }

  // Begins to keep the view. Called once.
  virtual absl::Status Start() = 0;
  // Ends that; no other call follows.
  virtual void Stop() = 0;
  virtual absl::Status WaitFor(Position position, absl::Duration timeout) = 0;
  // As Views.
  absl::Status Rebuild(const RebuildOptions& options);
  virtual absl::Status Resume(std::string_view key) = 0;

  absl::StatusOr<AnyView> Read() const;
  absl::StatusOr<ViewStatus> Status() const;

 protected:
  // Shows `table`, by Show(), whose rows have every event up to about the head,
  // and goes on with it; the table before no longer changes.
  virtual absl::Status TakeOver(std::unique_ptr<ViewTable> table) = 0;

  // Takes over the table that is shown, if it was made by this projection, or
  // else a new one.
  absl::Status Open();
  // From now on reads show `table`, if they did not before, and another table
  // may be made.
  absl::Status Show(const ViewTable& table);

  EventStore& store() const { return shared_->store; }
  const ViewsShared& shared() const { return *shared_; }

  void SetState(ViewState state, const absl::Status& failure = {});
  ViewState state() const;
  absl::Status failure() const;

 private:
  absl::StatusOr<v1::ViewRecord> Record(const RowReader& rows) const;
  // The table that is shown, brought up to about the head, if it was made by
  // this projection; else a new one, built, which is not shown yet.
  absl::StatusOr<std::unique_ptr<ViewTable>> OpenOrBuild();
  absl::StatusOr<std::unique_ptr<ViewTable>> Build(
      const RebuildOptions& options);
  absl::Status TakeOverBuilt(absl::StatusOr<std::unique_ptr<ViewTable>> table);
  absl::Status RecordAsShown(const ViewTable& table);
  // Another table may be made.
  void EndBuild();
  std::unique_ptr<ViewTable> MakeTable(uint64_t number) const;
  // Applies events until few are left.
  absl::Status Follow(ViewTable* table) const;

  ViewsShared* const shared_;
  const std::shared_ptr<const AnyProjection> projection_;
  const ViewMode mode_;
  const v1::ViewTable shape_;

  mutable Mutex mutex_;
  // A table is on its way: from before it is made until it is shown, since
  // another one that is made removes those that nobody shows.
  bool building_ ABSL_GUARDED_BY(mutex_) = false;
  CondVar built_;
  ViewState state_ ABSL_GUARDED_BY(mutex_) = ViewState::kBuilding;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  std::optional<RebuildProgress> progress_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_STORED_VIEW_H_
