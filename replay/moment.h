// A moment in history as a place in the log.

#ifndef DAYBOOK_REPLAY_MOMENT_H_
#define DAYBOOK_REPLAY_MOMENT_H_

#include "absl/status/statusor.h"
#include "daybook/replay/as_of.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"

namespace daybook {

// The position after the last event of `as_of`: 0 if there is none yet, at most
// the head. Errors: of a read.
absl::StatusOr<Position> EndOf(EventStore& store, const AsOf& as_of);

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_MOMENT_H_
