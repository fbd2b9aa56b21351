#include "store/head_watch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/store/runtime.h"

namespace daybook {

void HeadWatch::Announce(Position head) {
  uint64_t known = head_.load();
  while (known < head.value() &&
         !head_.compare_exchange_weak(known, head.value())) {
  }
  // Who waits has said so before it looked at the head: it saw this one, or is
  // seen here.
  if (head.value() <= wanted_.load()) return;
  Waiter* first;
  {
    MutexLock lock(&mutex_);
    first = Take(
        [&](const Waiter& waiter) { return waiter.position < head.value(); });
  }
  Wake(first);
}

void HeadWatch::Close() {
  Waiter* first;
  {
    MutexLock lock(&mutex_);
    closed_ = true;
    first = Take([](const Waiter&) { return true; });
  }
  Wake(first);
}

void HeadWatch::Cancel(Canceller* canceller) {
  Waiter* first;
  {
    MutexLock lock(&mutex_);
    canceller->cancelled_ = true;
    first = Take(
        [&](const Waiter& waiter) { return waiter.canceller == canceller; });
  }
  Wake(first);
  MutexLock lock(&mutex_);
  while (canceller->calls_ > 0) called_.Wait(&mutex_);
}

void HeadWatch::Add(Waiter* waiter) {
  waiter->listed = true;
  waiter->place = waiters_.size();
  waiters_.push_back(waiter);
  wanted_.store(std::min(wanted_.load(), waiter->position));
}

void HeadWatch::Remove(Waiter* waiter) {
  waiter->listed = false;
  waiters_[waiter->place] = waiters_.back();
  waiters_[waiter->place]->place = waiter->place;
  waiters_.pop_back();
  // Too low a `wanted_` costs a look, no more.
  if (waiters_.empty()) wanted_.store(kNobody);
}

template <typename Predicate>
HeadWatch::Waiter* HeadWatch::Take(const Predicate& taken) {
  taken_.clear();
  uint64_t wanted = kNobody;
  size_t kept = 0;
  for (Waiter* waiter : waiters_) {
    if (taken(*waiter)) {
      waiter->listed = false;
      if (waiter->self != nullptr) ++waiter->canceller->calls_;
      taken_.push_back(waiter);
    } else {
      wanted = std::min(wanted, waiter->position);
      waiter->place = kept;
      waiters_[kept++] = waiter;
    }
  }
  waiters_.resize(kept);
  wanted_.store(wanted);
  for (size_t i = 0; i < taken_.size(); ++i) {
    for (size_t j = 0; j < 2; ++j) {
      const size_t next = 2 * i + 1 + j;
      taken_[i]->next[j] = next < taken_.size() ? taken_[next] : nullptr;
    }
  }
  return taken_.empty() ? nullptr : taken_.front();
}

void HeadWatch::Wake(Waiter* waiter) {
  if (waiter == nullptr) return;
  if (waiter->self == nullptr) {
    // Gone as soon as it can take its mutex.
    MutexLock lock(&waiter->mutex);
    waiter->woken = true;
    waiter->changed.Signal();
    return;
  }
  const std::shared_ptr<Waiter> kept = std::move(waiter->self);
  WakeNext(*kept);
  std::move(kept->ready)();
  MutexLock lock(&mutex_);
  if (--kept->canceller->calls_ == 0) called_.SignalAll();
}

void HeadWatch::WakeNext(const Waiter& waiter) {
  for (Waiter* next : waiter.next) Wake(next);
}

bool HeadWatch::IsOver(Position position, const Canceller* canceller) const {
  return closed_ || (canceller != nullptr && canceller->cancelled_) ||
         position.value() < head_.load();
}

absl::Status HeadWatch::Verdict(Position position,
                                const Canceller* canceller) const {
  if (closed_) return absl::UnavailableError("the store is closed");
  if (canceller != nullptr && canceller->cancelled_) {
    return absl::CancelledError("the wait was cancelled");
  }
  if (position.value() < head_.load()) return absl::OkStatus();
  return absl::DeadlineExceededError(
      absl::StrCat("there is no event at position ", position.value(), " yet"));
}

absl::Status HeadWatch::Wait(Position position, absl::Duration timeout,
                             Canceller* canceller) {
  const absl::Duration deadline = Clock::System()->Monotonic() + timeout;
  Waiter waiter;
  waiter.position = position.value();
  waiter.canceller = canceller;
  {
    MutexLock lock(&mutex_);
    Add(&waiter);
    if (timeout <= absl::ZeroDuration() || IsOver(position, canceller)) {
      Remove(&waiter);
      return Verdict(position, canceller);
    }
  }
  bool woken;
  {
    MutexLock lock(&waiter.mutex);
    while (!waiter.woken) {
      const absl::Duration left = deadline - Clock::System()->Monotonic();
      if (left <= absl::ZeroDuration()) break;
      waiter.changed.WaitWithTimeout(&waiter.mutex, left);
    }
    woken = waiter.woken;
  }
  if (!woken) {
    MutexLock lock(&mutex_);
    if (waiter.listed) {
      Remove(&waiter);
      return Verdict(position, canceller);
    }
  }
  {
    // Whoever took it off the list is about to wake it.
    MutexLock lock(&waiter.mutex);
    while (!waiter.woken) waiter.changed.Wait(&waiter.mutex);
  }
  WakeNext(waiter);
  MutexLock lock(&mutex_);
  return Verdict(position, canceller);
}

void HeadWatch::Notify(Position position, Canceller* canceller, Ready ready) {
  auto waiter = std::make_shared<Waiter>();
  waiter->position = position.value();
  waiter->canceller = canceller;
  {
    MutexLock lock(&mutex_);
    Add(waiter.get());
    if (!IsOver(position, canceller)) {
      waiter->ready = std::move(ready);
      waiter->self = std::move(waiter);
      return;
    }
    Remove(waiter.get());
  }
  std::move(ready)();
}

}  // namespace daybook
