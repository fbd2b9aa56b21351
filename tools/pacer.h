// Pacer keeps work to a rate: so many pieces a second, evenly.

#ifndef DAYBOOK_TOOLS_PACER_H_
#define DAYBOOK_TOOLS_PACER_H_

#include <cstdint>

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

// Waits, but no longer than until the process is interrupted.
void SleepUnlessInterrupted(absl::Duration duration);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_PACER_H_
