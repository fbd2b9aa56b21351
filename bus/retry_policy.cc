#include <algorithm>

#include "daybook/bus/consumer_group.h"

namespace daybook {

absl::Duration RetryPolicy::WaitAfter(uint32_t attempt, double random) const {
  absl::Duration longest = std::min(first, max);
  // Zero doubled is zero.
  for (uint32_t i = 1; i < attempt && longest < max; ++i) {
    if (longest <= absl::ZeroDuration()) break;
    longest = std::min(2 * longest, max);
  }
  return longest * (0.5 + random / 2);
}

}  // namespace daybook
