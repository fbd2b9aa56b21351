#include "store/memory_cursors.h"

#include "daybook/store/runtime.h"

namespace daybook {

int OpenCursors::Wait(absl::Duration timeout) {
  const absl::Duration deadline = Clock::System()->Monotonic() + timeout;
  MutexLock lock(&mutex_);
  while (count_ > 0) {
    const absl::Duration left = deadline - Clock::System()->Monotonic();
    if (left <= absl::ZeroDuration()) break;
    changed_.WaitWithTimeout(&mutex_, left);
  }
  return count_;
}

MemoryEvents Select(const MemoryEvents& events, uint64_t first, uint64_t last,
                    Direction direction, uint64_t limit,
                    absl::FunctionRef<bool(const EventView&)> wanted) {
  const uint64_t end = last < events.size() ? last + 1 : events.size();
  MemoryEvents selected;
  for (uint64_t i = first; i < end && selected.size() < limit; ++i) {
    const uint64_t number =
        direction == Direction::kForward ? i : end - 1 - (i - first);
    if (wanted(ToView(*events[number]))) selected.push_back(events[number]);
  }
  return selected;
}

}  // namespace daybook
