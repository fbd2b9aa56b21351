#include "examples/shop/order_saga.h"

#include <optional>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "daybook/projections/typed_event.h"
#include "daybook/store/event.h"

namespace shop {
namespace {

using daybook::EventView;
using daybook::NewEvent;
using daybook::Reaction;

constexpr std::string_view kOrderTag = "order:";

// Every event of the saga says which order it is about.
std::string OrderOf(const EventView& event) {
  for (const std::string_view tag : event.tags) {
    if (tag.starts_with(kOrderTag)) {
      return std::string(tag.substr(kOrderTag.size()));
    }
  }
  return {};
}

// Where the way back begins when nothing is paid (any more).
void TurnBack(FulfilmentState& state) {
  state.set_step(state.reserved_count() > 0 ? FulfilmentState::STEP_RELEASING
                                            : FulfilmentState::STEP_CANCELLING);
}

// A question about `order`.
template <typename Asked>
absl::StatusOr<NewEvent> Ask(const std::string& order, Asked asked) {
  asked.set_order(order);
  // Its schema was registered when the saga was opened.
  const auto& type = daybook::EventTypeOf<Asked>();
  return type.ok() ? type->MakeEvent(asked) : type.status();
}
template <typename Asked>
absl::StatusOr<NewEvent> AskForItem(const std::string& order,
                                    const FulfilmentState::Item& item) {
  Asked asked;
  asked.set_sku(item.sku());
  asked.set_quantity(item.quantity());
  return Ask(order, std::move(asked));
}
template <typename Asked>
absl::StatusOr<NewEvent> AskForMoney(const std::string& order, uint64_t cents) {
  Asked asked;
  asked.set_cents(cents);
  return Ask(order, std::move(asked));
}

// What is asked next is a matter of the state alone. Nothing at the end.
absl::StatusOr<std::optional<NewEvent>> NextQuestion(
    const std::string& order, const FulfilmentState& state) {
  const auto reserved = static_cast<int>(state.reserved_count());
  switch (state.step()) {
    case FulfilmentState::STEP_RESERVING:
      return AskForItem<ReservationAsked>(order, state.items(reserved));
    case FulfilmentState::STEP_CHARGING:
      return AskForMoney<ChargeAsked>(order, state.cents());
    case FulfilmentState::STEP_SHIPPING:
      return Ask(order, ShippingAsked());
    case FulfilmentState::STEP_REFUNDING:
      return AskForMoney<RefundAsked>(order, state.cents());
    case FulfilmentState::STEP_RELEASING:
      return AskForItem<ReleaseAsked>(order, state.items(reserved - 1));
    case FulfilmentState::STEP_CANCELLING: {
      CancellationAsked asked;
      asked.set_reason(state.failure());
      return Ask(order, std::move(asked));
    }
    default:
      return std::nullopt;
  }
}

// Nothing is waited for any more.
bool IsEnd(const FulfilmentState& state) {
  return state.step() == FulfilmentState::STEP_SHIPPED ||
         state.step() == FulfilmentState::STEP_CANCELLING;
}

absl::StatusOr<Reaction> Fulfil(const EventView& event,
                                std::string_view stored) {
  // Only a request begins one: what Buy() reserves is none of ours.
  if (stored.empty() != daybook::Is<FulfilmentRequested>(event)) {
    return Reaction::Nothing(stored);
  }
  FulfilmentState state;
  if (!state.ParseFromArray(stored.data(), static_cast<int>(stored.size()))) {
    return absl::DataLossError("the state of order " + OrderOf(event) +
                               " does not parse");
  }
  absl::Status evolved = daybook::EvolveBy<Fulfilment>(event, &state);
  if (!evolved.ok()) return evolved;
  std::string now = state.SerializeAsString();
  if (now == stored) return Reaction::Nothing(stored);

  const std::string order = OrderOf(event);
  Reaction reaction;
  auto question = NextQuestion(order, state);
  if (!question.ok()) return question.status();
  if (question->has_value()) {
    reaction.events = {{"fulfilment-" + order, **std::move(question)}};
  }
  if (!IsEnd(state)) reaction.state = std::move(now);
  return reaction;
}

}  // namespace

// --- Forward -----------------------------------------------------------------

void Fulfilment::Evolve(FulfilmentState& state,
                        const FulfilmentRequested& event) {
  for (const FulfilmentRequested::Item& requested : event.items()) {
    FulfilmentState::Item& item = *state.add_items();
    item.set_sku(requested.sku());
    item.set_quantity(requested.quantity());
  }
  state.set_cents(event.cents());
  state.set_step(state.items().empty() ? FulfilmentState::STEP_CHARGING
                                       : FulfilmentState::STEP_RESERVING);
}

void Fulfilment::Evolve(FulfilmentState& state,
                        const StockReserved& /*event*/) {
  if (state.step() != FulfilmentState::STEP_RESERVING) return;
  state.set_reserved_count(state.reserved_count() + 1);
  if (static_cast<int>(state.reserved_count()) == state.items_size()) {
    state.set_step(FulfilmentState::STEP_CHARGING);
  }
}

void Fulfilment::Evolve(FulfilmentState& state, const Charged& /*event*/) {
  if (state.step() != FulfilmentState::STEP_CHARGING) return;
  state.set_step(FulfilmentState::STEP_SHIPPING);
}

void Fulfilment::Evolve(FulfilmentState& state, const OrderShipped& /*event*/) {
  if (state.step() != FulfilmentState::STEP_SHIPPING) return;
  state.set_step(FulfilmentState::STEP_SHIPPED);
}

// --- And back ----------------------------------------------------------------

void Fulfilment::Evolve(FulfilmentState& state, const StockRefused& event) {
  if (state.step() != FulfilmentState::STEP_RESERVING) return;
  state.set_failure(event.reason());
  TurnBack(state);
}

void Fulfilment::Evolve(FulfilmentState& state, const ChargeRefused& event) {
  if (state.step() != FulfilmentState::STEP_CHARGING) return;
  state.set_failure(event.reason());
  TurnBack(state);
}

void Fulfilment::Evolve(FulfilmentState& state, const ShippingRefused& event) {
  if (state.step() != FulfilmentState::STEP_SHIPPING) return;
  state.set_failure(event.reason());
  state.set_step(FulfilmentState::STEP_REFUNDING);
}

void Fulfilment::Evolve(FulfilmentState& state, const Refunded& /*event*/) {
  if (state.step() != FulfilmentState::STEP_REFUNDING) return;
  TurnBack(state);
}

void Fulfilment::Evolve(FulfilmentState& state,
                        const StockReleased& /*event*/) {
  if (state.step() != FulfilmentState::STEP_RELEASING) return;
  state.set_reserved_count(state.reserved_count() - 1);
  TurnBack(state);
}

// -----------------------------------------------------------------------------

absl::StatusOr<std::unique_ptr<daybook::Reactor>> OpenOrderSaga(
    daybook::EventStore& store) {
  absl::Status registered =
      daybook::RegisterEvents<ReservationAsked, ChargeAsked, ShippingAsked,
                              RefundAsked, ReleaseAsked, CancellationAsked>(
          store);
  if (!registered.ok()) return registered;
  absl::StatusOr<daybook::Query> answers = Fulfilment::Events::ToQuery();
  if (!answers.ok()) return answers.status();
  return daybook::Reactor::Open(
      store, "order-saga",
      {.filter = {.query = *std::move(answers)}, .key = OrderOf}, Fulfil);
}

}  // namespace shop
