#include "replay/stored_view.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "replay/view_build.h"
#include "replay/view_catalog.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

// Few enough events to be applied while appends wait.
constexpr uint64_t kNearlyThere = 1000;

v1::ViewTable::Mode StoredMode(ViewMode mode) {
  return mode == ViewMode::kInline ? v1::ViewTable::MODE_INLINE
                                   : v1::ViewTable::MODE_ASYNC;
}

}  // namespace

void ViewsShared::Log(LogLevel level, std::string_view message) const {
  if (options.logger != nullptr) options.logger->Log(level, message);
}

StoredView::StoredView(ViewsShared* shared,
                       std::shared_ptr<const AnyProjection> projection,
                       ViewMode mode)
    : shared_(shared),
      projection_(std::move(projection)),
      mode_(mode),
      shape_(ShapeOf(*projection_)) {}

// --- Building ----------------------------------------------------------------

std::unique_ptr<ViewTable> StoredView::MakeTable(uint64_t number) const {
  return std::make_unique<ViewTable>(
      store(), projection_, number,
      mode_ == ViewMode::kInline ? OnApplyError::kStop : OnApplyError::kPark,
      shared_->clock);
}

absl::StatusOr<std::unique_ptr<ViewTable>> StoredView::OpenOrBuild() {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                           store().ReadRows());
  DAYBOOK_ASSIGN_OR_RETURN(const v1::ViewRecord record, Record(*rows));
  const v1::ViewTable* const serving = ServingTable(record);
  if (serving != nullptr &&
      serving->fingerprint() == projection_->fingerprint() &&
      serving->mode() == StoredMode(mode_)) {
    std::unique_ptr<ViewTable> table = MakeTable(serving->number());
    const absl::Status loaded = table->Load();
    if (loaded.ok()) {
      DAYBOOK_RETURN_IF_ERROR(Follow(table.get()));
      return table;
    }
    if (!absl::IsDataLoss(loaded)) return loaded;
    shared_->Log(LogLevel::kWarning, std::string(loaded.message()));
  }
  return Build(shared_->options.build);
}

absl::Status StoredView::TakeOverBuilt(
    absl::StatusOr<std::unique_ptr<ViewTable>> table) {
  absl::Status status = table.status();
  if (table.ok()) status = TakeOver(*std::move(table));
  // Otherwise Show() has ended it.
  if (!status.ok()) EndBuild();
  return status;
}

void StoredView::EndBuild() {
  MutexLock lock(&mutex_);
  building_ = false;
  built_.SignalAll();
}

absl::Status StoredView::Open() {
  {
    MutexLock lock(&mutex_);
    while (building_) built_.Wait(&mutex_);
    building_ = true;
  }
  return TakeOverBuilt(OpenOrBuild());
}

absl::Status StoredView::Rebuild(const RebuildOptions& options) {
  {
    MutexLock lock(&mutex_);
    if (building_) {
      return absl::FailedPreconditionError(absl::StrCat(
          "view ", Quoted(projection_->name()), " is being built already"));
    }
    building_ = true;
  }
  return TakeOverBuilt(Build(options));
}

absl::StatusOr<std::unique_ptr<ViewTable>> StoredView::Build(
    const RebuildOptions& options) {
  const Position end = store().Head();
  uint64_t number;
  {
    MutexLock lock(&shared_->catalog_mutex);
    DAYBOOK_ASSIGN_OR_RETURN(
        number, AddTable(store(), *projection_, StoredMode(mode_)));
  }
  RebuildOptions told = options;
  told.progress = [&](const RebuildProgress& progress) {
    {
      MutexLock lock(&mutex_);
      progress_ = progress;
    }
    return !options.progress || options.progress(progress);
  };
  std::unique_ptr<ViewTable> table = MakeTable(number);
  absl::Status built = BuildTable(
      store(), projection_, number, end,
      mode_ == ViewMode::kInline ? OnApplyError::kStop : OnApplyError::kPark,
      shared_->clock, told);
  if (built.ok()) built = table->Load();
  if (built.ok()) built = Follow(table.get());
  MutexLock lock(&mutex_);
  progress_.reset();
  if (!built.ok()) return built;
  return table;
}

