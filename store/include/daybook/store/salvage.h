// Salvage reads every event of a store that can still be read, also where the
// store does not open.
//
//   absl::StatusOr<SalvageReport> report =
//       Salvage("/var/lib/orders", [&](const SalvagedEvent& salvaged) {
//         Keep(salvaged.event);
//         return absl::OkStatus();
//       });
//
// It reads the files of the log one by one and needs none of those around
// them. Nothing is changed. What a store's files look like: store/FORMAT.md.

#ifndef DAYBOOK_STORE_SALVAGE_H_
#define DAYBOOK_STORE_SALVAGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/audit/commitment.h"
#include "daybook/store/event.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"

namespace daybook {

// Positions [from, to) of which nothing can be read.
struct SalvageGap {
  Position from;
  Position to;
  std::string why;
};

struct SalvageReport {
  // Empty if STORE can't be read.
  std::string store_id;
  uint64_t event_count = 0;
  // One above the last event that was found.
  Position end;
  // How many events the store had acknowledged; none if ANCHOR can't be read:
  // then nothing tells whether events are missing at the end.
  std::optional<Position> acknowledged;
  // In order, with what is missing at the end; the first 10,000 of gap_count.
  std::vector<SalvageGap> gaps;
  uint64_t gap_count = 0;
  // What is wrong with which files, and which events were found twice and
  // different.
  std::vector<std::string> notes;

  // Whether all that was ever acknowledged is there.
  bool complete() const { return gap_count == 0 && acknowledged.has_value(); }
};

struct SalvagedEvent {
  // Valid during the call.
  const EventView& event;
  // Null unless the event is the first of an append with a key.
  const EventStore::ExportedAppend* keyed_append;
  // Of the commitments in its leaf; a producer's signature was made with them.
  // Not there where the log has no audit tree.
  bool has_salts = false;
  audit::Salt payload_salt{};
  audit::Salt metadata_salt{};
};

// Calls `found` with every event of the store in the folder `path` that can be
// read, in order of positions; those of one append need not all be there.
//
// Errors: of `found`, which ends the reading; kNotFound when there is no log;
// kFailedPrecondition when a process has the store open; what the machine says
// of a temporary file. Damage is no error but stands in the report.
// Cost: reads the log once. Memory: some megabytes, an event at most 16 MiB.
absl::StatusOr<SalvageReport> Salvage(
    const std::string& path,
    absl::FunctionRef<absl::Status(const SalvagedEvent&)> found);

}  // namespace daybook

#endif  // DAYBOOK_STORE_SALVAGE_H_
