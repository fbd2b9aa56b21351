#include "store/head_watch.h"

#include "absl/strings/str_cat.h"
#include "daybook/store/runtime.h"

namespace daybook {

void HeadWatch::Announce(Position head) {
  head_.store(head.value());
  // Who waits has said so before it looked at the head: it saw this one, or is
  // seen here.
  if (waiting_count_.load() == 0) return;
  MutexLock lock(&mutex_);
  changed_.SignalAll();
}

void HeadWatch::Close() {
  MutexLock lock(&mutex_);
  closed_ = true;
  changed_.SignalAll();
}

absl::Status HeadWatch::Wait(Position position, absl::Duration timeout) {
  const absl::Duration deadline = Clock::System()->Monotonic() + timeout;
  absl::Status status;
  MutexLock lock(&mutex_);
  ++waiting_count_;
  while (true) {
    if (closed_) {
      status = absl::UnavailableError("the store is closed");
      break;
    }
    if (position.value() < head_.load()) break;
    const absl::Duration left = deadline - Clock::System()->Monotonic();
    if (left <= absl::ZeroDuration()) {
      status = absl::DeadlineExceededError(absl::StrCat(
          "there is no event at position ", position.value(), " yet"));
      break;
    }
    changed_.WaitWithTimeout(&mutex_, left);
  }
  --waiting_count_;
  return status;
}

}  // namespace daybook
