// AsOf is a moment in the history of a store.

#ifndef DAYBOOK_REPLAY_AS_OF_H_
#define DAYBOOK_REPLAY_AS_OF_H_

#include <optional>

#include "absl/time/time.h"
#include "daybook/store/numbers.h"

namespace daybook {

// Now, unless told otherwise. Both ends are inclusive, and either may lie
// beyond the end of the log, which then means now.
struct AsOf {
  AsOf() = default;
  // After the event at `position`.
  AsOf(Position at) : position(at) {}  // NOLINT: reads well
  // After the last event that was recorded at `time` or before.
  AsOf(absl::Time at) : time(at) {}  // NOLINT: reads well

  bool is_now() const { return !position && !time; }

  std::optional<Position> position;
  std::optional<absl::Time> time;
};

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_AS_OF_H_
