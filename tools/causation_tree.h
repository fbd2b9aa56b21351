// CausationTree is what caused what: events whose causation id is the id of
// another stand below it.
//
//   auto tree = CausationTree::Find(store, "checkout-9f3", context);
//   tree->Visit([](const CausationTree::Visited& visited) { ... });

#ifndef DAYBOOK_TOOLS_CAUSATION_TREE_H_
#define DAYBOOK_TOOLS_CAUSATION_TREE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/event.h"
#include "daybook/store/event_store.h"
#include "tools/command_context.h"
#include "tools/history.h"

namespace daybook::tools {

// What of an event is shown.
struct TracedEvent {
  EventPlace place;
  std::optional<absl::Time> occurred_at;
  // An id in its usual form if it is one, else the text that was given.
  std::string causation_id;
  std::string correlation_id;

  static TracedEvent Of(const EventView& event);
};

// Immutable.
class CausationTree {
 public:
  // As many events are shown at most.
  static constexpr size_t kEventsMax = 100'000;

  // `which` is an event's id, @POSITION, or a correlation id. All events of
  // the correlation; of an event without one, that event, what caused it, cause
  // by cause, as far as that is found, and all that those caused, for which the
  // log is read from the first of them on.
  // Errors: kNotFound if there is nothing of that name; kResourceExhausted
  // above kEventsMax.
  static absl::StatusOr<CausationTree> Find(EventStore& store,
                                            const std::string& which,
                                            const CommandContext& context);

  // Of these events. `asked_for` is one of them, or none.
  explicit CausationTree(std::vector<TracedEvent> events,
                         std::optional<Position> asked_for = std::nullopt);

  struct Visited {
    const TracedEvent* event = nullptr;
    // Null for one that nothing among these caused.
    const TracedEvent* parent = nullptr;
    size_t depth = 0;
    // The lines that lead to it, drawn.
    std::string branches;
    bool is_asked_for = false;
  };
  // Visits each event once, causes before what they caused, and both in the
  // order of the log, until `visit` returns false. Where events cause each
  // other in a circle, the one with the lowest position is taken for the first.
  void Visit(absl::FunctionRef<bool(const Visited&)> visit) const;

 private:
  std::vector<TracedEvent> events_;
  std::optional<Position> asked_for_;
  // For each event: those it caused; and which ones nothing here caused.
  std::vector<std::vector<size_t>> caused_;
  std::vector<size_t> roots_;
};

// A JSON string, or null for an empty text.
std::string JsonOrNull(const std::string& text);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_CAUSATION_TREE_H_
