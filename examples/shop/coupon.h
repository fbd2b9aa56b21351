// Coupons, each for so many carts: a rule over all carts at once. No stream is
// where it could be looked after. The decision rests on a query, all events
// about the coupon and those about the cart that close it to coupons, and holds
// if none of them came meanwhile.

#ifndef DAYBOOK_EXAMPLES_SHOP_COUPON_H_
#define DAYBOOK_EXAMPLES_SHOP_COUPON_H_

#include <cstdint>
#include <string>

#include "daybook/projections/decider.h"
#include "daybook/store/query.h"
#include "examples/shop/decision.h"
#include "examples/shop/events.pb.h"
#include "examples/shop/states.pb.h"

namespace shop {

struct Coupons {
  using State = CouponState;
  using Events =
      daybook::EventSet<CouponIssued, CouponRedeemed, CartCheckedOut>;
  static constexpr int kRevision = 1;

  static void Evolve(CouponState& state, const CouponIssued& issued);
  static void Evolve(CouponState& state, const CouponRedeemed& redeemed);
  static void Evolve(CouponState& state, const CartCheckedOut& checked_out);
};
static_assert(daybook::Decider<Coupons>);

// What IssueCoupon() rests on: all events about `coupon`.
daybook::Query AboutCoupon(const std::string& coupon);
// What RedeemCoupon() rests on.
daybook::Query AboutCouponAndCart(const std::string& coupon,
                                  const std::string& cart);

QueryDecision<Coupons> IssueCoupon(std::string coupon, uint32_t percent_off,
                                   uint32_t redemptions_max);

// A cart takes one coupon, before it is checked out.
QueryDecision<Coupons> RedeemCoupon(std::string coupon, std::string cart);

}  // namespace shop

#endif  // DAYBOOK_EXAMPLES_SHOP_COUPON_H_
