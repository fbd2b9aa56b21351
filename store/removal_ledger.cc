#include "store/removal_ledger.h"

#include <algorithm>
#include <utility>

#include "store/log_reader.h"
#include "store/log_tree.h"
#include "store/status_macros.h"
#include "store/system_events.h"

namespace daybook {

void RemovalLedger::Take(const EventView& event,
                         const audit::Hash& root_below) {
  if (event.type != kOperationType) return;
  std::optional<DeclaredRemoval> removal = ReadDeclaredRemoval(
      event.position, event.recorded_at, event.payload, root_below);
  if (!removal.has_value()) return;
  const auto place = std::lower_bound(
      removals_.begin(), removals_.end(), removal->position,
      [](const DeclaredRemoval& a, Position b) { return a.position < b; });
  if (place != removals_.end() && place->position == removal->position) return;
  removals_.insert(place, *std::move(removal));
}

absl::Status RemovalLedger::TakeAll(const RocksDb& log, Position from,
                                    Position to) {
  LogReader reader(log);
  for (Position at = from; at < to; at = at.Next()) {
    if (!reader.Load(at)) return reader.status();
    const auto place =
        static_cast<uint32_t>(at.value() - reader.first().value());
    if (reader.chunk().StreamOf(place) != kOperationsStream) continue;
    EventView event;
    if (!reader.Read(at, &event)) return reader.status();
    DAYBOOK_ASSIGN_OR_RETURN(const audit::TileEdge below,
                             LoadTreeEdge(log, at));
    Take(event, below.Root());
  }
  return absl::OkStatus();
}

std::optional<RemovalLedger::Explanation> RemovalLedger::Explain(
    const TreeState& head) const {
  std::optional<Explanation> found;
  for (size_t i = 0; i < removals_.size(); ++i) {
    const DeclaredRemoval& removal = removals_[i];
    if (!removal.fits || removal.kept.value() >= head.size) continue;
    for (const DroppedHead& dropped : removal.heads) {
      const audit::TreeHead& listed = dropped.kept.head;
      if (listed.size != head.size || listed.root != head.root) continue;
      if (!found.has_value() || dropped.is_proven) {
        found = {i, dropped.is_proven};
      }
    }
  }
  return found;
}

}  // namespace daybook
