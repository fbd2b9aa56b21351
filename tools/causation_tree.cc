#include "tools/causation_tree.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "daybook/store/query.h"
#include "store/status_macros.h"
#include "tools/event_argument.h"
#include "tools/interrupt.h"
#include "tools/json_text.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

// Deeper ones are drawn as deep as this.
constexpr size_t kDepthDrawnMax = 50;

std::string Canonical(const std::string& id) {
  const absl::StatusOr<EventId> parsed = EventId::Parse(id);
  return parsed.ok() ? parsed->ToString() : id;
}

absl::StatusOr<TracedEvent> ReadAt(EventStore& store, Position position) {
  DAYBOOK_ASSIGN_OR_RETURN(EventCursor cursor,
                           store.ReadLog({.from = position, .to = position}));
  if (cursor.Next()) return TracedEvent::Of(cursor.event());
  DAYBOOK_RETURN_IF_ERROR(cursor.status());
  return absl::DataLossError(
      Concat("the event at position ", position.value(), " is missing"));
}

absl::Status TooMany(std::string_view what) {
  return absl::ResourceExhaustedError(
      Concat("more than ", Grouped(CausationTree::kEventsMax), " events ", what,
             ": look at them with `read --query`"));
}

absl::StatusOr<std::vector<TracedEvent>> OfCorrelation(
    EventStore& store, const std::string& correlation_id) {
  Query query;
  query.items.push_back({.correlation_id = correlation_id});
  DAYBOOK_ASSIGN_OR_RETURN(EventCursor cursor, store.ReadQuery(query));
  std::vector<TracedEvent> events;
  for (const EventView& event : cursor) {
    if (Interrupted()) return InterruptedError();
    if (events.size() == CausationTree::kEventsMax) {
      return TooMany("have the correlation id " + Quoted(correlation_id));
    }
    events.push_back(TracedEvent::Of(event));
  }
  DAYBOOK_RETURN_IF_ERROR(cursor.status());
  return events;
}

// `event`, and what caused it, and what caused that: the last is a root.
absl::StatusOr<std::vector<TracedEvent>> WithCauses(EventStore& store,
                                                    TracedEvent event) {
  std::vector<TracedEvent> events;
  absl::flat_hash_set<std::string> seen;
  while (true) {
    seen.insert(event.place.id.ToString());
    const absl::StatusOr<EventId> cause = EventId::Parse(event.causation_id);
    events.push_back(std::move(event));
    if (Interrupted()) return InterruptedError();
    if (!cause.ok() || seen.contains(cause->ToString()) ||
        events.size() == CausationTree::kEventsMax) {
      break;
    }
    const absl::StatusOr<Event> found = store.FindEvent(*cause);
    if (absl::IsNotFound(found.status())) break;
    DAYBOOK_RETURN_IF_ERROR(found.status());
    DAYBOOK_ASSIGN_OR_RETURN(event, ReadAt(store, found->position));
  }
  return events;
}

// And what they caused, and what that caused: nothing finds those but reading
// the log from the first of them on.
absl::Status AddEffects(EventStore& store, std::vector<TracedEvent>* events) {
  absl::flat_hash_set<std::string> seen;
  Position first = events->front().place.position;
  for (const TracedEvent& event : *events) {
    seen.insert(event.place.id.ToString());
    first = std::min(first, event.place.position);
  }
  DAYBOOK_ASSIGN_OR_RETURN(EventCursor cursor, store.ReadLog({.from = first}));
  for (const EventView& view : cursor) {
    if (Interrupted()) return InterruptedError();
    if (view.encoded_metadata.empty()) continue;
    const std::string cause = Canonical(view.metadata().causation_id);
    if (!seen.contains(cause)) continue;
    TracedEvent event = TracedEvent::Of(view);
    if (!seen.insert(event.place.id.ToString()).second) continue;
    if (events->size() == CausationTree::kEventsMax) {
      return TooMany("belong to the tree");
    }
    events->push_back(std::move(event));
  }
  return cursor.status();
}

absl::StatusOr<std::vector<TracedEvent>> WholeTree(EventStore& store,
                                                   TracedEvent event) {
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<TracedEvent> events,
                           WithCauses(store, std::move(event)));
  DAYBOOK_RETURN_IF_ERROR(AddEffects(store, &events));
  std::ranges::sort(events, {}, [](const TracedEvent& traced) {
    return traced.place.position;
  });
  return events;
}

}  // namespace

