#include "daybook/replay/backoff.h"

#include <algorithm>

#include "absl/random/random.h"
#include "absl/time/clock.h"

namespace daybook {
namespace {

double RandomNumber() {
  thread_local absl::BitGen generator;
  return absl::Uniform(generator, 0.0, 1.0);
}

}  // namespace

void WaitAfterConflict(const Backoff& backoff, int conflict_count) {
  absl::Duration longest = std::min(backoff.first, backoff.max);
  for (int i = 1; i < conflict_count && longest < backoff.max; ++i) {
    // Zero doubled is zero: nothing to wait for.
    if (longest <= absl::ZeroDuration()) break;
    longest = std::min(2 * longest, backoff.max);
  }
  const double random = backoff.random ? backoff.random() : RandomNumber();
  const absl::Duration wait = random * longest;
  if (backoff.sleep) {
    backoff.sleep(wait);
  } else {
    absl::SleepFor(wait);
  }
}

}  // namespace daybook
