// A decider of the user's own, for the program and its test.

#ifndef CONSUMER_CART_H_
#define CONSUMER_CART_H_

#include "cart.pb.h"
#include "daybook/projections/decider.h"

namespace consumer {

struct Cart {
  using State = CartState;
  using Events = daybook::EventSet<ItemAdded>;
  static constexpr int kRevision = 1;

  static void Evolve(CartState& cart, const ItemAdded&) {
    cart.set_count(cart.count() + 1);
  }
};
static_assert(daybook::Decider<Cart>);

// Puts tea into a cart, once.
inline absl::Status AddTea(const CartState& cart, daybook::Emit<Cart>& emit) {
  if (cart.count() > 0) return absl::FailedPreconditionError("has tea");
  ItemAdded added;
  added.set_sku("tea");
  emit(added);
  return absl::OkStatus();
}

}  // namespace consumer

#endif  // CONSUMER_CART_H_
