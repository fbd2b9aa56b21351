// Upcasters: events of an old shape, read as if they had been stored in the
// new one. The log never changes.
//
// Most changes of a message need none: fields come and go, and the store
// refuses what would break (daybook/store/schema_changes.h). A new shape that
// breaks gets a new event type, and an upcaster from the old one:
//
//   Upcasters upcasters;
//   upcasters.Add<CartItemAdded, ItemAdded>([](const CartItemAdded& old) {
//     ItemAdded added;
//     added.set_sku(old.article());
//     added.set_price_cents(100 * old.price());
//     return added;
//   });
//
//   for (const EventView& event : *cursor) {
//     absl::StatusOr<UpcastEvent> read = upcasters.Read(event);
//     if (!read.ok()) return read.status();
//     absl::Status status = CartEvents::Visit(read->view(), cart);
//   }
//
// They chain: a shape twice outdated is read by two upcasters, one after the
// other, so each new shape needs only the one from the shape before it.

#ifndef DAYBOOK_PROJECTIONS_UPCASTER_H_
#define DAYBOOK_PROJECTIONS_UPCASTER_H_

#include <concepts>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/projections/typed_event.h"
#include "daybook/store/event.h"

namespace daybook {

// What an upcaster changes of an event. Everything else stays: position,
// stream, times, metadata, and the tags it is found by.
struct EventShape {
  std::string type;
  std::string payload;
  std::string content_type = std::string(kProtobufContentType);
  SchemaHash schema;
};

// An event as it was stored, or in its newest shape.
class UpcastEvent {
 public:
  explicit UpcastEvent(const EventView& stored) : stored_(stored) {}

  // Valid as long as this and the EventView it came from.
  EventView view() const;
  bool changed() const { return shape_.has_value(); }

 private:
  friend class Upcasters;

  EventView stored_;
  std::optional<EventShape> shape_;
};

// Filled once, then read from any number of threads.
class Upcasters {
 public:
  // Gives the new shape of an event, or nothing to leave it as it is. Must
  // depend on nothing but the event.
  using Function = std::function<absl::StatusOr<std::optional<EventShape>>(
      const EventView&)>;

  // Events of type From are read as To. `upcast` takes a From and returns a To
  // or an absl::StatusOr<To>.
  //
  // Errors: as EventTypeOf(); as AddRaw().
  template <EventMessage From, EventMessage To, typename Upcast>
  requires std::is_invocable_v<const Upcast&, const From&> absl::Status Add(
      Upcast upcast);

  // The same for whatever payloads: events of type `from` become events of
  // type `to`. With `from` and `to` alike it mends events within their type, as
  // the function chooses, by their schema for instance.
  //
  // Upcasters of one type are asked in the order they were added; once one has
  // given another type, those of that type are.
  //
  // Errors: kInvalidArgument if a type would lead back to itself.
  absl::Status AddRaw(std::string_view from, std::string_view to,
                      Function function);

  // `event` in its newest shape; as it is, without any copy, if its type has no
  // upcaster.
  // Errors: what an upcaster returns; kInternal if one gives another type than
  // it was added for; each with the position.
  absl::StatusOr<UpcastEvent> Read(const EventView& event) const;

  // The event types that have upcasters: a query for the newest must ask for
  // these too.
  std::vector<std::string> types() const;

 private:
  struct Step {
    std::string to;
    Function function;
  };

  bool Leads(const std::string& from, std::string_view to) const;
  // The shape that a message of this type has.
  static absl::StatusOr<EventShape> ShapeOf(
      const EventType& type, const google::protobuf::Message& message);

  std::map<std::string, std::vector<Step>, std::less<>> steps_;
};

// -----------------------------------------------------------------------------

template <EventMessage From, EventMessage To, typename Upcast>
requires std::is_invocable_v<const Upcast&, const From&> absl::Status
Upcasters::Add(Upcast upcast) {
  using Result = std::invoke_result_t<const Upcast&, const From&>;
  static_assert(
      std::same_as<Result, To> || std::same_as<Result, absl::StatusOr<To>>,
      "an upcaster returns the new message or a StatusOr of it");
  const absl::StatusOr<EventType>& from = EventTypeOf<From>();
  if (!from.ok()) return from.status();
  const absl::StatusOr<EventType>& to = EventTypeOf<To>();
  if (!to.ok()) return to.status();
  return AddRaw(
      from->name(), to->name(),
      [upcast = std::move(upcast), &type = *to](
          const EventView& event) -> absl::StatusOr<std::optional<EventShape>> {
        const absl::StatusOr<From> old = As<From>(event);
        if (!old.ok()) return old.status();
        const absl::StatusOr<To> now = upcast(*old);
        if (!now.ok()) return now.status();
        absl::StatusOr<EventShape> shape = ShapeOf(type, *now);
        if (!shape.ok()) return shape.status();
        return *std::move(shape);
      });
}

}  // namespace daybook

#endif  // DAYBOOK_PROJECTIONS_UPCASTER_H_
