#include "tools/pacer.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "tools/interrupt.h"

namespace daybook::tools {
namespace {

constexpr absl::Duration kBehindMax = absl::Seconds(1);

}  // namespace

absl::Duration Pacer::Wait(uint64_t done) {
  if (rate_ <= 0) return absl::ZeroDuration();
  const absl::Duration now = clock_.Monotonic();
  const absl::Duration due =
      start_ + absl::Seconds(static_cast<double>(done) / rate_);
  if (now - due > kBehindMax) start_ += now - due - kBehindMax;
  return std::max(due - now, absl::ZeroDuration());
}

absl::Duration PlaybackPacer::Wait(absl::Time time) {
  if (speed_ <= 0) return absl::ZeroDuration();
  const absl::Duration now = clock_.Monotonic();
  if (!first_.has_value()) {
    first_ = time;
    start_ = now;
  }
  const absl::Duration due = start_ + (time - *first_) / speed_;
  return std::max(due - now, absl::ZeroDuration());
}

void SleepUnlessInterrupted(absl::Duration duration) {
  constexpr absl::Duration kSlice = absl::Milliseconds(100);
  while (duration > absl::ZeroDuration() && !Interrupted()) {
    absl::SleepFor(std::min(duration, kSlice));
    duration -= kSlice;
  }
}

}  // namespace daybook::tools
