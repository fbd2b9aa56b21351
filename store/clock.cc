#include "absl/time/clock.h"

#include <ctime>

#include "daybook/store/runtime.h"

namespace daybook {
namespace {

class SystemClock final : public Clock {
 public:
  absl::Time Now() override { return absl::Now(); }

  absl::Duration Monotonic() override {
    timespec time;
    // Boot time goes on while the machine sleeps, as the wall clock does:
    // waking up after a weekend is no jump.
    if (clock_gettime(CLOCK_BOOTTIME, &time) != 0) {
      clock_gettime(CLOCK_MONOTONIC, &time);
    }
    return absl::DurationFromTimespec(time);
  }
};

}  // namespace

Clock* Clock::System() {
  static SystemClock* const kClock = new SystemClock;
  return kClock;
}

}  // namespace daybook
