#include "daybook/projections/windows.h"

namespace daybook {

std::vector<TimeWindow> TimeWindows::Of(const EventInfo& event) const {
  const absl::Time time = event.time();
  absl::Duration rest;
  // Hops since 1970, rounded towards zero.
  absl::IDivDuration(time - absl::UnixEpoch(), hop_, &rest);
  if (rest < absl::ZeroDuration()) rest += hop_;
  std::vector<TimeWindow> windows;
  for (absl::Time start = time - rest; start + length_ > time; start -= hop_) {
    const absl::Time end = start + length_;
    if (event.recorded_at - end <= lateness_) windows.push_back({start, end});
  }
  std::ranges::reverse(windows);
  return windows;
}

}  // namespace daybook
