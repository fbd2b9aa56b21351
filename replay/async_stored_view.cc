#include "replay/async_stored_view.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "store/status_macros.h"
#include "store/strings.h"
#include "store/thread.h"

namespace daybook {
namespace {

// How soon Stop() is noticed.
constexpr absl::Duration kPatience = absl::Milliseconds(50);
// A batch costs as much as tens of events: nobody waiting, so long is waited
// for more of them, unless there are enough.
constexpr absl::Duration kGatherTime = absl::Milliseconds(1);
constexpr uint64_t kEnoughEventCount = 256;
// More events than this are a lag.
constexpr uint64_t kLagEventCount = 4096;

}  // namespace

AsyncStoredView::AsyncStoredView(
    ViewsShared* shared, std::shared_ptr<const AnyProjection> projection)
    : StoredView(shared, std::move(projection), ViewMode::kAsync) {}

absl::Status AsyncStoredView::Start() {
  DAYBOOK_ASSIGN_OR_RETURN(thread_, StartThread([this] { Run(); }));
  return absl::OkStatus();
}

void AsyncStoredView::Stop() {
  {
    MutexLock lock(&mutex_);
    stopped_ = true;
    changed_.SignalAll();
  }
  if (thread_.joinable()) thread_.join();
}

bool AsyncStoredView::is_stopped() {
  MutexLock lock(&mutex_);
  return stopped_;
}

void AsyncStoredView::Run() {
  bool is_open = false;
  while (!is_stopped()) {
    const bool went_well = is_open ? ApplyBatch() : (is_open = Begin());
    if (went_well) {
      AwaitEvents();
      continue;
    }
    MutexLock lock(&mutex_);
    while (!stopped_ && !failure_.ok()) changed_.Wait(&mutex_);
  }
}

bool AsyncStoredView::Begin() {
  SetState(ViewState::kBuilding);
  const absl::Status opened = Open();
  if (!opened.ok()) Fail(opened);
  return opened.ok();
}

absl::Status AsyncStoredView::TakeOver(std::unique_ptr<ViewTable> table) {
  MutexLock table_lock(&table_mutex_);
  // The rows that are shown never go back.
  const Position reached =
      table_ != nullptr ? table_->next_position() : Position(0);
  while (table->next_position() < reached) {
    DAYBOOK_RETURN_IF_ERROR(table->ApplyNext(reached));
  }
  DAYBOOK_RETURN_IF_ERROR(Show(*table));
  table_ = std::move(table);
  SetState(ViewState::kRunning);
  MutexLock lock(&mutex_);
  next_position_ = table_->next_position();
  failure_ = absl::OkStatus();
  changed_.SignalAll();
  return absl::OkStatus();
}

bool AsyncStoredView::ApplyBatch() {
  MutexLock table_lock(&table_mutex_);
  const size_t parked_before = table_->parked_count();
  const Position head = store().Head();
  const absl::Status applied = table_->ApplyNext(head);
  if (!applied.ok()) {
    Fail(applied);
    return false;
  }
  if (table_->parked_count() > parked_before) {
    shared().Log(LogLevel::kWarning,
                 absl::StrCat("view ", Quoted(projection().name()), ": ",
                              table_->parked_count(), " rows are parked"));
  }
  const Position next = table_->next_position();
  SetState(head.value() - next.value() > kLagEventCount ? ViewState::kLagging
                                                        : ViewState::kRunning);
  MutexLock lock(&mutex_);
  next_position_ = next;
  changed_.SignalAll();
  return true;
}

void AsyncStoredView::AwaitEvents() {
  Position next;
  {
    MutexLock lock(&mutex_);
    next = next_position_;
  }
  // Also ends at the timeout, and when the store is closed: a read will tell.
  store().WaitForEvent(next, kPatience).IgnoreError();
  if (store().Head().value() - next.value() >= kEnoughEventCount) return;
  MutexLock lock(&mutex_);
  if (waiter_count_ == 0 && !stopped_) {
    changed_.WaitWithTimeout(&mutex_, kGatherTime);
  }
}

void AsyncStoredView::Fail(const absl::Status& failure) {
  SetState(ViewState::kFailed, failure);
  shared().Log(LogLevel::kError,
               absl::StrCat("view ", Quoted(projection().name()),
                            " does not go on: ", failure.message()));
  MutexLock lock(&mutex_);
  failure_ = failure;
  changed_.SignalAll();
}

absl::Status AsyncStoredView::WaitFor(Position position,
                                      absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  MutexLock lock(&mutex_);
  ++waiter_count_;
  changed_.SignalAll();
  absl::Status status = Await(position, deadline);
  --waiter_count_;
  return status;
}

absl::Status AsyncStoredView::Await(Position position, absl::Time deadline) {
  while (next_position_ <= position) {
    if (!failure_.ok()) return failure_;
    if (stopped_) return absl::UnavailableError("the views are closed");
    if (changed_.WaitWithDeadline(&mutex_, deadline) &&
        next_position_ <= position) {
      return absl::DeadlineExceededError(absl::StrCat(
          "view ", Quoted(projection().name()), " has come to position ",
          next_position_.value(), ", not beyond ", position.value()));
    }
  }
  return absl::OkStatus();
}

absl::Status AsyncStoredView::Resume(std::string_view key) {
  absl::Status status;
  {
    MutexLock table_lock(&table_mutex_);
    if (table_ != nullptr && !key.empty()) {
      return table_->Resume(std::string(key));
    }
    if (table_ != nullptr) {
      std::vector<std::string> keys;
      for (const auto& [parked, why] : table_->parked()) keys.push_back(parked);
      for (const std::string& parked : keys) {
        status.Update(table_->Resume(parked));
      }
    }
  }
  MutexLock lock(&mutex_);
  failure_ = absl::OkStatus();
  changed_.SignalAll();
  return status;
}

}  // namespace daybook
