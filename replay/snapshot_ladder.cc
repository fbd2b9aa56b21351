#include "replay/snapshot_ladder.h"

namespace daybook {

size_t SnapshotToRemove(std::span<const uint64_t> event_counts) {
  size_t chosen = 0;
  double least = 2;  // above any share
  for (size_t i = 0; i + 1 < event_counts.size(); ++i) {
    const uint64_t below = i == 0 ? 0 : event_counts[i - 1];
    const double share = static_cast<double>(event_counts[i + 1] - below) /
                         static_cast<double>(event_counts.back() - below);
    if (share < least) {
      least = share;
      chosen = i;
    }
  }
  return chosen;
}

}  // namespace daybook
