// Pacer keeps work to a rate: so many pieces a second, evenly; PlaybackPacer to
// the times that events had.

#ifndef DAYBOOK_TOOLS_PACER_H_
#define DAYBOOK_TOOLS_PACER_H_

#include <cstdint>
#include <optional>

#include "absl/time/time.h"
#include "daybook/store/runtime.h"

namespace daybook::tools {

// Not thread-safe.
class Pacer {
 public:
  // `rate` is in pieces a second; 0 is as fast as it goes.
  Pacer(Clock& clock, double rate)
      : clock_(clock), rate_(rate), start_(clock.Monotonic()) {}

  // How long to wait before the piece after the first `done`. What was missed
  // in a pause of more than a second is not made up for.
  absl::Duration Wait(uint64_t done);

 private:
  Clock& clock_;
  const double rate_;
  // When the first piece was due, as the monotonic clock has it.
  absl::Duration start_;
};

// PlaybackPacer spaces events as they were spaced in time, or so many times
// closer. Not thread-safe.
class PlaybackPacer {
 public:
  // `speed` times as fast; 0 is as fast as it goes.
  PlaybackPacer(Clock& clock, double speed) : clock_(clock), speed_(speed) {}

  // How long to wait before the event of `time`. The first one is due at once;
  // one that is before another of an earlier call, too.
  absl::Duration Wait(absl::Time time);

 private:
  Clock& clock_;
  const double speed_;
  // The time of the first event, and when it was played.
  std::optional<absl::Time> first_;
  absl::Duration start_;
};

// Waits, but no longer than until the process is interrupted.
void SleepUnlessInterrupted(absl::Duration duration);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_PACER_H_
