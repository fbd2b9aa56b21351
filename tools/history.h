// History is what states are folded from: the events of one stream, or, of
// whatever streams, all that a decider or projection wants.

#ifndef DAYBOOK_TOOLS_HISTORY_H_
#define DAYBOOK_TOOLS_HISTORY_H_

#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/event.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"
#include "daybook/store/query.h"
#include "tools/bounds.h"
#include "tools/state_fold.h"

namespace daybook::tools {

// Which event something stands at.
struct EventPlace {
  Position position;
  Revision revision;
  std::string stream;
  std::string type;
  EventId id;
  absl::Time recorded_at;

  static EventPlace Of(const EventView& event);
  // "@17 cart-42 #3 cart.item-added, recorded 2026-03-02T07:06:40.25Z"
  std::string Text() const;
};

// Appends `"position":17,"stream":"cart-42",...`, members of an object; each of
// them null without a place.
void AppendPlaceJson(const std::optional<EventPlace>& place, std::string* out);

// A state, and the last event before it; none if it is of no event.
struct StateAt {
  StateFold state;
  std::optional<EventPlace> place;
  // How many events lead to it, whether or not they change it.
  uint64_t events = 0;
};

// {"position":17,...,"events":4,"state":{...}} and a newline.
std::string StateLine(const StateAt& at);

class History {
 public:
  // Of `stream`, or, if that is empty, of what matches `query`. `store` must
  // outlive it.
  History(EventStore& store, std::string stream, Query query)
      : store_(store), stream_(std::move(stream)), query_(std::move(query)) {}

  // What points in it are points of.
  static Bounds::Of PointsOf(const std::string& stream) {
    return stream.empty() ? Bounds::Of::kLog : Bounds::Of::kStream;
  }

  // Calls `visit` with each event within `bounds`, those above `after` only if
  // that is given. It goes on while `visit` returns true.
  // Errors: of `visit`; kNotFound if there is no such stream; as
  // EventCursor::status(); kCancelled when interrupted.
  absl::Status ForEach(
      const Bounds& bounds, const std::optional<EventPlace>& after,
      absl::FunctionRef<absl::StatusOr<bool>(const EventView&)> visit) const;

 private:
  EventStore& store_;
  const std::string stream_;
  const Query query_;
};

// Folds `named` over the events of `stream`, or over all it wants if that is
// empty, within `bounds`.
absl::StatusOr<StateAt> FoldHistory(EventStore& store,
                                    const std::string& stream,
                                    NamedProjection named,
                                    const Bounds& bounds);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_HISTORY_H_
