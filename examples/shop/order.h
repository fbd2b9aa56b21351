// An order: placed once, then shipped or cancelled.

#ifndef DAYBOOK_EXAMPLES_SHOP_ORDER_H_
#define DAYBOOK_EXAMPLES_SHOP_ORDER_H_

#include <string>

#include "daybook/projections/decider.h"
#include "examples/shop/decision.h"
#include "examples/shop/events.pb.h"
#include "examples/shop/states.pb.h"

namespace shop {

struct Order {
  using State = OrderState;
  using Events = daybook::EventSet<OrderPlaced, ItemSold, FulfilmentRequested,
                                   OrderShipped, ShippingRefused,
                                   OrderCancelled, SaleCancelled>;
  static constexpr int kRevision = 1;

  static void Evolve(OrderState& order, const OrderPlaced& placed);
  static void Evolve(OrderState& order, const ItemSold& sold);
  static void Evolve(OrderState& order, const FulfilmentRequested& requested);
  static void Evolve(OrderState& order, const OrderShipped& shipped);
  static void Evolve(OrderState& order, const ShippingRefused& refused);
  static void Evolve(OrderState& order, const OrderCancelled& cancelled);
  static void Evolve(OrderState& order, const SaleCancelled& cancelled);
};
static_assert(daybook::Decider<Order>);

// Orders what is in `cart`, at the price that its coupon leaves.
Decision<Order> Place(std::string order, CartState cart);

// The same, and leaves the rest to the saga.
Decision<Order> PlaceForSaga(std::string order, CartState cart);

Decision<Order> Ship(std::string order);

// Takes back what was sold. Nothing is, once it is shipped.
Decision<Order> Cancel(std::string order, std::string reason);

}  // namespace shop

#endif  // DAYBOOK_EXAMPLES_SHOP_ORDER_H_
