// A shopping cart with a decider: what it is, what may happen to it, and an
// afternoon on which that happens. Its events are in shop_cart.proto.

#include <cstdint>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>

#include "daybook/projections/decider.h"
#include "daybook/replay/fold.h"
#include "daybook/replay/transact.h"
#include "daybook/store/event_store.h"
#include "examples/shop_cart.pb.h"

namespace {

using daybook::Emit;
using daybook::EventStore;
using daybook::Transacted;
using example::shop::v1::CartCheckedOut;
using example::shop::v1::CartState;
using example::shop::v1::CartTotal;
using example::shop::v1::ItemAdded;
using example::shop::v1::ItemRemoved;

// --- What a cart is ----------------------------------------------------------

struct Cart {
  using State = CartState;
  using Events = daybook::EventSet<ItemAdded, ItemRemoved, CartCheckedOut>;
  static constexpr int kRevision = 1;

  static void Evolve(CartState& cart, const ItemAdded& added) {
    CartState::Item& item = (*cart.mutable_items())[added.sku()];
    item.set_quantity(item.quantity() + added.quantity());
    item.set_cents(item.cents() + uint64_t{added.quantity()} * added.cents());
  }
  static void Evolve(CartState& cart, const ItemRemoved& removed) {
    cart.mutable_items()->erase(removed.sku());
  }
  static void Evolve(CartState& cart, const CartCheckedOut&) {
    cart.set_is_checked_out(true);
  }
};
static_assert(daybook::Decider<Cart>);

CartTotal TotalOf(const CartState& cart) {
  CartTotal total;
  for (const auto& [sku, item] : cart.items()) {
    total.set_cents(total.cents() + item.cents());
  }
  return total;
}

// --- What may happen to it ---------------------------------------------------

absl::Status CheckOpen(const CartState& cart) {
  return cart.is_checked_out()
             ? absl::FailedPreconditionError("the cart is checked out")
             : absl::OkStatus();
}

absl::StatusOr<CartTotal> Add(const CartState& cart, Emit<Cart>& emit,
                              const std::string& sku, uint32_t quantity,
                              uint32_t cents) {
  if (absl::Status open = CheckOpen(cart); !open.ok()) return open;
  ItemAdded added;
  added.set_sku(sku);
  added.set_quantity(quantity);
  added.set_cents(cents);
  emit(added);
  return TotalOf(cart);  // with what was just added
}

absl::StatusOr<CartTotal> Remove(const CartState& cart, Emit<Cart>& emit,
                                 const std::string& sku) {
  if (absl::Status open = CheckOpen(cart); !open.ok()) return open;
  // Taking out what is not there is no error, and no event.
  if (!cart.items().contains(sku)) return TotalOf(cart);
  ItemRemoved removed;
  removed.set_sku(sku);
  emit(removed);
  return TotalOf(cart);
}

absl::StatusOr<CartTotal> CheckOut(const CartState& cart, Emit<Cart>& emit) {
  if (absl::Status open = CheckOpen(cart); !open.ok()) return open;
  if (cart.items().empty()) {
    return absl::FailedPreconditionError("the cart is empty");
  }
  CartCheckedOut checked_out;
  checked_out.set_cents(TotalOf(cart).cents());
  emit(checked_out);
  return TotalOf(cart);
}

// --- An afternoon in the shop ------------------------------------------------

void Say(std::string_view what,
         const absl::StatusOr<Transacted<CartTotal>>& done) {
  std::cout << what << ": ";
  if (!done.ok()) {
    std::cout << "refused, " << done.status().message() << "\n";
  } else {
    std::cout << done->result.cents() << " cents"
              << (done->repeated ? ", as told before" : "") << "\n";
  }
}

absl::Status Shop(EventStore& store) {
  const auto add_tea = [](const CartState& cart, Emit<Cart>& emit) {
    return Add(cart, emit, "tea", 2, 450);
  };
  const auto add_cup = [](const CartState& cart, Emit<Cart>& emit) {
    return Add(cart, emit, "cup", 1, 900);
  };
  const auto remove_cup = [](const CartState& cart, Emit<Cart>& emit) {
    return Remove(cart, emit, "cup");
  };

  const auto tea = daybook::Transact<Cart>(store, "cart-42", add_tea,
                                           {.append_key = "request-1"});
  if (!tea.ok()) return tea.status();
  Say("two teas", tea);
  // The reply was lost, so the customer's browser asks again.
  Say("the same request", daybook::Transact<Cart>(store, "cart-42", add_tea,
                                                  {.append_key = "request-1"}));
  Say("a cup", daybook::Transact<Cart>(store, "cart-42", add_cup));
  Say("no cup", daybook::Transact<Cart>(store, "cart-42", remove_cup));
  Say("to the till", daybook::Transact<Cart>(store, "cart-42", CheckOut));
  Say("a cup after all", daybook::Transact<Cart>(store, "cart-42", add_cup));

  // The cart as it is, and as it was before its last event.
  const auto now = daybook::Fold<Cart>(store, "cart-42");
  if (!now.ok()) return now.status();
  const auto before =
      daybook::Fold<Cart>(store, "cart-42", now->place.position->Previous());
  if (!before.ok()) return before.status();
  std::cout << "open before the last event: "
            << (before->state.is_checked_out() ? "no" : "yes")
            << ", now: " << (now->state.is_checked_out() ? "no" : "yes")
            << "\n";
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string folder =
      argc > 1 ? argv[1]
               : (std::filesystem::temp_directory_path() / "daybook-shop-cart")
                     .string();
  auto store = EventStore::Open(folder, {.source = "/shop"});
  absl::Status status = store.status();
  if (status.ok()) status = Shop(**store);
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok() ? 0 : 1;
}
