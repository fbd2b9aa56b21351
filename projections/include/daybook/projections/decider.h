// A decider is how one thing of a program changes: its state, the events that
// change it, and what each does to it. Any type that says so will do:
//
//   struct Cart {
//     using State = CartState;  // a protobuf message, empty to begin with
//     using Events = EventSet<CartOpened, ItemAdded, CartCheckedOut>;
//     static constexpr int kRevision = 1;
//
//     static void Evolve(CartState& cart, const CartOpened& opened);
//     static void Evolve(CartState& cart, const ItemAdded& added);
//     static void Evolve(CartState& cart, const CartCheckedOut&);
//   };
//   static_assert(Decider<Cart>);
//
// An event of the set without its Evolve does not compile, and the compiler
// names it. A decision is any function that looks at the state and emits:
//
//   absl::Status AddTea(const CartState& cart, Emit<Cart>& emit) {
//     if (cart.checked_out()) return absl::FailedPreconditionError("closed");
//     ItemAdded added;
//     added.set_sku("tea");
//     emit(added);  // `cart` has it from here on
//     return absl::OkStatus();
//   }
//
// It knows no store: daybook/replay/transact.h runs it on one, and
// daybook/testing/given.h in a test.

#ifndef DAYBOOK_PROJECTIONS_DECIDER_H_
#define DAYBOOK_PROJECTIONS_DECIDER_H_

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/projections/event_set.h"
#include "daybook/projections/typed_event.h"
#include "daybook/projections/upcaster.h"
#include "daybook/store/append.h"
#include "daybook/store/event.h"
#include "google/protobuf/message.h"

namespace daybook {

namespace internal {

template <typename Events>
inline constexpr bool kIsEventSet = false;
template <typename... Ms>
inline constexpr bool kIsEventSet<EventSet<Ms...>> = true;

template <typename M, typename Events>
inline constexpr bool kIsInSet = false;
template <typename M, typename... Ms>
inline constexpr bool kIsInSet<M, EventSet<Ms...>> = (std::same_as<M, Ms> ||
                                                      ...);

template <typename D, typename M>
concept HasEvolve = requires(typename D::State& state, const M& event) {
  { D::Evolve(state, event) } -> std::same_as<void>;
};

// The first event of the set that D has no Evolve for; NoEvent if it has all.
struct NoEvent {};
template <typename D, typename Events>
struct EventWithoutEvolve {};
template <typename D>
struct EventWithoutEvolve<D, EventSet<>> : std::type_identity<NoEvent> {};
template <typename D, typename M, typename... Ms>
struct EventWithoutEvolve<D, EventSet<M, Ms...>>
    : std::conditional_t<HasEvolve<D, M>,
                         EventWithoutEvolve<D, EventSet<Ms...>>,
                         std::type_identity<M>> {};

// Where this fails, the compiler says which event it is about.
template <typename MissingEvolveFor>
concept EveryEventHasAnEvolve = std::is_same_v<MissingEvolveFor, NoEvent>;

}  // namespace internal

//   State      a protobuf message; it begins as an empty one
//   Events     EventSet<...>: what it is made of; other events are passed over
//   kRevision  raise it whenever Evolve comes to do something else, so that
//              states saved before are not taken for ones of today
//   Evolve     static void Evolve(State&, const Event&) for each event of the
//              set. Must depend on nothing but its arguments: it runs again for
//              every event whenever the state is needed
//
// and, optionally,
//
//   Upcasting  static const Upcasters& Upcasting(): how events of old shapes
//              are read; a query must ask for their types too
template <typename D>
concept Decider =
    std::derived_from<typename D::State, google::protobuf::Message> &&
    std::default_initializable<typename D::State> &&
    internal::kIsEventSet<typename D::Events> && requires {
  typename std::integral_constant<int, D::kRevision>;
} && internal::EveryEventHasAnEvolve<
    typename internal::EventWithoutEvolve<D, typename D::Events>::type>;

// Evolves `*state` by a stored event; does nothing for one that is not of the
// decider's events.
// Errors: kDataLoss if its payload does not parse, with the position; what an
// upcaster returns; as EventTypeOf(). `*state` is then as it was.
template <Decider D>
absl::Status EvolveBy(const EventView& event, typename D::State* state);

// What a decision on a stream emits with. Each call evolves the state that the
// decision was given, at once: what it holds of the inside of that state (an
// iterator, a reference to a field) may not be used after a call.
//
// Emitting can't fail from where the decision stands: an event that can't be
// stored, or that its ValidateEvent() refuses (typed_event.h), fails the
// decision as a whole, and nothing is appended.
//
// Not thread-safe; lives as long as one run of the decision.
template <Decider D>
class Emit {
 public:
  // Evolves `*state`, which must outlive this. `stream` is where the events
  // go.
  explicit Emit(typename D::State* state, std::string stream = {})
      : state_(*state), stream_(std::move(stream)) {}

  template <EventMessage M>
  void operator()(const M& event);

  // What was emitted so far, in order.
  const std::vector<StreamEvent>& events() const { return events_; }
  // Why an event can't be stored; as EventTypeOf() and EventType::MakeEvent().
  const absl::Status& status() const { return status_; }

 private:
  template <Decider>
  friend class EmitTo;

  typename D::State& state_;
  const std::string stream_;
  std::vector<StreamEvent> events_;
  absl::Status status_;
};

// The same for a decision on a query, which has no stream of its own: each
// event goes to the one that is named with it.
//
//   emit("course-1", subscribed);
template <Decider D>
class EmitTo {
 public:
  explicit EmitTo(typename D::State* state) : emit_(state) {}

  template <EventMessage M>
  void operator()(std::string_view stream, const M& event);

  const std::vector<StreamEvent>& events() const { return emit_.events(); }
  const absl::Status& status() const { return emit_.status(); }

 private:
  Emit<D> emit_;
};

// -----------------------------------------------------------------------------

template <Decider D>
absl::Status EvolveBy(const EventView& event, typename D::State* state) {
  const auto evolve = [state]<EventMessage M>(const M& message) -> void {
    D::Evolve(*state, message);
  };
  if constexpr (requires { D::Upcasting(); }) {
    const Upcasters& upcasters = D::Upcasting();
    const absl::StatusOr<UpcastEvent> newest = upcasters.Read(event);
    if (!newest.ok()) return newest.status();
    return D::Events::Visit(newest->view(), evolve);
  } else {
    return D::Events::Visit(event, evolve);
  }
}

template <Decider D>
template <EventMessage M>
void Emit<D>::operator()(const M& event) {
  static_assert(internal::kIsInSet<M, typename D::Events>,
                "the decision emits an event that is not in its decider's "
                "Events");
  if (status_.ok()) status_ = internal::ValidateIfAsked(event);
  if (!status_.ok()) return;
  const absl::StatusOr<EventType>& type = EventTypeOf<M>();
  absl::StatusOr<NewEvent> made =
      type.ok() ? type->MakeEvent(event) : type.status();
  if (!made.ok()) {
    status_ = made.status();
    return;
  }
  events_.push_back({stream_, *std::move(made)});
  D::Evolve(state_, event);
}

template <Decider D>
template <EventMessage M>
void EmitTo<D>::operator()(std::string_view stream, const M& event) {
  emit_(event);
  if (emit_.status().ok()) emit_.events_.back().stream = stream;
}

}  // namespace daybook

#endif  // DAYBOOK_PROJECTIONS_DECIDER_H_
