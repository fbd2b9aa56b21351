#include "examples/shop/cart.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"

namespace shop {
namespace {

using daybook::Emit;

bool Holds(const CartState& cart, const std::string& sku) {
  return std::ranges::any_of(
      cart.lines(), [&](const Line& line) { return line.sku() == sku; });
}

// The line of `sku`; a new one if there is none.
Line& LineOf(CartState& cart, const std::string& sku) {
  for (Line& line : *cart.mutable_lines()) {
    if (line.sku() == sku) return line;
  }
  Line& line = *cart.add_lines();
  line.set_sku(sku);
  return line;
}

absl::Status CheckOpen(const CartState& cart) {
  return cart.is_checked_out()
             ? absl::FailedPreconditionError("the cart is checked out")
             : absl::OkStatus();
}

}  // namespace

// --- What it is --------------------------------------------------------------

void Cart::Evolve(CartState& cart, const ItemAdded& added) {
  Line& line = LineOf(cart, added.sku());
  line.set_quantity(line.quantity() + added.quantity());
  line.set_cents(line.cents() + added.quantity() * added.price_cents());
}

void Cart::Evolve(CartState& cart, const ItemRemoved& removed) {
  auto& lines = *cart.mutable_lines();
  lines.erase(std::remove_if(lines.begin(), lines.end(),
                             [&](const Line& line) {
                               return line.sku() == removed.sku();
                             }),
              lines.end());
}

void Cart::Evolve(CartState& cart, const CouponRedeemed& redeemed) {
  cart.set_percent_off(redeemed.percent_off());
}

void Cart::Evolve(CartState& cart, const CartCheckedOut& /*checked_out*/) {
  cart.set_is_checked_out(true);
}

// --- What may happen to it ---------------------------------------------------

Decision<Cart> AddItem(std::string cart, std::string sku, uint32_t quantity,
                       uint64_t price_cents) {
  ItemAdded added;
  added.set_cart(std::move(cart));
  added.set_sku(std::move(sku));
  added.set_quantity(quantity);
  added.set_price_cents(price_cents);
  return [added](const CartState& now, Emit<Cart>& emit) -> absl::Status {
    if (added.quantity() == 0) {
      return absl::InvalidArgumentError("nothing is to be added");
    }
    if (absl::Status open = CheckOpen(now); !open.ok()) return open;
    emit(added);
    return absl::OkStatus();
  };
}

Decision<Cart> RemoveItem(std::string cart, std::string sku) {
  ItemRemoved removed;
  removed.set_cart(std::move(cart));
  removed.set_sku(std::move(sku));
  return [removed](const CartState& now, Emit<Cart>& emit) -> absl::Status {
    if (absl::Status open = CheckOpen(now); !open.ok()) return open;
    if (Holds(now, removed.sku())) emit(removed);
    return absl::OkStatus();
  };
}

Decision<Cart, absl::StatusOr<CartState>> CheckOut(std::string cart) {
  CartCheckedOut checked_out;
  checked_out.set_cart(std::move(cart));
  return [checked_out](const CartState& now,
                       Emit<Cart>& emit) -> absl::StatusOr<CartState> {
    if (absl::Status open = CheckOpen(now); !open.ok()) return open;
    if (now.lines().empty()) {
      return absl::FailedPreconditionError("the cart is empty");
    }
    emit(checked_out);
    return now;
  };
}

}  // namespace shop
