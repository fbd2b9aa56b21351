// What was taken out of a log by a command that may, and said so: an event in
// `$operations` declares it, for ever. Whoever verifies a store is told of
// each.
//
// Today there is one such command, `recover` (recover.h), which cuts a damaged
// log. Declarations are only believed as far as they are proven: who has the
// host can declare what he likes, but not that nothing was removed.

#ifndef DAYBOOK_STORE_REMOVAL_H_
#define DAYBOOK_STORE_REMOVAL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "daybook/audit/hash.h"
#include "daybook/store/audit.h"
#include "daybook/store/numbers.h"

namespace daybook {

// A head of a log that was cut, of more events than were kept.
struct DroppedHead {
  KeptTreeHead kept;
  // Whether a proof shows that its log began with what was kept. Where it does
  // not, the old tree could not be read any more.
  bool is_proven = false;
};

struct DeclaredRemoval {
  // Of the event that declares it.
  Position position;
  absl::Time declared_at;
  std::string user;
  std::string command;
  std::string reason;

  // False for a kind that this daybook does not know: then the rest is empty.
  bool is_dropped_tail = false;
  // Whether the event stands where the log was cut, and what is below has the
  // root that it says. If not it explains nothing.
  bool fits = false;
  // Events below remain.
  Position kept;
  // How many were acknowledged, where that was known, and how many of those
  // dropped could still be read.
  std::optional<Position> acknowledged;
  uint64_t readable_count = 0;
  // Of the log as it was, smallest first.
  std::vector<DroppedHead> heads;
};

// What the event at `position` with this payload of type `$operation` declares,
// where the events below have the root `root_below`; nothing if it declares no
// removal. Cost: reading a proof a head.
std::optional<DeclaredRemoval> ReadDeclaredRemoval(
    Position position, absl::Time declared_at, std::string_view payload,
    const audit::Hash& root_below);

}  // namespace daybook

#endif  // DAYBOOK_STORE_REMOVAL_H_