absl::Status StoredView::Follow(ViewTable* table) const {
  while (true) {
    const Position head = store().Head();
    if (head.value() <= table->next_position().value() + kNearlyThere) {
      return absl::OkStatus();
    }
    DAYBOOK_RETURN_IF_ERROR(table->ApplyNext(head));
  }
}

absl::Status StoredView::Show(const ViewTable& table) {
  DAYBOOK_RETURN_IF_ERROR(RecordAsShown(table));
  EndBuild();
  return absl::OkStatus();
}

absl::Status StoredView::RecordAsShown(const ViewTable& table) {
  MutexLock lock(&shared_->catalog_mutex);
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                           store().ReadRows());
  DAYBOOK_ASSIGN_OR_RETURN(const v1::ViewRecord record, Record(*rows));
  if (record.has_serving() && record.serving() == table.number()) {
    return absl::OkStatus();
  }
  return ShowTable(store(), projection_->name(), table.number(),
                   shared_->clock->Now());
}

// --- Reading -----------------------------------------------------------------

absl::StatusOr<v1::ViewRecord> StoredView::Record(const RowReader& rows) const {
  return ReadViewRecord(rows, projection_->name());
}

absl::StatusOr<AnyView> StoredView::Read() const {
  DAYBOOK_ASSIGN_OR_RETURN(std::shared_ptr<const RowReader> rows,
                           store().ReadRows());
  DAYBOOK_ASSIGN_OR_RETURN(const v1::ViewRecord record, Record(*rows));
  const v1::ViewTable* const table = ServingTable(record);
  if (table == nullptr) {
    DAYBOOK_RETURN_IF_ERROR(failure());
    return absl::UnavailableError(
        absl::StrCat("view ", Quoted(projection_->name()),
                     " is being built: try again later"));
  }
  if (table->fingerprint() != projection_->fingerprint() &&
      !HasShape(*table, shape_)) {
    return absl::UnavailableError(absl::StrCat(
        "view ", Quoted(projection_->name()), " shows rows of version ",
        table->version(), ", which are of another shape, until version ",
        projection_->version(), " is built: try again later"));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<Position> checkpoint,
                           ReadCheckpoint(*rows, table->number()));
  if (!checkpoint) {
    return absl::DataLossError(
        absl::StrCat("view ", Quoted(projection_->name()),
                     " does not say how far it has come: rebuild it"));
  }
  const uint64_t number = table->number();
  return AnyView(projection_, std::move(rows), number, *checkpoint);
}

absl::StatusOr<ViewStatus> StoredView::Status() const {
  // Asked before the rows, so that these are not behind what was asked.
  const Position head = store().Head();
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                           store().ReadRows());
  DAYBOOK_ASSIGN_OR_RETURN(const v1::ViewRecord record, Record(*rows));
  DAYBOOK_ASSIGN_OR_RETURN(
      ViewStatus status,
      StatusOfView(store(), *rows, record, head, shared_->clock));
  status.mode = mode_;
  MutexLock lock(&mutex_);
  status.state = progress_ ? ViewState::kBuilding : state_;
  status.failure = failure_;
  status.progress = progress_;
  return status;
}

// --- State -------------------------------------------------------------------

void StoredView::SetState(ViewState state, const absl::Status& failure) {
  MutexLock lock(&mutex_);
  state_ = state;
  failure_ = failure;
}

ViewState StoredView::state() const {
  MutexLock lock(&mutex_);
  return state_;
}

absl::Status StoredView::failure() const {
  MutexLock lock(&mutex_);
  return failure_;
}

}  // namespace daybook
