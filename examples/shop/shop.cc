#include "examples/shop/shop.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "daybook/replay/fold.h"
#include "daybook/replay/transact.h"
#include "examples/shop/coupon.h"
#include "examples/shop/order.h"

namespace shop {
namespace {

using daybook::Emit;
using daybook::Fold;
using daybook::Folded;
using daybook::Transact;
using daybook::Transacted;

// Many customers want the same coupon, or article, at once.
constexpr int kAttempts = 100;
constexpr size_t kCachedStockCount = 10'000;

std::string CartStream(const std::string& cart) { return "cart-" + cart; }
std::string OrderStream(const std::string& order) { return "order-" + order; }
std::string StockStream(const std::string& sku) { return "stock-" + sku; }

std::string ReserveKey(const std::string& order, const std::string& sku) {
  return absl::StrCat("reserve ", order, " ", sku);
}

}  // namespace

Shop::Shop(daybook::EventStore& store)
    : store_(store), stock_(store, kCachedStockCount) {}

// --- Customers ---------------------------------------------------------------

absl::Status Shop::ChangeCart(const std::string& cart,
                              const std::vector<Decision<Cart>>& changes) {
  return Transact<Cart>(
             store_, CartStream(cart),
             [&](const CartState& now, Emit<Cart>& emit) -> absl::Status {
               for (const Decision<Cart>& change : changes) {
                 // Each sees what the ones before it emitted.
                 if (absl::Status status = change(now, emit); !status.ok()) {
                   return status;
                 }
               }
               return absl::OkStatus();
             })
      .status();
}

absl::Status Shop::RedeemCoupon(const std::string& coupon,
                                const std::string& cart) {
  return Transact<Coupons>(store_, AboutCouponAndCart(coupon, cart),
                           shop::RedeemCoupon(coupon, cart),
                           {.attempts = kAttempts})
      .status();
}

absl::Status Shop::Buy(const std::string& cart) {
  const absl::StatusOr<Transacted<CartState>> checked_out =
      Transact<Cart>(store_, CartStream(cart), CheckOut(cart),
                     {.append_key = "check out " + cart});
  if (!checked_out.ok()) return checked_out.status();
  const CartState& contents = checked_out->result;

  const absl::StatusOr<Transacted<void>> placed =
      Transact<Order>(store_, OrderStream(cart), Place(cart, contents),
                      {.append_key = "place " + cart});
  if (!placed.ok()) return placed.status();
  if (placed->repeated) {
    const absl::StatusOr<Folded<Order>> order =
        Fold<Order>(store_, OrderStream(cart));
    if (!order.ok()) return order.status();
    if (order->state.is_cancelled()) {
      absl::Status released = ReleaseAll(cart);
      if (!released.ok()) return released;
      return absl::ResourceExhaustedError("the order was cancelled");
    }
  }

  absl::Status reserved = ReserveAll(cart, contents);
  if (!absl::IsResourceExhausted(reserved)) return reserved;
  absl::Status cancelled = CancelOrder(cart, std::string(reserved.message()));
  return cancelled.ok() ? reserved : cancelled;
}

absl::Status Shop::PlaceOrder(const std::string& cart) {
  const absl::StatusOr<Transacted<CartState>> checked_out =
      Transact<Cart>(store_, CartStream(cart), CheckOut(cart),
                     {.append_key = "check out " + cart});
  if (!checked_out.ok()) return checked_out.status();
  return Transact<Order>(store_, OrderStream(cart),
                         PlaceForSaga(cart, checked_out->result),
                         {.append_key = "place for the saga " + cart})
      .status();
}

absl::Status Shop::ReserveAll(const std::string& order, const CartState& cart) {
  for (const Line& line : cart.lines()) {
    const auto reserved =
        Transact<Stock>(store_, StockStream(line.sku()),
                        Reserve(line.sku(), order, line.quantity()),
                        {.append_key = ReserveKey(order, line.sku()),
                         .attempts = kAttempts,
                         .cache = &stock_});
    if (!reserved.ok()) return reserved.status();
  }
  return absl::OkStatus();
}

// --- Staff -------------------------------------------------------------------

absl::Status Shop::IssueCoupon(const std::string& coupon, uint32_t percent_off,
                               uint32_t redemptions_max) {
  return Transact<Coupons>(
             store_, AboutCoupon(coupon),
             shop::IssueCoupon(coupon, percent_off, redemptions_max))
      .status();
}

absl::Status Shop::ShipOrder(const std::string& order) {
  return Transact<Order>(store_, OrderStream(order), Ship(order)).status();
}

absl::Status Shop::CancelOrder(const std::string& order,
                               const std::string& reason) {
  absl::Status cancelled =
      Transact<Order>(store_, OrderStream(order), Cancel(order, reason),
                      {.append_key = "cancel " + order})
          .status();
  return cancelled.ok() ? ReleaseAll(order) : cancelled;
}

absl::Status Shop::ReleaseAll(const std::string& order) {
  const absl::StatusOr<Folded<Order>> folded =
      Fold<Order>(store_, OrderStream(order));
  if (!folded.ok()) return folded.status();
  for (const Line& line : folded->state.lines()) {
    absl::Status reserved =
        store_.FindAppend(ReserveKey(order, line.sku())).status();
    if (absl::IsNotFound(reserved)) continue;
    if (!reserved.ok()) return reserved;
    const auto released = Transact<Stock>(
        store_, StockStream(line.sku()),
        Release(line.sku(), order, line.quantity()),
        {.append_key = absl::StrCat("release ", order, " ", line.sku()),
         .attempts = kAttempts,
         .cache = &stock_});
    if (!released.ok()) return released.status();
  }
  return absl::OkStatus();
}

absl::Status Shop::ReceiveStock(const std::string& sku, uint32_t quantity) {
  return Transact<Stock>(store_, StockStream(sku), Receive(sku, quantity),
                         {.attempts = kAttempts, .cache = &stock_})
      .status();
}

}  // namespace shop
