// The view cart-contents: what is in each open cart, as its owner sees it. Kept
// inline: the page that is shown after a click has what the click added.

#ifndef DAYBOOK_EXAMPLES_SHOP_CART_CONTENTS_H_
#define DAYBOOK_EXAMPLES_SHOP_CART_CONTENTS_H_

#include <string_view>

#include "daybook/projections/projection.h"
#include "examples/shop/cart.h"

namespace shop {

// A row is what the decider knows of the cart, and changes as it does there.
struct CartContents {
  static constexpr std::string_view kName = "cart-contents";
  static constexpr int kVersion = 1;
  using Key = CartKey;
  using Row = CartState;
  using Events = Cart::Events;
  static const daybook::Upcasters& Upcasting() { return OldShapes(); }

  static CartKey KeyOf(const auto& event) {
    CartKey key;
    key.set_cart(event.cart());
    return key;
  }
  static void Apply(CartState& row, const auto& event) {
    Cart::Evolve(row, event);
  }
  static daybook::RowFate Apply(CartState& /*row*/,
                                const CartCheckedOut& /*checked_out*/) {
    return daybook::RowFate::kRemove;
  }
};
static_assert(daybook::Projection<CartContents>);

}  // namespace shop

#endif  // DAYBOOK_EXAMPLES_SHOP_CART_CONTENTS_H_
