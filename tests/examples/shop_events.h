// Events of the shop, in the words of its tests.

#ifndef DAYBOOK_TESTS_EXAMPLES_SHOP_EVENTS_H_
#define DAYBOOK_TESTS_EXAMPLES_SHOP_EVENTS_H_

#include <cstdint>
#include <string>

#include "examples/shop/events.pb.h"
#include "examples/shop/states.pb.h"

namespace shop {

inline ItemAdded Added(const std::string& sku, uint32_t quantity,
                       uint64_t price_cents) {
  ItemAdded added;
  added.set_cart("42");
  added.set_sku(sku);
  added.set_quantity(quantity);
  added.set_price_cents(price_cents);
  return added;
}

inline ItemRemoved Removed(const std::string& sku) {
  ItemRemoved removed;
  removed.set_cart("42");
  removed.set_sku(sku);
  return removed;
}

inline CartCheckedOut CheckedOut(const std::string& cart = "42") {
  CartCheckedOut checked_out;
  checked_out.set_cart(cart);
  return checked_out;
}

inline CouponIssued Issued(const std::string& coupon,
                           uint32_t redemptions_max) {
  CouponIssued issued;
  issued.set_coupon(coupon);
  issued.set_percent_off(10);
  issued.set_redemptions_max(redemptions_max);
  return issued;
}

inline CouponRedeemed Redeemed(const std::string& coupon,
                               const std::string& cart) {
  CouponRedeemed redeemed;
  redeemed.set_cart(cart);
  redeemed.set_coupon(coupon);
  redeemed.set_percent_off(10);
  return redeemed;
}

inline OrderPlaced Placed() {
  OrderPlaced placed;
  placed.set_order("42");
  return placed;
}

inline ItemSold Sold(const std::string& sku, uint32_t quantity,
                     uint64_t cents) {
  ItemSold sold;
  sold.set_order("42");
  sold.set_sku(sku);
  sold.set_quantity(quantity);
  sold.set_cents(cents);
  return sold;
}

inline FulfilmentRequested Requested(const std::string& sku, uint32_t quantity,
                                     uint64_t cents) {
  FulfilmentRequested requested;
  requested.set_order("42");
  FulfilmentRequested::Item& item = *requested.add_items();
  item.set_sku(sku);
  item.set_quantity(quantity);
  requested.set_cents(cents);
  return requested;
}

inline Charged Paid(uint64_t cents) {
  Charged charged;
  charged.set_order("42");
  charged.set_cents(cents);
  return charged;
}

inline Refunded Repaid(uint64_t cents) {
  Refunded refunded;
  refunded.set_order("42");
  refunded.set_cents(cents);
  return refunded;
}

inline OrderShipped Shipped() {
  OrderShipped shipped;
  shipped.set_order("42");
  return shipped;
}

inline OrderCancelled Cancelled(const std::string& reason) {
  OrderCancelled cancelled;
  cancelled.set_order("42");
  cancelled.set_reason(reason);
  return cancelled;
}

inline SaleCancelled NotSold(const std::string& sku, uint32_t quantity,
                             uint64_t cents) {
  SaleCancelled cancelled;
  cancelled.set_order("42");
  cancelled.set_sku(sku);
  cancelled.set_quantity(quantity);
  cancelled.set_cents(cents);
  return cancelled;
}

inline StockReceived Received(const std::string& sku, uint32_t quantity) {
  StockReceived received;
  received.set_sku(sku);
  received.set_quantity(quantity);
  return received;
}

inline StockReserved Reserved(const std::string& sku, uint32_t quantity) {
  StockReserved reserved;
  reserved.set_sku(sku);
  reserved.set_order("42");
  reserved.set_quantity(quantity);
  return reserved;
}

inline StockReleased Released(const std::string& sku, uint32_t quantity) {
  StockReleased released;
  released.set_sku(sku);
  released.set_order("42");
  released.set_quantity(quantity);
  return released;
}

}  // namespace shop

#endif  // DAYBOOK_TESTS_EXAMPLES_SHOP_EVENTS_H_
