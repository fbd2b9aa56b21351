// FakeClock is a clock that a test sets: both the wall and the monotonic one.

#ifndef DAYBOOK_TESTS_TESTING_FAKE_CLOCK_H_
#define DAYBOOK_TESTS_TESTING_FAKE_CLOCK_H_

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "daybook/store/runtime.h"
#include "store/mutex.h"

namespace daybook::testing {

// Thread-safe. Stands still until told otherwise.
class FakeClock final : public Clock {
 public:
  // A Tuesday in 2026.
  static absl::Time Start() { return absl::FromUnixSeconds(1'772'500'000); }

  explicit FakeClock(absl::Time now = Start()) : now_(now) {}

  absl::Time Now() override {
    MutexLock lock(&mutex_);
    return now_;
  }
  absl::Duration Monotonic() override {
    MutexLock lock(&mutex_);
    return monotonic_;
  }

  // Time passes: both clocks go on.
  void Advance(absl::Duration duration) {
    MutexLock lock(&mutex_);
    now_ += duration;
    monotonic_ += duration;
  }
  // Somebody sets the wall clock, forward or back.
  void Jump(absl::Duration duration) {
    MutexLock lock(&mutex_);
    now_ += duration;
  }

 private:
  Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
  absl::Duration monotonic_ ABSL_GUARDED_BY(mutex_) = absl::Hours(1);
};

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTS_TESTING_FAKE_CLOCK_H_
