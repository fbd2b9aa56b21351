// The shop of examples/shop on a store: rules that many threads try to break,
// what a crash half-way leaves, old events, views.

#include "examples/shop/shop.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "daybook/projections/typed_event.h"
#include "daybook/replay/fold.h"
#include "daybook/replay/transact.h"
#include "daybook/replay/views.h"
#include "examples/shop/cart_contents.h"
#include "examples/shop/order.h"
#include "examples/shop/registration.h"
#include "examples/shop/sales.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/examples/shop_events.h"
#include "tests/testing/engines.h"
#include "tests/testing/status_matchers.h"

namespace shop {
namespace {

using absl::StatusCode;
using daybook::EventStore;
using daybook::ExpectedRevision;
using daybook::Fold;
using daybook::Views;
using daybook::testing::StatusIs;
using ::testing::HasSubstr;

class ShopTest : public ::testing::Test {
 protected:
  void SetUp() override {
    EXPECT_OK(shop_.ReceiveStock("tea", 10));
    EXPECT_OK(shop_.ReceiveStock("cup", 1));
  }

  // A cart with two teas and a cup.
  void Fill(const std::string& cart) {
    EXPECT_OK(shop_.ChangeCart(
        cart, {AddItem(cart, "tea", 2, 450), AddItem(cart, "cup", 1, 900)}));
  }
  template <daybook::Decider D>
  typename D::State StateOf(const std::string& stream) {
    const auto folded = Fold<D>(store_, stream);
    EXPECT_OK(folded);
    return folded.ok() ? folded->state : typename D::State();
  }
  uint64_t Available(const std::string& sku) {
    return StateOf<Stock>("stock-" + sku).available();
  }

