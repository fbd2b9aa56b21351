// Typed events: protobuf messages in and out of a store.
//
// A message that says what event it is (daybook/v1/options.proto) is appended
// as it is; its name, tags and schema come from its options and can't be
// forgotten. Reading gives it back:
//
//   Append(*store, "cart-42", ExpectedRevision::NoStream(), opened, added);
//
//   for (const EventView& event : *cursor) {
//     if (!Is<ItemAdded>(event)) continue;
//     absl::StatusOr<ItemAdded> added = As<ItemAdded>(event);
//     ...
//   }
//
// For several types at once: event_set.h. For shapes of old: upcaster.h.

#ifndef DAYBOOK_PROJECTIONS_TYPED_EVENT_H_
#define DAYBOOK_PROJECTIONS_TYPED_EVENT_H_

#include <concepts>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/projections/event_type.h"
#include "daybook/store/event_store.h"
#include "google/protobuf/message.h"

namespace daybook {

// A message of a .proto, compiled to C++. Whether it has the event option is
// only known when it runs.
template <typename M>
concept EventMessage =
    std::derived_from<M, google::protobuf::Message> && requires {
  {M::descriptor()};
};

// What M's options say; made at the first call, and kept for ever. An error is
// one of the .proto: see EventType::Of(). Thread-safe.
template <EventMessage M>
const absl::StatusOr<EventType>& EventTypeOf() {
  static const auto* const kType =
      new absl::StatusOr<EventType>(EventType::Of(*M::descriptor()));
  return *kType;
}

// --- To a store --------------------------------------------------------------

// Registers the schema of each M, so that a version that breaks stored events
// ends a program when it starts and not at its first append. Appending does it
// too; calling it is never needed.
// Errors: as EventTypeOf() and EventStore::RegisterSchema().
template <EventMessage... Ms>
absl::Status RegisterEvents(EventStore& store);

// A program may say what no event of its own may be, by a function in the
// message's namespace that is declared before the message is appended:
//
//   absl::Status ValidateEvent(const ItemAdded& added) {
//     if (added.quantity() > 0) return absl::OkStatus();
//     return absl::InvalidArgumentError("nothing was added");
//   }
//
// Every Append(), MakeEvent() and Emit calls it, before anything is stored, and
// gives back what it returns. Events that are stored are facts, and never
// asked.

// `message` as an event of `store`, to be put into an AppendRequest: for
// appends over several streams, with a key, a condition or metadata. Registers
// its schema first, which costs a look into memory from the second time on.
// Errors: of ValidateEvent(); as RegisterEvents(); kInvalidArgument if a
// required field is missing.
template <EventMessage M>
absl::StatusOr<NewEvent> MakeEvent(EventStore& store, const M& message);

// Appends `messages` to the end of `stream`, all of them or none.
// Errors: as MakeEvent() and EventStore::Append().
template <EventMessage... Ms>
absl::StatusOr<AppendResult> Append(EventStore& store, std::string_view stream,
                                    ExpectedRevision expected,
                                    const Ms&... messages);

// --- From a store ------------------------------------------------------------

// Whether `event` is an M, by type and content type; in any version. False for
// an M without event option.
template <EventMessage M>
bool Is(const EventView& event);

// The message that `event` holds. Fields of other versions that this M does
// not have are kept as unknown fields.
// Errors: kInvalidArgument if it is no M; kDataLoss if its payload is not one
// after all, with the position.
template <EventMessage M>
absl::StatusOr<M> As(const EventView& event);

// -----------------------------------------------------------------------------

namespace internal {

// Parses the payload into `*message`. Errors: kDataLoss.
absl::Status ParsePayload(const EventView& event,
                          google::protobuf::Message* message);
absl::Status NotOfType(const EventView& event, std::string_view type);

template <EventMessage M>
absl::Status ValidateIfAsked(const M& message) {
  if constexpr (requires {
                  { ValidateEvent(message) } -> std::same_as<absl::Status>;
                }) {
    return ValidateEvent(message);
  } else {
    return absl::OkStatus();
  }
}

}  // namespace internal

template <EventMessage... Ms>
absl::Status RegisterEvents(EventStore& store) {
  absl::Status status;
  const auto register_one = [&](const absl::StatusOr<EventType>& type) {
    status = type.ok() ? store.RegisterSchema(type->schema()).status()
                       : type.status();
    return status.ok();
  };
  static_cast<void>((register_one(EventTypeOf<Ms>()) && ...));
  return status;
}

template <EventMessage M>
absl::StatusOr<NewEvent> MakeEvent(EventStore& store, const M& message) {
  absl::Status status = internal::ValidateIfAsked(message);
  if (status.ok()) status = RegisterEvents<M>(store);
  if (!status.ok()) return status;
  return EventTypeOf<M>()->MakeEvent(message);
}

template <EventMessage... Ms>
absl::StatusOr<AppendResult> Append(EventStore& store, std::string_view stream,
                                    ExpectedRevision expected,
                                    const Ms&... messages) {
  std::vector<NewEvent> events;
  absl::Status status;
  const auto add = [&](absl::StatusOr<NewEvent> event) {
    status = event.status();
    if (event.ok()) events.push_back(*std::move(event));
    return status.ok();
  };
  static_cast<void>((add(MakeEvent(store, messages)) && ...));
  if (!status.ok()) return status;
  return store.Append(stream, expected, events);
}

template <EventMessage M>
bool Is(const EventView& event) {
  const absl::StatusOr<EventType>& type = EventTypeOf<M>();
  return type.ok() && event.type == type->name() &&
         event.content_type == kProtobufContentType;
}

template <EventMessage M>
absl::StatusOr<M> As(const EventView& event) {
  const absl::StatusOr<EventType>& type = EventTypeOf<M>();
  if (!type.ok()) return type.status();
  if (!Is<M>(event)) return internal::NotOfType(event, type->name());
  M message;
  const absl::Status status = internal::ParsePayload(event, &message);
  if (!status.ok()) return status;
  return message;
}

}  // namespace daybook

#endif  // DAYBOOK_PROJECTIONS_TYPED_EVENT_H_
