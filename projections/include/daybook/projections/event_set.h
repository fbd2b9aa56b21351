// EventSet names the events that some code knows, and hands each to the
// function that takes its type:
//
//   using CartEvents = EventSet<CartOpened, ItemAdded, CartCheckedOut>;
//
//   for (const EventView& event : *cursor) {
//     absl::Status status = CartEvents::Visit(event, Overloaded{
//         [&](const CartOpened&) { cart.Clear(); },
//         [&](const ItemAdded& added) { cart.Add(added); },
//         [&](const CartCheckedOut&) { cart.Close(); },
//         [&](const EventView& other) { Log(other.type); }});
//     if (!status.ok()) return status;
//   }
//
// An event of the set that the visitor has no function for does not compile.

#ifndef DAYBOOK_PROJECTIONS_EVENT_SET_H_
#define DAYBOOK_PROJECTIONS_EVENT_SET_H_

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/projections/typed_event.h"
#include "daybook/store/event_store.h"
#include "daybook/store/query.h"

namespace daybook {

// Several functions as one visitor.
template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

template <EventMessage... Ms>
class EventSet {
 public:
  static constexpr size_t kSize = sizeof...(Ms);

  // As RegisterEvents().
  static absl::Status Register(EventStore& store) {
    return RegisterEvents<Ms...>(store);
  }

  // The query that matches the events of the set, whatever their tags.
  // Errors: as EventTypeOf().
  static absl::StatusOr<Query> ToQuery();

  // Calls `visitor` with the message that `event` holds, or with `event` itself
  // when its type is none of the set; a visitor that takes no EventView passes
  // over those. A function of the visitor may return nothing or an
  // absl::Status, which is returned.
  //
  // Errors: kDataLoss if the payload does not parse; as EventTypeOf(); what the
  // visitor returns. Cost: one parse.
  template <typename Visitor>
  static absl::Status Visit(const EventView& event, Visitor&& visitor);

 private:
  template <typename Visitor, typename Argument>
  static absl::Status Call(Visitor& visitor, const Argument& argument);
  // Whether `event` is an M; if so, with the visitor's `*status`.
  template <typename M, typename Visitor>
  static bool VisitAs(const EventView& event, Visitor& visitor,
                      absl::Status* status);
};

// -----------------------------------------------------------------------------

template <EventMessage... Ms>
absl::StatusOr<Query> EventSet<Ms...>::ToQuery() {
  QueryItem item;
  absl::Status status;
  const auto add = [&](const absl::StatusOr<EventType>& type) {
    status = type.status();
    if (type.ok()) item.types.push_back(type->name());
    return status.ok();
  };
  static_cast<void>((add(EventTypeOf<Ms>()) && ...));
  if (!status.ok()) return status;
  return Query{{std::move(item)}};
}

template <EventMessage... Ms>
template <typename Visitor>
absl::Status EventSet<Ms...>::Visit(const EventView& event, Visitor&& visitor) {
  absl::Status status;
  if ((VisitAs<Ms>(event, visitor, &status) || ...)) return status;
  if constexpr (std::is_invocable_v<Visitor&, const EventView&>) {
    return Call(visitor, event);
  }
  return absl::OkStatus();
}

template <EventMessage... Ms>
template <typename Visitor, typename Argument>
absl::Status EventSet<Ms...>::Call(Visitor& visitor, const Argument& argument) {
  if constexpr (std::is_void_v<
                    std::invoke_result_t<Visitor&, const Argument&>>) {
    visitor(argument);
    return absl::OkStatus();
  } else {
    return visitor(argument);
  }
}

template <EventMessage... Ms>
template <typename M, typename Visitor>
bool EventSet<Ms...>::VisitAs(const EventView& event, Visitor& visitor,
                              absl::Status* status) {
  static_assert(std::is_invocable_v<Visitor&, const M&>,
                "the visitor has no function for an event of the set");
  const absl::StatusOr<EventType>& type = EventTypeOf<M>();
  if (!type.ok()) {
    *status = type.status();
    return true;
  }
  if (!Is<M>(event)) return false;
  const absl::StatusOr<M> message = As<M>(event);
  *status = message.ok() ? Call(visitor, *message) : message.status();
  return true;
}

}  // namespace daybook

#endif  // DAYBOOK_PROJECTIONS_EVENT_SET_H_
