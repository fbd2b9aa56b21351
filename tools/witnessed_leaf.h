// From an event as it is shown to its leaf in the audit tree: what makes a line
// of a report, or of a bundle, evidence.
//
// The leaf is made here again from the very fields that are shown
// (audit/FORMAT.md), and must be the one that the tree has.

#ifndef DAYBOOK_TOOLS_WITNESSED_LEAF_H_
#define DAYBOOK_TOOLS_WITNESSED_LEAF_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "daybook/audit/commitment.h"
#include "daybook/audit/hash.h"
#include "daybook/store/audit.h"
#include "daybook/store/event.h"
#include "daybook/store/event_store.h"

namespace daybook::tools {

// What a leaf commits to beside what stands in it. `exported` is of the event's
// append, if the event is the first of a keyed one; else null.
std::string LeafMetadataOf(const EventView& event,
                           const EventStore::ExportedAppend* exported);

// The bytes of the leaf that `event` must have. Errors: kInvalidArgument if no
// event that a store writes is so.
absl::StatusOr<std::string> MakeLeaf(const EventView& event,
                                     std::string_view metadata,
                                     const audit::Salt& payload_salt,
                                     const audit::Salt& metadata_salt,
                                     const audit::Hash& previous_in_stream);

struct WitnessedLeaf {
  std::string bytes;
  audit::Salt payload_salt{};
  audit::Salt metadata_salt{};
  // What LeafMetadataOf() gave.
  std::string metadata;
  // Of the event's append, where it is the first of a keyed one.
  EventStore::ExportedAppend exported;
};

// The leaf that the tree has at the event's position, after it was found to be
// that of this event. Errors: kDataLoss with the position if it is not.
// REQUIRES: `event` is of a log read (it carries its append), of `store`.
absl::StatusOr<WitnessedLeaf> WitnessLeaf(const EventView& event,
                                          EventStore& store, TreeReader& tree);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_WITNESSED_LEAF_H_
