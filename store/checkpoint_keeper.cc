#include "store/checkpoint_keeper.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "store/event_filter.h"
#include "store/status_macros.h"
#include "store/strings.h"
#include "store/subscription_rows.h"

namespace daybook {
namespace {

// How long what was acknowledged may be in memory alone.
constexpr absl::Duration kFlushInterval = absl::Milliseconds(100);

}  // namespace

absl::StatusOr<std::shared_ptr<CheckpointKeeper::Entry>> CheckpointKeeper::Open(
    const SubscribeOptions& options, Position end) {
  const std::string& name = options.name;
  DAYBOOK_RETURN_IF_ERROR(ValidateSubscriptionName(name));
  MutexLock rows_lock(&rows_mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckRunning());
  const Position head = store_->Head();
  std::shared_ptr<Entry> entry;
  absl::StatusOr<SubscriptionRow> row;
  {
    DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                             store_->ReadRows());
    row = ReadSubscription(*rows, name);
  }
  RowBatch batch;
  if (absl::IsNotFound(row.status())) {
    const Position begin = options.from.position().value_or(end);
    if (begin > head) {
      return absl::InvalidArgumentError(
          absl::StrCat("subscription ", Quoted(name), ": position ",
                       begin.value(), " is beyond the head, ", head.value()));
    }
    PutSubscription(name, {options.filter, clock_->Now()}, &batch);
    PutCheckpoint(name, begin, &batch);
    DAYBOOK_RETURN_IF_ERROR(store_->WriteRows(batch));
    entry = AddEntry(name, begin);
  } else {
    DAYBOOK_RETURN_IF_ERROR(row.status());
    DAYBOOK_ASSIGN_OR_RETURN(entry, Load(name));
    if (IsOpen(*entry)) {
      return absl::FailedPreconditionError(
          absl::StrCat("subscription ", Quoted(name), " is open already"));
    }
    if (CheckpointOf(*entry) > head) {
      return absl::FailedPreconditionError(
          absl::StrCat("subscription ", Quoted(name), " has come to position ",
                       CheckpointOf(*entry).value(), ", the log ends at ",
                       head.value(), ": reset it"));
    }
    if (!SameFilter(row->filter, options.filter)) {
      if (!options.accept_changed_filter) {
        return absl::FailedPreconditionError(absl::StrCat(
            "subscription ", Quoted(name),
            " follows other events than it is asked to now: take another "
            "name, delete it, or accept the changed filter"));
      }
      PutSubscription(name, {options.filter, row->created_at}, &batch);
      DAYBOOK_RETURN_IF_ERROR(store_->WriteRows(batch));
    }
  }
  MutexLock lock(&mutex_);
  entry->open_ = true;
  return entry;
}

void CheckpointKeeper::Close(Entry* entry) {
  MutexLock lock(&mutex_);
  entry->open_ = false;
}

Position CheckpointKeeper::CheckpointOf(const Entry& entry) const {
  MutexLock lock(&mutex_);
  return entry.checkpoint_;
}

bool CheckpointKeeper::IsOpen(const Entry& entry) const {
  MutexLock lock(&mutex_);
  return entry.open_;
}

absl::Status CheckpointKeeper::CheckRunning() const {
  MutexLock lock(&mutex_);
  if (!stopped_) return absl::OkStatus();
  return absl::UnavailableError("the store is closed");
}

absl::Status CheckpointKeeper::Raise(const std::shared_ptr<Entry>& entry,
                                     Position checkpoint) {
  {
    MutexLock lock(&mutex_);
    if (stopped_) return absl::UnavailableError("the store is closed");
    DAYBOOK_RETURN_IF_ERROR(stuck_);
    if (checkpoint <= entry->checkpoint_) return absl::OkStatus();
    entry->checkpoint_ = checkpoint;
    if (waiting_count_ > 0) changed_.SignalAll();
    if (!entry->dirty_) {
      entry->dirty_ = true;
      dirty_.push_back(entry);
    }
    if (flush_scheduled_) return absl::OkStatus();
    flush_scheduled_ = true;
  }
  schedule_(kFlushInterval, [weak = weak_from_this()] {
    // What goes wrong is told to whoever acknowledges or reads next.
    if (const auto keeper = weak.lock()) keeper->Flush().IgnoreError();
  });
  return absl::OkStatus();
}

