// Backoff says how long to wait after a conflict, before deciding again.

#ifndef DAYBOOK_REPLAY_BACKOFF_H_
#define DAYBOOK_REPLAY_BACKOFF_H_

#include <functional>

#include "absl/time/time.h"

namespace daybook {

// The wait after the n-th conflict is drawn evenly from 0 to `first` doubled
// n - 1 times, at most `max`: those who met once are unlikely to meet again.
struct Backoff {
  absl::Duration first = absl::Milliseconds(1);
  absl::Duration max = absl::Milliseconds(100);
  // Waits; absl::SleepFor unless given. Called on the thread that transacts,
  // with no lock held.
  std::function<void(absl::Duration)> sleep;
  // A number from 0 up to, and without, 1; the machine's randomness unless
  // given. Must be thread-safe if the options are used by several threads.
  std::function<double()> random;
};

// Waits as it says after the `conflict_count`-th conflict. REQUIRES: >= 1.
void WaitAfterConflict(const Backoff& backoff, int conflict_count);

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_BACKOFF_H_
