// The removals that a log declares, gathered while it is read, and whether they
// explain that it does not continue a head.

#ifndef DAYBOOK_STORE_REMOVAL_LEDGER_H_
#define DAYBOOK_STORE_REMOVAL_LEDGER_H_

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "daybook/audit/hash.h"
#include "daybook/store/audit.h"
#include "daybook/store/event.h"
#include "daybook/store/numbers.h"
#include "daybook/store/removal.h"
#include "store/rocks_db.h"

namespace daybook {

// Not thread-safe.
class RemovalLedger {
 public:
  // Takes an event of `$operations`, if it declares a removal. `root_below`:
  // of the events before it.
  void Take(const EventView& event, const audit::Hash& root_below);

  // Takes those of the events at [from, to) by looking at what stream each is
  // of. Cost: reads that part of the log. Errors: as LogReader.
  absl::Status TakeAll(const RocksDb& log, Position from, Position to);

  // What explains that the log does not continue `head`: a removal that fits,
  // cut the log below the head's size, and lists it. The index in removals().
  struct Explanation {
    size_t removal = 0;
    bool is_proven = false;
  };
  std::optional<Explanation> Explain(const TreeState& head) const;

  // In order of position.
  const std::vector<DeclaredRemoval>& removals() const { return removals_; }

 private:
  std::vector<DeclaredRemoval> removals_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_REMOVAL_LEDGER_H_