absl::Status CheckpointKeeper::WhyStuck() const {
  MutexLock lock(&mutex_);
  return stuck_;
}

absl::Status CheckpointKeeper::Flush() {
  MutexLock rows_lock(&rows_mutex_);
  return FlushHeld();
}

absl::Status CheckpointKeeper::FlushHeld() {
  std::vector<std::shared_ptr<Entry>> written;
  RowBatch batch;
  {
    MutexLock lock(&mutex_);
    flush_scheduled_ = false;
    if (stopped_) return absl::UnavailableError("the store is closed");
    for (const std::shared_ptr<Entry>& entry : dirty_) {
      entry->dirty_ = false;
      PutCheckpoint(entry->name_, entry->checkpoint_, &batch);
    }
    written.swap(dirty_);
  }
  if (written.empty()) return absl::OkStatus();
  absl::Status status = store_->WriteRows(batch);
  if (status.ok()) return status;
  MutexLock lock(&mutex_);
  stuck_ = absl::FailedPreconditionError(absl::StrCat(
      "what is acknowledged is not kept any more: ", status.message()));
  for (std::shared_ptr<Entry>& entry : written) {
    if (entry->dirty_) continue;
    entry->dirty_ = true;
    dirty_.push_back(std::move(entry));
  }
  return status;
}

void CheckpointKeeper::Stop() {
  MutexLock rows_lock(&rows_mutex_);
  // After a failed write there is nothing more to be done.
  FlushHeld().IgnoreError();
  MutexLock lock(&mutex_);
  stopped_ = true;
  changed_.SignalAll();
}

std::shared_ptr<CheckpointKeeper::Entry> CheckpointKeeper::FindEntry(
    std::string_view name) {
  MutexLock lock(&mutex_);
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : found->second;
}

std::shared_ptr<CheckpointKeeper::Entry> CheckpointKeeper::AddEntry(
    std::string_view name, Position checkpoint) {
  auto entry = std::make_shared<Entry>(std::string(name));
  MutexLock lock(&mutex_);
  entry->checkpoint_ = checkpoint;
  entries_[entry->name_] = entry;
  return entry;
}

absl::StatusOr<std::shared_ptr<CheckpointKeeper::Entry>> CheckpointKeeper::Load(
    std::string_view name) {
  if (std::shared_ptr<Entry> entry = FindEntry(name)) return entry;
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                           store_->ReadRows());
  DAYBOOK_RETURN_IF_ERROR(ReadSubscription(*rows, name).status());
  DAYBOOK_ASSIGN_OR_RETURN(const Position checkpoint,
                           ReadCheckpoint(*rows, name));
  return AddEntry(name, checkpoint);
}

// --- Looking, and what operators do ------------------------------------------

absl::Status CheckpointKeeper::WaitHandled(std::string_view name,
                                           Position position,
                                           absl::Duration timeout) {
  const absl::Duration deadline = Clock::System()->Monotonic() + timeout;
  DAYBOOK_RETURN_IF_ERROR(ValidateSubscriptionName(name));
  std::shared_ptr<Entry> entry;
  {
    MutexLock rows_lock(&rows_mutex_);
    DAYBOOK_RETURN_IF_ERROR(CheckRunning());
    DAYBOOK_ASSIGN_OR_RETURN(entry, Load(name));
  }
  absl::Status status;
  MutexLock lock(&mutex_);
  ++waiting_count_;
  while (entry->checkpoint_ <= position) {
    if (stopped_) {
      status = absl::UnavailableError("the store is closed");
    } else if (entry->deleted_) {
      status = absl::NotFoundError(
          absl::StrCat("subscription ", Quoted(name), " was deleted"));
    } else {
      const absl::Duration left = deadline - Clock::System()->Monotonic();
      if (left > absl::ZeroDuration()) {
        changed_.WaitWithTimeout(&mutex_, left);
        continue;
      }
      status = absl::DeadlineExceededError(absl::StrCat(
          "subscription ", Quoted(name), " has handled what is below position ",
          entry->checkpoint_.value(), ", not yet ", position.value()));
    }
    break;
  }
  --waiting_count_;
  return status;
}