TracedEvent TracedEvent::Of(const EventView& event) {
  const Metadata metadata = event.metadata();
  return {EventPlace::Of(event), event.occurred_at,
          Canonical(metadata.causation_id), metadata.correlation_id};
}

absl::StatusOr<CausationTree> CausationTree::Find(
    EventStore& store, const std::string& which,
    const CommandContext& context) {
  if (which.starts_with('@') || EventId::Parse(which).ok()) {
    const absl::StatusOr<Position> position =
        FindEventArgument(which, store, context);
    // A correlation id may be a UUID too.
    const bool may_be_other =
        absl::IsNotFound(position.status()) && !which.starts_with('@');
    if (!position.ok() && !may_be_other) return position.status();
    if (position.ok()) {
      DAYBOOK_ASSIGN_OR_RETURN(TracedEvent event, ReadAt(store, *position));
      if (event.correlation_id.empty()) {
        DAYBOOK_ASSIGN_OR_RETURN(std::vector<TracedEvent> events,
                                 WholeTree(store, std::move(event)));
        return CausationTree(std::move(events), *position);
      }
      DAYBOOK_ASSIGN_OR_RETURN(std::vector<TracedEvent> events,
                               OfCorrelation(store, event.correlation_id));
      return CausationTree(std::move(events), *position);
    }
  }
  if (which.empty()) {
    return absl::InvalidArgumentError(
        "name an event, by its id or position, or a correlation id");
  }
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<TracedEvent> events,
                           OfCorrelation(store, which));
  if (events.empty()) {
    return absl::NotFoundError(
        Concat("no event has the id or correlation id ", Quoted(which)));
  }
  return CausationTree(std::move(events));
}

CausationTree::CausationTree(std::vector<TracedEvent> events,
                             std::optional<Position> asked_for)
    : events_(std::move(events)),
      asked_for_(asked_for),
      caused_(events_.size()) {
  absl::flat_hash_map<std::string, size_t> by_id;
  for (size_t i = 0; i < events_.size(); ++i) {
    by_id.emplace(events_[i].place.id.ToString(), i);
  }
  for (size_t i = 0; i < events_.size(); ++i) {
    const auto cause = by_id.find(events_[i].causation_id);
    if (cause == by_id.end() || cause->second == i) {
      roots_.push_back(i);
    } else {
      caused_[cause->second].push_back(i);
    }
  }
}

void CausationTree::Visit(absl::FunctionRef<bool(const Visited&)> visit) const {
  struct Next {
    size_t event = 0;
    const TracedEvent* parent = nullptr;
    size_t depth = 0;
    // What stands before the branch to it, and whether it is the last one.
    std::string stem;
    bool is_last = false;
  };
  std::vector<bool> visited(events_.size(), false);
  // Depth first, without recursion: chains may be long.
  const auto visit_from = [&](size_t root) {
    std::vector<Next> stack = {{.event = root}};
    while (!stack.empty()) {
      const Next next = std::move(stack.back());
      stack.pop_back();
      if (visited[next.event]) continue;
      visited[next.event] = true;
      const bool is_drawn = next.depth > 0 && next.depth <= kDepthDrawnMax;
      const char* const branch = !is_drawn ? "" : next.is_last ? "└─ " : "├─ ";
      const TracedEvent& event = events_[next.event];
      if (!visit({&event, next.parent, next.depth, next.stem + branch,
                  event.place.position == asked_for_})) {
        return false;
      }
      const std::string stem = next.stem + (!is_drawn      ? ""
                                            : next.is_last ? "   "
                                                           : "│  ");
      const std::vector<size_t>& caused = caused_[next.event];
      for (size_t i = caused.size(); i > 0; --i) {
        stack.push_back(
            {caused[i - 1], &event, next.depth + 1, stem, i == caused.size()});
      }
    }
    return true;
  };
  for (const size_t root : roots_) {
    if (!visit_from(root)) return;
  }
  // What is left are circles.
  for (size_t i = 0; i < events_.size(); ++i) {
    if (!visited[i] && !visit_from(i)) return;
  }
}

std::string JsonOrNull(const std::string& text) {
  return text.empty() ? "null" : JsonString(text);
}

}  // namespace daybook::tools
