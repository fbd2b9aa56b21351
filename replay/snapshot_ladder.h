// Which snapshots of a stream or query are kept when there are too many.

#ifndef DAYBOOK_REPLAY_SNAPSHOT_LADDER_H_
#define DAYBOOK_REPLAY_SNAPSHOT_LADDER_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace daybook {

// The one to be removed, as an index, of snapshots after `event_counts` events
// each, in ascending order. REQUIRES: at least two.
//
// Never the newest. Of the others the one without which a fold as of a moment
// between its neighbours has least to read, as seen from how long ago that is:
// so their distances from the newest come to grow geometrically.
size_t SnapshotToRemove(std::span<const uint64_t> event_counts);

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_SNAPSHOT_LADDER_H_