absl::StatusOr<SubscriptionInfo> CheckpointKeeper::Describe(
    const RowReader& rows, std::string_view name) {
  SubscriptionInfo info;
  info.name = name;
  DAYBOOK_ASSIGN_OR_RETURN(SubscriptionRow row, ReadSubscription(rows, name));
  info.filter = std::move(row.filter);
  info.created_at = row.created_at;
  DAYBOOK_ASSIGN_OR_RETURN(info.stored_checkpoint, ReadCheckpoint(rows, name));
  info.checkpoint = info.stored_checkpoint;
  if (const std::shared_ptr<Entry> entry = FindEntry(name)) {
    MutexLock lock(&mutex_);
    info.checkpoint = entry->checkpoint_;
    info.open = entry->open_;
  }
  const Position head = store_->Head();
  if (info.checkpoint >= head) return info;
  info.lag_count = head.value() - info.checkpoint.value();
  const absl::StatusOr<Event> event = store_->ReadEvent(info.checkpoint);
  // The rest is known, and so are the others of a list.
  if (absl::IsDataLoss(event.status())) {
    info.lag = absl::InfiniteDuration();
    return info;
  }
  DAYBOOK_RETURN_IF_ERROR(event.status());
  info.lag = std::max(absl::ZeroDuration(), clock_->Now() - event->recorded_at);
  return info;
}

absl::StatusOr<std::vector<SubscriptionInfo>> CheckpointKeeper::List() {
  MutexLock rows_lock(&rows_mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckRunning());
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                           store_->ReadRows());
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                           ReadSubscriptionNames(*rows));
  std::vector<SubscriptionInfo> infos;
  for (const std::string& name : names) {
    DAYBOOK_ASSIGN_OR_RETURN(SubscriptionInfo info, Describe(*rows, name));
    infos.push_back(std::move(info));
  }
  return infos;
}

absl::StatusOr<SubscriptionInfo> CheckpointKeeper::Find(std::string_view name) {
  DAYBOOK_RETURN_IF_ERROR(ValidateSubscriptionName(name));
  MutexLock rows_lock(&rows_mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckRunning());
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                           store_->ReadRows());
  return Describe(*rows, name);
}

absl::Status CheckpointKeeper::CheckClosed(std::string_view name) {
  DAYBOOK_RETURN_IF_ERROR(ValidateSubscriptionName(name));
  DAYBOOK_RETURN_IF_ERROR(CheckRunning());
  const std::shared_ptr<Entry> entry = FindEntry(name);
  if (entry != nullptr && IsOpen(*entry)) {
    return absl::FailedPreconditionError(
        absl::StrCat("subscription ", Quoted(name), " is open"));
  }
  // Nobody raises it any more; what was raised must not be written later.
  DAYBOOK_RETURN_IF_ERROR(FlushHeld());
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                           store_->ReadRows());
  return ReadSubscription(*rows, name).status();
}

absl::Status CheckpointKeeper::Reset(std::string_view name, Position position) {
  MutexLock rows_lock(&rows_mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckClosed(name));
  if (const Position head = store_->Head(); position > head) {
    return absl::InvalidArgumentError(absl::StrCat(
        "position ", position.value(), " is beyond the head, ", head.value()));
  }
  RowBatch batch;
  PutCheckpoint(name, position, &batch);
  DAYBOOK_RETURN_IF_ERROR(store_->WriteRows(batch));
  const std::shared_ptr<Entry> entry = FindEntry(name);
  if (entry == nullptr) return absl::OkStatus();
  MutexLock lock(&mutex_);
  entry->checkpoint_ = position;
  changed_.SignalAll();
  return absl::OkStatus();
}

absl::Status CheckpointKeeper::Delete(std::string_view name) {
  MutexLock rows_lock(&rows_mutex_);
  // One that is damaged can be deleted, too.
  absl::Status closed = CheckClosed(name);
  if (!closed.ok() && !absl::IsDataLoss(closed)) return closed;
  RowBatch batch;
  DeleteSubscription(name, &batch);
  DAYBOOK_RETURN_IF_ERROR(store_->WriteRows(batch));
  const std::shared_ptr<Entry> entry = FindEntry(name);
  if (entry == nullptr) return absl::OkStatus();
  MutexLock lock(&mutex_);
  entry->deleted_ = true;
  entries_.erase(entry->name_);
  changed_.SignalAll();
  return absl::OkStatus();
}

}  // namespace daybook
