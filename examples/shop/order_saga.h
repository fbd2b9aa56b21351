// The saga of an order: its articles are put aside, one after the other, the
// customer is charged, the order is shipped. Stock, bank and carrier are
// services of their own (order_services.h): there is no transaction over them.
// So when one refuses, what the ones before did is taken back, last first, and
// the order is cancelled:
//
//   reserve, reserve, ... -> charge -> ship
//       | refused               |        |
//       v                       v        v
//   cancel <- ... release, release <- refund
//
// It is a reactor: it answers what a service said by asking for the next step.
// The question and the state of the order are one append, so that each question
// is asked once, whenever the process dies.

#ifndef DAYBOOK_EXAMPLES_SHOP_ORDER_SAGA_H_
#define DAYBOOK_EXAMPLES_SHOP_ORDER_SAGA_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "daybook/bus/reactor.h"
#include "daybook/projections/decider.h"
#include "daybook/store/event_store.h"
#include "examples/shop/events.pb.h"
#include "examples/shop/states.pb.h"

namespace shop {

// What the saga knows of an order. An answer to what it did not ask changes
// nothing.
struct Fulfilment {
  using State = FulfilmentState;
  using Events =
      daybook::EventSet<FulfilmentRequested, StockReserved, StockRefused,
                        Charged, ChargeRefused, OrderShipped, ShippingRefused,
                        Refunded, StockReleased>;
  static constexpr int kRevision = 1;

  static void Evolve(FulfilmentState& state, const FulfilmentRequested& event);
  static void Evolve(FulfilmentState& state, const StockReserved& event);
  static void Evolve(FulfilmentState& state, const StockRefused& event);
  static void Evolve(FulfilmentState& state, const Charged& event);
  static void Evolve(FulfilmentState& state, const ChargeRefused& event);
  static void Evolve(FulfilmentState& state, const OrderShipped& event);
  static void Evolve(FulfilmentState& state, const ShippingRefused& event);
  static void Evolve(FulfilmentState& state, const Refunded& event);
  static void Evolve(FulfilmentState& state, const StockReleased& event);
};
static_assert(daybook::Decider<Fulfilment>);

// The reactor "order-saga", of all orders that Shop::PlaceOrder() placed; their
// states, FulfilmentState, go by the order's name. Errors: as Reactor::Open()
// and RegisterEvents().
absl::StatusOr<std::unique_ptr<daybook::Reactor>> OpenOrderSaga(
    daybook::EventStore& store);

}  // namespace shop

#endif  // DAYBOOK_EXAMPLES_SHOP_ORDER_SAGA_H_
