// The decisions of examples/shop, without a store.

#include <string>

#include "daybook/testing/given.h"
#include "examples/shop/cart.h"
#include "examples/shop/coupon.h"
#include "examples/shop/order.h"
#include "examples/shop/payment.h"
#include "examples/shop/stock.h"
#include "gtest/gtest.h"
#include "tests/examples/shop_events.h"

namespace shop {
namespace {

using absl::StatusCode;
using daybook::testing::Given;

// --- Carts -------------------------------------------------------------------

TEST(CartDecisions, AddingAddsToTheCart) {
  Given<Cart>()
      .When(AddItem("42", "tea", 2, 450))
      .ThenEvents({Added("tea", 2, 450)});
}

TEST(CartDecisions, AddingNothingIsRefused) {
  Given<Cart>()
      .When(AddItem("42", "tea", 0, 450))
      .ThenStatus(StatusCode::kInvalidArgument, "nothing");
}

TEST(CartDecisions, ACheckedOutCartStaysAsItIs) {
  const Given<Cart> closed({Added("tea", 2, 450), CheckedOut()});

  closed.When(AddItem("42", "cup", 1, 900))
      .ThenStatus(StatusCode::kFailedPrecondition, "checked out");
  closed.When(RemoveItem("42", "tea"))
      .ThenStatus(StatusCode::kFailedPrecondition, "checked out");
  closed.When(CheckOut("42"))
      .ThenStatus(StatusCode::kFailedPrecondition, "checked out");
}

TEST(CartDecisions, RemovingTakesTheArticleOut) {
  Given<Cart>({Added("tea", 2, 450)})
      .When(RemoveItem("42", "tea"))
      .ThenEvents({Removed("tea")});
}

TEST(CartDecisions, RemovingWhatIsNotThereDoesNothing) {
  Given<Cart>({Added("tea", 2, 450), Removed("tea")})
      .When(RemoveItem("42", "tea"))
      .ThenNothing();
}

TEST(CartDecisions, CheckingOutGivesWhatIsInTheCart) {
  CartState contents;
  contents.set_is_checked_out(true);
  Line& tea = *contents.add_lines();
  tea.set_sku("tea");
  tea.set_quantity(3);
  tea.set_cents(1'350);

  Given<Cart>({Added("tea", 2, 450), Added("cup", 1, 900), Added("tea", 1, 450),
               Removed("cup")})
      .When(CheckOut("42"))
      .ThenEvents({CheckedOut()})
      .ThenResult(contents);
}

TEST(CartDecisions, AnEmptyCartIsNotCheckedOut) {
  Given<Cart>({Added("tea", 2, 450), Removed("tea")})
      .When(CheckOut("42"))
      .ThenStatus(StatusCode::kFailedPrecondition, "empty");
}

// --- Coupons -----------------------------------------------------------------

TEST(CouponDecisions, ACouponIsIssuedOnce) {
  Given<Coupons>()
      .When(IssueCoupon("MAY", 10, 100))
      .ThenEvents({Issued("MAY", 100)})
      .ThenStreams({"coupon-MAY"});
  Given<Coupons>({Issued("MAY", 100)})
      .When(IssueCoupon("MAY", 50, 1000))
      .ThenStatus(StatusCode::kAlreadyExists);
}

TEST(CouponDecisions, ACouponTakesOneToAHundredPercentOff) {
  for (const uint32_t percent : {0, 101}) {
    Given<Coupons>()
        .When(IssueCoupon("MAY", percent, 100))
        .ThenStatus(StatusCode::kInvalidArgument);
  }
}

TEST(CouponDecisions, RedeemingGoesToTheCart) {
  Given<Coupons>({Issued("MAY", 2), Redeemed("MAY", "41")})
      .When(RedeemCoupon("MAY", "42"))
      .ThenEvents({Redeemed("MAY", "42")})
      .ThenStreams({"cart-42"});
}

TEST(CouponDecisions, ACouponThatIsUsedUpIsRefused) {
  Given<Coupons>(
      {Issued("MAY", 2), Redeemed("MAY", "40"), Redeemed("MAY", "41")})
      .When(RedeemCoupon("MAY", "42"))
      .ThenStatus(StatusCode::kResourceExhausted, "used up");
}

TEST(CouponDecisions, OneThatWasNeverIssuedIsRefused) {
  Given<Coupons>()
      .When(RedeemCoupon("MAY", "42"))
      .ThenStatus(StatusCode::kNotFound);
}

TEST(CouponDecisions, ACartTakesOneCouponBeforeItIsCheckedOut) {
  Given<Coupons>({Issued("MAY", 100), Redeemed("JUNE", "42")})
      .When(RedeemCoupon("MAY", "42"))
      .ThenStatus(StatusCode::kFailedPrecondition);
  Given<Coupons>({Issued("MAY", 100), CheckedOut("42")})
      .When(RedeemCoupon("MAY", "42"))
      .ThenStatus(StatusCode::kFailedPrecondition);
}

// --- Orders ------------------------------------------------------------------

TEST(OrderDecisions, PlacingSellsEachArticleAtThePriceTheCouponLeaves) {
  CartState cart;
  for (const std::string sku : {"tea", "cup"}) {
    Line& line = *cart.add_lines();
    line.set_sku(sku);
    line.set_quantity(2);
    line.set_cents(905);
  }
  cart.set_percent_off(10);

  Given<Order>()
      .When(Place("42", cart))
      .ThenEvents({Placed(), Sold("tea", 2, 814), Sold("cup", 2, 814)});
  Given<Order>({Placed()})
      .When(Place("42", cart))
      .ThenStatus(StatusCode::kAlreadyExists);
}

TEST(OrderDecisions, PlacingForTheSagaSaysWhatIsToBeCarriedOut) {
  CartState cart;
  Line& line = *cart.add_lines();
  line.set_sku("tea");
  line.set_quantity(2);
  line.set_cents(900);
  cart.set_percent_off(10);

  Given<Order>()
      .When(PlaceForSaga("42", cart))
      .ThenEvents({Placed(), Sold("tea", 2, 810), Requested("tea", 2, 810)});
}

TEST(OrderDecisions, APendingOrderIsShippedOrCancelled) {
  const Given<Order> pending({Placed(), Sold("tea", 2, 900)});

  pending.When(Ship("42")).ThenEvents({Shipped()});
  pending.When(Cancel("42", "sold out"))
      .ThenEvents({Cancelled("sold out"), NotSold("tea", 2, 900)});
}

TEST(OrderDecisions, WhatIsShippedOrCancelledStaysSo) {
  for (const auto& end : {daybook::testing::EventOf<Order>(Shipped()),
                          daybook::testing::EventOf<Order>(Cancelled(""))}) {
    const Given<Order> ended({Placed(), Sold("tea", 2, 900), end});
    ended.When(Ship("42")).ThenStatus(StatusCode::kFailedPrecondition);
    ended.When(Cancel("42", "why")).ThenStatus(StatusCode::kFailedPrecondition);
  }
  Given<Order>().When(Ship("42")).ThenStatus(StatusCode::kNotFound);
  Given<Order>().When(Cancel("42", "")).ThenStatus(StatusCode::kNotFound);
}

// --- Payments ----------------------------------------------------------------

TEST(PaymentDecisions, ACustomerIsChargedWhatTheCardPays) {
  Given<Payment>().When(Charge("42", 900, 900)).ThenEvents({Paid(900)});
  Given<Payment>()
      .When(Charge("42", 901, 900))
      .ThenStatus(StatusCode::kResourceExhausted, "only 900");
}

TEST(PaymentDecisions, NoMoreIsGivenBackThanWasPaid) {
  Given<Payment>({Paid(900)}).When(Refund("42", 900)).ThenEvents({Repaid(900)});
  Given<Payment>({Paid(900), Repaid(900)})
      .When(Refund("42", 900))
      .ThenStatus(StatusCode::kFailedPrecondition, "not paid");
}

// --- Stock -------------------------------------------------------------------

TEST(StockDecisions, WhatIsThereIsPutAside) {
  Given<Stock>({Received("tea", 3), Reserved("tea", 1)})
      .When(Reserve("tea", "42", 2))
      .ThenEvents({Reserved("tea", 2)});
}

TEST(StockDecisions, WhatIsNotThereIsRefused) {
  Given<Stock>({Received("tea", 3), Reserved("tea", 2)})
      .When(Reserve("tea", "42", 2))
      .ThenStatus(StatusCode::kResourceExhausted, "of tea only 1 are left");
}

TEST(StockDecisions, WhatIsPutBackCanBePutAsideAgain) {
  Given<Stock>({Received("tea", 2), Reserved("tea", 2)})
      .When(Release("tea", "42", 2))
      .ThenEvents({Released("tea", 2)});
  Given<Stock>({Received("tea", 2), Reserved("tea", 2), Released("tea", 2)})
      .When(Reserve("tea", "42", 2))
      .ThenEvents({Reserved("tea", 2)});
}

TEST(StockDecisions, ReceivingAdds) {
  Given<Stock>().When(Receive("tea", 5)).ThenEvents({Received("tea", 5)});
}

}  // namespace
}  // namespace shop
