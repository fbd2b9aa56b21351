// A cart: what it is, and what may happen to it.

#ifndef DAYBOOK_EXAMPLES_SHOP_CART_H_
#define DAYBOOK_EXAMPLES_SHOP_CART_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "daybook/projections/decider.h"
#include "examples/shop/decision.h"
#include "examples/shop/events.pb.h"
#include "examples/shop/old_shapes.h"
#include "examples/shop/states.pb.h"

namespace shop {

struct Cart {
  using State = CartState;
  using Events =
      daybook::EventSet<ItemAdded, ItemRemoved, CouponRedeemed, CartCheckedOut>;
  static constexpr int kRevision = 1;
  static const daybook::Upcasters& Upcasting() { return OldShapes(); }

  static void Evolve(CartState& cart, const ItemAdded& added);
  static void Evolve(CartState& cart, const ItemRemoved& removed);
  static void Evolve(CartState& cart, const CouponRedeemed& redeemed);
  static void Evolve(CartState& cart, const CartCheckedOut& checked_out);
};
static_assert(daybook::Decider<Cart>);

// Puts more of an article into the cart.
Decision<Cart> AddItem(std::string cart, std::string sku, uint32_t quantity,
                       uint64_t price_cents);

// Takes an article out; one that is not there is no error, and no event.
Decision<Cart> RemoveItem(std::string cart, std::string sku);

// Closes the cart. Gives what was in it.
Decision<Cart, absl::StatusOr<CartState>> CheckOut(std::string cart);

}  // namespace shop

#endif  // DAYBOOK_EXAMPLES_SHOP_CART_H_