  const std::unique_ptr<daybook::testing::Engine> engine_ =
      daybook::testing::RocksDbEngineFactory().make({});
  EventStore& store_ = engine_->store();
  Shop shop_{store_};
};

TEST_F(ShopTest, ChangesOfACartAreAllMadeOrNone) {
  EXPECT_THAT(shop_.ChangeCart("42", {AddItem("42", "tea", 2, 450),
                                      AddItem("42", "cup", 0, 900)}),
              StatusIs(StatusCode::kInvalidArgument));

  EXPECT_EQ(StateOf<Cart>("cart-42").lines_size(), 0);
}

TEST_F(ShopTest, BuyingPlacesAnOrderAndPutsItsArticlesAside) {
  Fill("42");

  EXPECT_OK(shop_.Buy("42"));

  const OrderState order = StateOf<Order>("order-42");
  EXPECT_TRUE(order.is_placed());
  EXPECT_EQ(order.lines_size(), 2);
  EXPECT_EQ(Available("tea"), 8);
  EXPECT_EQ(Available("cup"), 0);
}

TEST_F(ShopTest, WhatIsSoldOutCancelsTheOrderAndPutsTheRestBack) {
  Fill("41");
  Fill("42");
  EXPECT_OK(shop_.Buy("41"));

  EXPECT_THAT(shop_.Buy("42"),
              StatusIs(StatusCode::kResourceExhausted, HasSubstr("cup")));

  EXPECT_TRUE(StateOf<Order>("order-42").is_cancelled());
  EXPECT_EQ(Available("tea"), 8);
}

TEST_F(ShopTest, BuyingAgainDoesNothingMore) {
  Fill("42");
  EXPECT_OK(shop_.Buy("42"));
  const daybook::Position head = store_.Head();

  EXPECT_OK(shop_.Buy("42"));

  EXPECT_EQ(store_.Head(), head);
}

TEST_F(ShopTest, ACancelledOrderStaysCancelledWhenItsArticlesComeIn) {
  Fill("41");
  Fill("42");
  EXPECT_OK(shop_.Buy("41"));
  EXPECT_THAT(shop_.Buy("42"), StatusIs(StatusCode::kResourceExhausted));
  EXPECT_OK(shop_.ReceiveStock("cup", 5));

  EXPECT_THAT(shop_.Buy("42"), StatusIs(StatusCode::kResourceExhausted));

  EXPECT_EQ(Available("tea"), 8);
  EXPECT_EQ(Available("cup"), 5);
}

// As a crash after its first step leaves it.
TEST_F(ShopTest, ABuyThatWasCutOffGoesOnWhereItStopped) {
  Fill("42");
  ASSERT_OK(daybook::Transact<Cart>(store_, "cart-42", CheckOut("42"),
                                    {.append_key = "check out 42"}));

  EXPECT_OK(shop_.Buy("42"));

  EXPECT_TRUE(StateOf<Order>("order-42").is_placed());
  EXPECT_EQ(Available("tea"), 8);
}

TEST_F(ShopTest, ACustomersCancellationPutsEverythingBack) {
  Fill("42");
  EXPECT_OK(shop_.Buy("42"));

  EXPECT_OK(shop_.CancelOrder("42", "another colour, please"));

  EXPECT_EQ(Available("tea"), 10);
  EXPECT_EQ(Available("cup"), 1);
  EXPECT_THAT(shop_.ShipOrder("42"), StatusIs(StatusCode::kFailedPrecondition));
}

TEST_F(ShopTest, ACouponTakesItsPartOffThePrice) {
  EXPECT_OK(shop_.IssueCoupon("MAY", 10, 100));
  Fill("42");

  EXPECT_OK(shop_.RedeemCoupon("MAY", "42"));
  EXPECT_OK(shop_.Buy("42"));

  EXPECT_EQ(StateOf<Order>("order-42").lines(0).cents(), 810);
}

// No stream is looked at by all of them; the query is.
TEST_F(ShopTest, ACouponIsUsedAHundredTimesHoweverManyCartsWantItAtOnce) {
  constexpr int kThreads = 16;
  constexpr int kCarts = 120;
  EXPECT_OK(shop_.IssueCoupon("MAY", 10, 100));
  std::atomic<int> next_cart = 0;
  std::atomic<int> redeemed = 0;
  std::atomic<int> used_up = 0;
  std::vector<std::thread> customers;

  for (int i = 0; i < kThreads; ++i) {
    customers.emplace_back([&] {
      for (int cart = next_cart++; cart < kCarts; cart = next_cart++) {
        const absl::Status status =
            shop_.RedeemCoupon("MAY", std::to_string(cart));
        redeemed += status.ok() ? 1 : 0;
        used_up += absl::IsResourceExhausted(status) ? 1 : 0;
      }
    });
  }
  for (std::thread& customer : customers) customer.join();

  EXPECT_EQ(redeemed, 100);
  EXPECT_EQ(used_up, 20);
}

// --- Old shapes --------------------------------------------------------------

ItemPut Put(const std::string& sku, uint32_t quantity, uint32_t price_euros) {
  ItemPut put;
  put.set_cart("42");
  put.set_sku(sku);
  put.set_quantity(quantity);
  put.set_price_euros(price_euros);
  return put;
}

TEST_F(ShopTest, AnItemOfTheFirstDaysIsReadInCents) {
  ASSERT_OK(daybook::Append(store_, "cart-42", ExpectedRevision::NoStream(),
                            Put("tea", 2, 5)));
  EXPECT_OK(shop_.ChangeCart("42", {AddItem("42", "tea", 1, 450)}));

  const CartState cart = StateOf<Cart>("cart-42");

  ASSERT_EQ(cart.lines_size(), 1);
  EXPECT_EQ(cart.lines(0).quantity(), 3);
  EXPECT_EQ(cart.lines(0).cents(), 2 * 500 + 450);
}

// --- Views -------------------------------------------------------------------

CartKey KeyOf(const std::string& cart) {
  CartKey key;
  key.set_cart(cart);
  return key;
}

TEST_F(ShopTest, WhoFillsACartSeesItAtOnceAndNoMoreWhenItIsBought) {
  Views views(store_);
  ASSERT_OK(KeepViews(views));
  const auto contents = [&] {
    return views.Read<CartContents>()->Get(KeyOf("42")).value();
  };
  ASSERT_OK(daybook::Append(store_, "cart-42", ExpectedRevision::NoStream(),
                            Put("pot", 1, 20)));

  Fill("42");
  ASSERT_TRUE(contents());
  EXPECT_EQ(contents()->lines_size(), 3);

  // The pot is sold out, so the order is cancelled; the cart is closed.
  EXPECT_THAT(shop_.Buy("42"), StatusIs(StatusCode::kResourceExhausted));
  EXPECT_FALSE(contents());
}

TEST_F(ShopTest, SalesAreFoundByHourAndCancelledOnesAreNotCounted) {
  Views views(store_);
  ASSERT_OK(KeepViews(views));
  for (const std::string cart : {"1", "2"}) {
    EXPECT_OK(shop_.ChangeCart(cart, {AddItem(cart, "tea", 2, 450)}));
    EXPECT_OK(shop_.Buy(cart));
  }
  EXPECT_OK(shop_.CancelOrder("1", "too late"));
  ASSERT_OK(views.WaitFor(SalesBySkuAndHour::kName, store_.Head().Previous(),
                          absl::Seconds(30)));
  const int64_t hour =
      HourOf(store_.ReadEvent(store_.Head().Previous())->recorded_at);

  // The full hour may strike within the test.
  int64_t quantity = 0;
  const auto view = views.Read<SalesBySkuAndHour>();
  ASSERT_OK(view);
  for (const int64_t of : {hour - 1, hour}) {
    Hour key;
    key.set_hour(of);
    auto rows = view->Find<ByHour>(key);
    while (rows.Next()) {
      EXPECT_EQ(rows.key().sku(), "tea");
      quantity += rows.row().quantity();
    }
    EXPECT_OK(rows.status());
  }
  EXPECT_EQ(quantity, 2);
}

}  // namespace
}  // namespace shop
