#include "examples/shop/order.h"

#include <utility>

#include "absl/status/status.h"

namespace shop {
namespace {

using daybook::Emit;

// Placed, and neither shipped nor cancelled.
absl::Status CheckPending(const OrderState& order) {
  if (!order.is_placed()) return absl::NotFoundError("there is no such order");
  if (order.is_shipped()) {
    return absl::FailedPreconditionError("the order is shipped");
  }
  if (order.is_cancelled()) {
    return absl::FailedPreconditionError("the order is cancelled");
  }
  return absl::OkStatus();
}

}  // namespace

void Order::Evolve(OrderState& order, const OrderPlaced& /*placed*/) {
  order.set_is_placed(true);
}

void Order::Evolve(OrderState& order, const ItemSold& sold) {
  Line& line = *order.add_lines();
  line.set_sku(sold.sku());
  line.set_quantity(sold.quantity());
  line.set_cents(sold.cents());
}

// It is the saga's state that this changes (order_saga.h).
void Order::Evolve(OrderState& /*order*/,
                   const FulfilmentRequested& /*requested*/) {}

void Order::Evolve(OrderState& /*order*/, const ShippingRefused& /*refused*/) {}

void Order::Evolve(OrderState& order, const OrderShipped& /*shipped*/) {
  order.set_is_shipped(true);
}

void Order::Evolve(OrderState& order, const OrderCancelled& /*cancelled*/) {
  order.set_is_cancelled(true);
}

// What was cancelled remains readable: `lines` say what it was.
void Order::Evolve(OrderState& /*order*/, const SaleCancelled& /*cancelled*/) {}

Decision<Order> Place(std::string order, CartState cart) {
  return [order = std::move(order), cart = std::move(cart)](
             const OrderState& now, Emit<Order>& emit) -> absl::Status {
    if (now.is_placed()) {
      return absl::AlreadyExistsError("the order is placed");
    }
    OrderPlaced placed;
    placed.set_order(order);
    emit(placed);
    for (const Line& line : cart.lines()) {
      ItemSold sold;
      sold.set_order(order);
      sold.set_sku(line.sku());
      sold.set_quantity(line.quantity());
      sold.set_cents(line.cents() * (100 - cart.percent_off()) / 100);
      emit(sold);
    }
    return absl::OkStatus();
  };
}

Decision<Order> PlaceForSaga(std::string order, CartState cart) {
  FulfilmentRequested requested;
  requested.set_order(order);
  return [place = Place(std::move(order), std::move(cart)), requested](
             const OrderState& now, Emit<Order>& emit) -> absl::Status {
    if (absl::Status placed = place(now, emit); !placed.ok()) return placed;
    // `now` has what was just sold.
    FulfilmentRequested request = requested;
    for (const Line& line : now.lines()) {
      FulfilmentRequested::Item& item = *request.add_items();
      item.set_sku(line.sku());
      item.set_quantity(line.quantity());
      request.set_cents(request.cents() + line.cents());
    }
    emit(request);
    return absl::OkStatus();
  };
}

Decision<Order> Ship(std::string order) {
  OrderShipped shipped;
  shipped.set_order(std::move(order));
  return [shipped](const OrderState& now, Emit<Order>& emit) -> absl::Status {
    if (absl::Status pending = CheckPending(now); !pending.ok()) {
      return pending;
    }
    emit(shipped);
    return absl::OkStatus();
  };
}

Decision<Order> Cancel(std::string order, std::string reason) {
  OrderCancelled cancelled;
  cancelled.set_order(std::move(order));
  cancelled.set_reason(std::move(reason));
  return [cancelled](const OrderState& now, Emit<Order>& emit) -> absl::Status {
    if (absl::Status pending = CheckPending(now); !pending.ok()) {
      return pending;
    }
    emit(cancelled);
    for (const Line& line : now.lines()) {
      SaleCancelled sale;
      sale.set_order(cancelled.order());
      sale.set_sku(line.sku());
      sale.set_quantity(line.quantity());
      sale.set_cents(line.cents());
      emit(sale);
    }
    return absl::OkStatus();
  };
}

}  // namespace shop
