// Building a table of a view's rows from the beginning of the log: folded by
// several threads, loaded in bulk.

#ifndef DAYBOOK_REPLAY_VIEW_BUILD_H_
#define DAYBOOK_REPLAY_VIEW_BUILD_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "daybook/projections/any_projection.h"
#include "daybook/replay/views.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"
#include "replay/view_table.h"

namespace daybook {

// Fills table `number`, which nobody reads yet, with the rows that the events
// below `end` make, and its checkpoint; whatever was in it is dropped. Rows
// that don't fit the options' memory are folded in the store, which takes
// longer. Errors: as FoldView(); of a write. The table is then to be built
// again.
absl::Status BuildTable(EventStore& store,
                        const std::shared_ptr<const AnyProjection>& projection,
                        uint64_t number, Position end, OnApplyError on_error,
                        Clock* clock, const RebuildOptions& options);

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_VIEW_BUILD_H_
