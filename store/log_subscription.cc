#include "store/log_subscription.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/store/runtime.h"
#include "store/status_macros.h"

namespace daybook {

LogSubscription::~LogSubscription() {
  Cancel();
  if (parts_.checkpoint != nullptr) {
    parts_.keeper->Close(parts_.checkpoint.get());
  }
}

absl::StatusOr<EventBatch> LogSubscription::Next(absl::Duration timeout) {
  const absl::Duration deadline = Clock::System()->Monotonic() + timeout;
  MutexLock lock(&parts_.gate->mutex);
  while (true) {
    if (failure_.ok() && parts_.keeper != nullptr) {
      failure_ = parts_.keeper->WhyStuck();
    }
    if (absl::Status over = WhyOver(); !over.ok()) {
      // Nothing of the store is held any more, whoever keeps this.
      left_ = {};
      feed_->Release();
      return over;
    }
    if (!left_.empty()) return HandOut();
    const Position end = parts_.watch->head();
    if (scanned_ < end) {
      failure_ = Look(end);
      if (!failure_.ok()) continue;
      if (!left_.empty()) return HandOut();
      if (Clock::System()->Monotonic() >= deadline) return HandOut();
      continue;
    }
    feed_->Release();
    const absl::Status waited = parts_.watch->Wait(
        scanned_, deadline - Clock::System()->Monotonic(), &canceller_);
    if (absl::IsDeadlineExceeded(waited)) return HandOut();
    DAYBOOK_RETURN_IF_ERROR(waited);
  }
}

absl::Status LogSubscription::WhyOver() const {
  if (parts_.gate->closed) {
    return absl::UnavailableError("the store is closed");
  }
  if (canceller_.cancelled()) {
    return absl::CancelledError("the subscription was cancelled");
  }
  return failure_;
}

absl::Status LogSubscription::Look(Position end) {
  EventFeed::Step step;
  DAYBOOK_RETURN_IF_ERROR(feed_->Read(scanned_, end, &step));
  left_ = step.events;
  scanned_ = step.next;
  if (!left_.empty() || parts_.checkpoint == nullptr) return absl::OkStatus();
  // A long way without a match must not be gone again.
  MutexLock lock(&acknowledge_mutex_);
  handed_out_.store(scanned_.value());
  if (unacknowledged_.has_value()) return absl::OkStatus();
  return RaiseCheckpoint(scanned_);
}

EventBatch LogSubscription::HandOut() {
  EventBatch batch;
  const size_t count =
      std::min(left_.size(), std::max<size_t>(options_.batch_count_max, 1));
  batch.events = left_.first(count);
  left_ = left_.subspan(count);
  batch.next_position =
      left_.empty() ? scanned_ : batch.events.back().position.Next();
  if (parts_.checkpoint == nullptr) {
    handed_out_.store(batch.next_position.value());
    return batch;
  }
  MutexLock lock(&acknowledge_mutex_);
  handed_out_.store(batch.next_position.value());
  if (!batch.events.empty()) unacknowledged_ = batch.events.back().position;
  return batch;
}

void LogSubscription::NotifyWhenReady(absl::AnyInvocable<void() &&> ready) {
  {
    MutexLock lock(&parts_.gate->mutex);
    if (left_.empty() && failure_.ok()) {
      parts_.watch->Notify(scanned_, &canceller_, std::move(ready));
      return;
    }
  }
  std::move(ready)();
}

absl::Status LogSubscription::Acknowledge(Position position) {
  if (parts_.checkpoint == nullptr) return absl::OkStatus();
  MutexLock lock(&acknowledge_mutex_);
  if (position >= next_position()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "subscription ", options_.name, ": position ", position.value(),
        " was not handed out yet, only what is "
        "below ",
        next_position().value()));
  }
  if (unacknowledged_.has_value() && position < *unacknowledged_) {
    return RaiseCheckpoint(position.Next());
  }
  unacknowledged_.reset();
  return RaiseCheckpoint(next_position());
}

absl::Status LogSubscription::Acknowledge() {
  if (parts_.checkpoint == nullptr) return absl::OkStatus();
  MutexLock lock(&acknowledge_mutex_);
  unacknowledged_.reset();
  return RaiseCheckpoint(next_position());
}

absl::Status LogSubscription::RaiseCheckpoint(Position position) {
  return parts_.keeper->Raise(parts_.checkpoint, position);
}

}  // namespace daybook
