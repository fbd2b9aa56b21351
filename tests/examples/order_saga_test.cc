// The saga of examples/shop: what each failure takes back, and that nothing
// happens twice, wherever it is cut off.

#include "examples/shop/order_saga.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/replay/fold.h"
#include "daybook/store/rows.h"
#include "examples/shop/order.h"
#include "examples/shop/order_services.h"
#include "examples/shop/payment.h"
#include "examples/shop/shop.h"
#include "examples/shop/stock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/engines.h"
#include "tests/testing/intercepted_store.h"
#include "tests/testing/status_matchers.h"

namespace shop {
namespace {

using daybook::EventStore;
using daybook::EventView;
using daybook::Fold;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

constexpr absl::Duration kNow = absl::ZeroDuration();

class OrderSagaTest : public ::testing::Test {
 protected:
  ~OrderSagaTest() override { Stop(); }

  // A shop with ten teas and two cups, and nothing done.
  void Begin() {
    Stop();
    is_sagas_turn_ = true;
    // It is cut off by closing, which needs no sync.
    engine_ = daybook::testing::RocksDbEngineFactory().make(
        {.durability = daybook::Durability::None()});
    EXPECT_OK(Shop(store()).ReceiveStock("tea", 10));
    EXPECT_OK(Shop(store()).ReceiveStock("cup", 2));
    Start();
  }
  void Start() {
    auto saga = OpenOrderSaga(store());
    ASSERT_OK(saga);
    saga_ = *std::move(saga);
    auto services = OrderServices::Open(
        store(), {.charge_cents_max = 100'00, .parcel_count_max = 5});
    ASSERT_OK(services);
    services_ = *std::move(services);
  }
  void Stop() {
    saga_.reset();
    services_.reset();
  }
  void Restart() {
    Stop();
    engine_->Reopen();
    Start();
  }

  void Place(const std::string& order, uint32_t teas, uint32_t cups,
             uint64_t tea_cents = 4'50) {
    Shop shop(store());
    EXPECT_OK(shop.ChangeCart(order, {AddItem(order, "tea", teas, tea_cents),
                                      AddItem(order, "cup", cups, 9'00)}));
    EXPECT_OK(shop.PlaceOrder(order));
  }
  bool IsDone() {
    return saga_->checkpoint() == store().Head() &&
           services_->checkpoint() == store().Head();
  }
  // Has one of both go through all that there is now. It waits for nothing.
  template <typename SagaOrServices>
  void CatchUp(SagaOrServices& one) {
    const daybook::Position head = store().Head();
    while (one.checkpoint() < head && !HasFailure()) EXPECT_OK(one.Step(kNow));
  }
  // First the saga asks, then the services answer, and so on.
  void Step() {
    if (is_sagas_turn_) {
      CatchUp(*saga_);
    } else {
      CatchUp(*services_);
    }
    is_sagas_turn_ = !is_sagas_turn_;
  }
  void Run() {
    while (!IsDone() && !HasFailure()) Step();
  }
  void Run(int steps) {
    for (int i = 0; i < steps; ++i) Step();
  }
  // The services answer what was asked last, and die before they can say so.
  void AnswerWithoutAWord() {
    const auto last = store().ReadEvent(store().Head().Previous());
    ASSERT_OK(last);
    auto cursor = store().ReadStream(last->stream);
    ASSERT_OK(cursor);
    for (const EventView& event : *cursor) {
      if (event.id != last->id) continue;
      EXPECT_OK(services_->Answer(event));
    }
  }

  // What happened to an order once it was placed, the articles with it.
  std::vector<std::string> Story(const std::string& order) {
    std::vector<std::string> story;
    auto events = store().ReadQuery({.items = {{.tags = {"order:" + order}}}});
    EXPECT_OK(events);
    if (!events.ok()) return story;
    for (const EventView& event : *events) {
      if (event.type == "order.placed" || event.type == "order.item-sold" ||
          event.type == "order.fulfilment-requested" ||
          event.type == "order.sale-cancelled") {
        continue;
      }
      story.emplace_back(event.type);
      for (const std::string_view tag : event.tags) {
        if (tag.starts_with("sku:")) {
          story.back() += " " + std::string(tag.substr(4));
        }
      }
    }
    EXPECT_OK(events->status());
    return story;
  }
  template <daybook::Decider D>
  typename D::State StateOf(const std::string& stream) {
    const auto folded = Fold<D>(store(), stream);
    EXPECT_OK(folded);
    return folded.ok() ? folded->state : typename D::State();
  }
  uint64_t Available(const std::string& sku) {
    return StateOf<Stock>("stock-" + sku).available();
  }
  // The order is cancelled, and everything as if there had been none.
  void ExpectTakenBack(const std::string& order) {
    EXPECT_TRUE(StateOf<Order>("order-" + order).is_cancelled());
    EXPECT_FALSE(StateOf<Order>("order-" + order).is_shipped());
    EXPECT_EQ(StateOf<Payment>("payment-" + order).cents(), 0);
    EXPECT_EQ(Available("tea"), 10);
    EXPECT_EQ(Available("cup"), 2);
    EXPECT_THAT(*saga_->StateOf(order), IsEmpty());
  }

  EventStore& store() { return engine_->store(); }

  std::unique_ptr<daybook::testing::Engine> engine_;
  std::unique_ptr<daybook::Reactor> saga_;
  std::unique_ptr<OrderServices> services_;
  bool is_sagas_turn_ = true;
};

// --- Each way it may go ------------------------------------------------------

TEST_F(OrderSagaTest, AnOrderIsReservedChargedAndShipped) {
  Begin();
  Place("42", 2, 1);

  Run();

  EXPECT_THAT(
      Story("42"),
      ElementsAre("fulfilment.reservation-asked tea", "stock.reserved tea",
                  "fulfilment.reservation-asked cup", "stock.reserved cup",
                  "fulfilment.charge-asked", "payment.charged",
                  "fulfilment.shipping-asked", "order.shipped"));
  EXPECT_EQ(Available("tea"), 8);
  EXPECT_EQ(StateOf<Payment>("payment-42").cents(), 2 * 4'50 + 9'00);
  EXPECT_THAT(*saga_->StateOf("42"), IsEmpty());
}

TEST_F(OrderSagaTest, WhatIsSoldOutAtOnceIsCancelledAndNothingElseIsAsked) {
  Begin();
  Place("42", 11, 1);

  Run();

  EXPECT_THAT(
      Story("42"),
      ElementsAre("fulfilment.reservation-asked tea", "stock.refused tea",
                  "fulfilment.cancellation-asked", "order.cancelled"));
  ExpectTakenBack("42");
}

TEST_F(OrderSagaTest, WhatIsSoldOutLaterReleasesWhatWasReserved) {
  Begin();
  Place("42", 2, 3);

  Run();

  EXPECT_THAT(
      Story("42"),
      ElementsAre("fulfilment.reservation-asked tea", "stock.reserved tea",
                  "fulfilment.reservation-asked cup", "stock.refused cup",
                  "fulfilment.release-asked tea", "stock.released tea",
                  "fulfilment.cancellation-asked", "order.cancelled"));
  ExpectTakenBack("42");
}

TEST_F(OrderSagaTest, ARefusedChargeReleasesTheStockLastFirst) {
  Begin();
  Place("42", 2, 1, 60'00);

  Run();

  EXPECT_THAT(
      Story("42"),
      ElementsAre("fulfilment.reservation-asked tea", "stock.reserved tea",
                  "fulfilment.reservation-asked cup", "stock.reserved cup",
                  "fulfilment.charge-asked", "payment.charge-refused",
                  "fulfilment.release-asked cup", "stock.released cup",
                  "fulfilment.release-asked tea", "stock.released tea",
                  "fulfilment.cancellation-asked", "order.cancelled"));
  ExpectTakenBack("42");
}

const std::vector<std::string>& StoryOfRefusedShipping() {
  static const auto* const kStory = new std::vector<std::string>{
      "fulfilment.reservation-asked tea", "stock.reserved tea",
      "fulfilment.reservation-asked cup", "stock.reserved cup",
      "fulfilment.charge-asked",          "payment.charged",
      "fulfilment.shipping-asked",        "order.shipping-refused",
      "fulfilment.refund-asked",          "payment.refunded",
      "fulfilment.release-asked cup",     "stock.released cup",
      "fulfilment.release-asked tea",     "stock.released tea",
      "fulfilment.cancellation-asked",    "order.cancelled"};
  return *kStory;
}

TEST_F(OrderSagaTest, RefusedShippingRefundsAndThenReleases) {
  Begin();
  Place("42", 6, 1);

  Run();

  EXPECT_THAT(Story("42"), ElementsAreArray(StoryOfRefusedShipping()));
  ExpectTakenBack("42");
}

TEST_F(OrderSagaTest, TheOrderSaysWhyItIsCancelled) {
  Begin();
  Place("42", 6, 1);

  Run();

  OrderCancelled cancelled;
  auto events = store().ReadStream("order-42");
  ASSERT_OK(events);
  for (const EventView& event : *events) {
    if (!daybook::Is<OrderCancelled>(event)) continue;
    cancelled = *daybook::As<OrderCancelled>(event);
  }
  EXPECT_EQ(cancelled.reason(), "of 7 articles a parcel holds only 5");
}

// --- Others meanwhile --------------------------------------------------------

TEST_F(OrderSagaTest, WhatACustomerCancelsMeanwhileIsNotShippedButTakenBack) {
  Begin();
  Place("42", 2, 1);
  Run(/*steps=*/4);

  EXPECT_OK(Shop(store()).CancelOrder("42", "another colour, please"));
  Run();

  ExpectTakenBack("42");
}

TEST_F(OrderSagaTest, OfManyOrdersOnlyAsManyAreShippedAsThereAreArticles) {
  Begin();
  for (int i = 0; i < 6; ++i) Place(std::to_string(i), 1, 1);

  Run();

  int shipped = 0;
  for (int i = 0; i < 6; ++i) {
    shipped += StateOf<Order>("order-" + std::to_string(i)).is_shipped();
  }
  EXPECT_EQ(shipped, 2);
  EXPECT_EQ(Available("cup"), 0);
  EXPECT_EQ(Available("tea"), 8);
}

TEST_F(OrderSagaTest, AnOrderThatWasBoughtIsNoneOfItsOwn) {
  Begin();
  Shop shop(store());
  EXPECT_OK(shop.ChangeCart("42", {AddItem("42", "tea", 2, 4'50)}));
  EXPECT_OK(shop.Buy("42"));
  const daybook::Position head = store().Head();

  Run();

  EXPECT_EQ(store().Head(), head);
}

// --- Exactly once ------------------------------------------------------------

struct CutOff {
  uint32_t teas;
  uint32_t cups;
  uint64_t tea_cents;
};

TEST_F(OrderSagaTest, WhereverItIsCutOffItEndsAsIfItHadNotBeen) {
  for (const CutOff& order : {CutOff{2, 1, 4'50}, CutOff{2, 3, 4'50},
                              CutOff{2, 1, 60'00}, CutOff{6, 1, 4'50}}) {
    Begin();
    Place("42", order.teas, order.cups, order.tea_cents);
    Run();
    const std::vector<std::string> story = Story("42");
    const daybook::Position head = store().Head();

    for (size_t cut = 1; cut < story.size(); ++cut) {
      SCOPED_TRACE("after " + story[cut - 1]);
      Begin();
      Place("42", order.teas, order.cups, order.tea_cents);
      Run(static_cast<int>(cut));
      EXPECT_EQ(Story("42").size(), cut);

      Restart();
      Run();

      EXPECT_EQ(Story("42"), story);
      EXPECT_EQ(store().Head(), head);
    }
  }
}

TEST_F(OrderSagaTest, ItIsRestartedAfterEveryStepAndNothingHappensTwice) {
  Begin();
  Place("42", 6, 1);

  for (size_t i = 0; i <= StoryOfRefusedShipping().size(); ++i) {
    Step();
    Restart();
  }

  EXPECT_THAT(Story("42"), ElementsAreArray(StoryOfRefusedShipping()));
}

// The answer is stored, that the question was answered is not.
TEST_F(OrderSagaTest, AServiceThatDiesBeforeItAcknowledgesAnswersOnce) {
  Begin();
  Place("42", 6, 1);

  for (size_t i = 0; i < StoryOfRefusedShipping().size() / 2; ++i) {
    CatchUp(*saga_);
    AnswerWithoutAWord();
    Restart();
    CatchUp(*services_);
  }
  Run();

  EXPECT_THAT(Story("42"), ElementsAreArray(StoryOfRefusedShipping()));
  ExpectTakenBack("42");
}

TEST_F(OrderSagaTest, AQuestionThatCouldNotBeAnsweredComesAgain) {
  Begin();
  Place("41", 2, 1);
  Place("42", 1, 1);
  CatchUp(*saga_);
  services_.reset();
  daybook::testing::InterceptedStore failing(store());
  const auto services = OrderServices::Open(failing);
  ASSERT_OK(services);

  failing.on_append = [](EventStore&, const daybook::AppendRequest&) {
    return absl::InternalError("no answer");
  };
  EXPECT_THAT((*services)->Step(absl::Seconds(30)),
              daybook::testing::StatusIs(absl::StatusCode::kInternal));
  failing.on_append = nullptr;
  CatchUp(**services);

  for (const std::string order : {"41", "42"}) {
    EXPECT_THAT(Story(order), ElementsAre("fulfilment.reservation-asked tea",
                                          "stock.reserved tea"));
  }
}

TEST_F(OrderSagaTest, RunAgainOverTheSameLogItAddsNothing) {
  Begin();
  Place("41", 2, 1);
  Place("42", 6, 1);
  Place("43", 1, 3);
  Run();
  const daybook::Position head = store().Head();

  Stop();
  // As if neither had ever been here.
  daybook::RowBatch rows;
  rows.DeleteRange(daybook::RowRange::OfPrefix("\x0a"));
  ASSERT_OK(store().WriteRows(rows));
  ASSERT_OK(store().DeleteSubscription("order-services"));
  Start();
  EXPECT_EQ(saga_->checkpoint(), daybook::Position(0));
  Run();

  EXPECT_EQ(store().Head(), head);
}

}  // namespace
}  // namespace shop
