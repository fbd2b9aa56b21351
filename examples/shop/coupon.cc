#include "examples/shop/coupon.h"

#include <utility>

#include "absl/status/status.h"

namespace shop {

using daybook::EmitTo;

void Coupons::Evolve(CouponState& state, const CouponIssued& issued) {
  CouponState::Coupon& coupon = (*state.mutable_coupons())[issued.coupon()];
  coupon.set_percent_off(issued.percent_off());
  coupon.set_redemptions_max(issued.redemptions_max());
}

void Coupons::Evolve(CouponState& state, const CouponRedeemed& redeemed) {
  CouponState::Coupon& coupon = (*state.mutable_coupons())[redeemed.coupon()];
  coupon.set_redemptions(coupon.redemptions() + 1);
  (*state.mutable_is_closed())[redeemed.cart()] = true;
}

void Coupons::Evolve(CouponState& state, const CartCheckedOut& checked_out) {
  (*state.mutable_is_closed())[checked_out.cart()] = true;
}

daybook::Query AboutCoupon(const std::string& coupon) {
  return {.items = {{.tags = {"coupon:" + coupon}}}};
}

daybook::Query AboutCouponAndCart(const std::string& coupon,
                                  const std::string& cart) {
  return {.items = {{.tags = {"coupon:" + coupon}},
                    {.types = {"cart.coupon-redeemed", "cart.checked-out"},
                     .tags = {"cart:" + cart}}}};
}

QueryDecision<Coupons> IssueCoupon(std::string coupon, uint32_t percent_off,
                                   uint32_t redemptions_max) {
  CouponIssued issued;
  issued.set_coupon(std::move(coupon));
  issued.set_percent_off(percent_off);
  issued.set_redemptions_max(redemptions_max);
  return [issued](const CouponState& now,
                  EmitTo<Coupons>& emit) -> absl::Status {
    if (now.coupons().contains(issued.coupon())) {
      return absl::AlreadyExistsError("there is such a coupon");
    }
    if (issued.percent_off() < 1 || issued.percent_off() > 100) {
      return absl::InvalidArgumentError("a coupon takes 1 to 100 percent off");
    }
    emit("coupon-" + issued.coupon(), issued);
    return absl::OkStatus();
  };
}

QueryDecision<Coupons> RedeemCoupon(std::string coupon, std::string cart) {
  return [coupon = std::move(coupon), cart = std::move(cart)](
             const CouponState& now, EmitTo<Coupons>& emit) -> absl::Status {
    const auto found = now.coupons().find(coupon);
    if (found == now.coupons().end()) {
      return absl::NotFoundError("there is no such coupon");
    }
    if (now.is_closed().contains(cart)) {
      return absl::FailedPreconditionError(
          "the cart has a coupon, or is checked out");
    }
    if (found->second.redemptions() >= found->second.redemptions_max()) {
      return absl::ResourceExhaustedError("the coupon is used up");
    }
    CouponRedeemed redeemed;
    redeemed.set_cart(cart);
    redeemed.set_coupon(coupon);
    redeemed.set_percent_off(found->second.percent_off());
    emit("cart-" + cart, redeemed);
    return absl::OkStatus();
  };
}

}  // namespace shop
