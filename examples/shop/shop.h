// The shop: what its customers and its staff do, on a store.

#ifndef DAYBOOK_EXAMPLES_SHOP_SHOP_H_
#define DAYBOOK_EXAMPLES_SHOP_SHOP_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "daybook/replay/state_cache.h"
#include "daybook/store/event_store.h"
#include "examples/shop/cart.h"
#include "examples/shop/stock.h"

namespace shop {

// Thread-safe; many may stand for the same store. What a decision refuses comes
// back as its status.
class Shop {
 public:
  // The store must outlive it.
  explicit Shop(daybook::EventStore& store);

  // Several decisions on a cart as one: all of them, or none.
  absl::Status ChangeCart(const std::string& cart,
                          const std::vector<Decision<Cart>>& changes);

  absl::Status IssueCoupon(const std::string& coupon, uint32_t percent_off,
                           uint32_t redemptions_max);
  absl::Status RedeemCoupon(const std::string& coupon, const std::string& cart);

  // Checks the cart out, places the order of the same name and puts its
  // articles aside. If one is sold out the order is cancelled:
  // kResourceExhausted.
  //
  // These are many streams, one after the other. Each step has an append key:
  // after a crash half-way, the same call goes on where it stopped.
  absl::Status Buy(const std::string& cart);

  // Checks the cart out and places its order, as Buy() does, and leaves the
  // rest to the saga: an order is one's or the other's. Repeatable likewise.
  absl::Status PlaceOrder(const std::string& cart);

  // Of what Buy() placed.
  absl::Status ShipOrder(const std::string& order);
  // Cancels it and puts its articles back; what the saga has under way it takes
  // back itself, when it comes to ship.
  absl::Status CancelOrder(const std::string& order, const std::string& reason);

  absl::Status ReceiveStock(const std::string& sku, uint32_t quantity);

 private:
  // Puts the articles of an order aside, or says which are sold out.
  absl::Status ReserveAll(const std::string& order, const CartState& cart);
  // Puts back all of it that was put aside.
  absl::Status ReleaseAll(const std::string& order);

  daybook::EventStore& store_;
  // Stock has long streams, and is asked for with every order.
  daybook::StateCache<Stock> stock_;
};

}  // namespace shop

#endif  // DAYBOOK_EXAMPLES_SHOP_SHOP_H_
