#include "store/append_callbacks.h"

#include <utility>

#include "daybook/store/runtime.h"

namespace daybook {

void AppendCallbacks::Call(EventStore::AppendDone done,
                           absl::StatusOr<AppendResult> result) {
  mutex_.Lock();
  ended_.push_back({std::move(done), std::move(result)});
  if (!calling_) {
    calling_ = true;
    while (!ended_.empty()) {
      Ended next = std::move(ended_.front());
      ended_.pop_front();
      mutex_.Unlock();
      std::move(next.done)(std::move(next.result));
      next.done = nullptr;
      mutex_.Lock();
    }
    calling_ = false;
    idle_.SignalAll();
  }
  mutex_.Unlock();
}

void AppendCallbacks::Wait(absl::Duration timeout) {
  const absl::Duration deadline = Clock::System()->Monotonic() + timeout;
  MutexLock lock(&mutex_);
  while (calling_) {
    const absl::Duration left = deadline - Clock::System()->Monotonic();
    if (left <= absl::ZeroDuration()) return;
    idle_.WaitWithTimeout(&mutex_, left);
  }
}

}  // namespace daybook
