// Fold: the state of a stream or a query, now and as of a moment.

#include "daybook/replay/fold.h"

#include <memory>
#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/replay/cart.h"
#include "tests/testing/engines.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using testing::Added;
using testing::Cart;
using ::testing::HasSubstr;
using testing::Opened;
using testing::QuantityOf;
using testing::StatusIs;
using tests::v1::CartOpened;
using tests::v1::ItemAdded;

class FoldTest : public ::testing::TestWithParam<testing::EngineFactory> {
 protected:
  FoldTest() {
    StoreOptions options;
    options.clock = &clock_;
    engine_ = GetParam().make(options);
    // Schemas stand before all events, so that these have positions in a row.
    EXPECT_OK(Cart::Events::Register(store()));
    first_ = store().Head();
  }

  EventStore& store() {
    GetParam().before_read(*engine_);
    return engine_->store();
  }
  // Adds `quantity` of tea, and a minute passes.
  void AddTea(uint32_t quantity, std::string_view stream = "cart-42") {
    EXPECT_OK(Append(engine_->store(), stream, ExpectedRevision::Any(),
                     Added("tea", quantity)));
    clock_.Advance(absl::Minutes(1));
  }
  Position At(uint64_t n) const { return Position(first_.value() + n); }
  // Tea in the cart as of then.
  uint32_t Tea(const AsOf& as_of) {
    const auto folded = Fold<Cart>(store(), "cart-42", as_of);
    EXPECT_OK(folded);
    return folded.ok() ? QuantityOf(folded->state, "tea") : 0;
  }
  uint32_t TeaOf(const Query& query, const AsOf& as_of) {
    const auto folded = Fold<Cart>(store(), query, as_of);
    EXPECT_OK(folded);
    return folded.ok() ? QuantityOf(folded->state, "tea") : 0;
  }

  testing::FakeClock clock_;
  std::unique_ptr<testing::Engine> engine_;
  Position first_;
};
DAYBOOK_FOR_EVERY_ENGINE(FoldTest);

TEST_P(FoldTest, StateIsWhatTheEventsOfTheStreamAddUpTo) {
  AddTea(1);
  AddTea(10, "cart-43");
  AddTea(2);

  ASSERT_OK_AND_ASSIGN(const Folded<Cart> cart, Fold<Cart>(store(), "cart-42"));

  EXPECT_EQ(QuantityOf(cart.state, "tea"), 3);
  EXPECT_EQ(cart.place.revision, Revision(1));
  EXPECT_EQ(cart.place.position, At(2));
  EXPECT_EQ(cart.place.head, At(3));
  EXPECT_EQ(cart.place.expected(), ExpectedRevision::Exactly(Revision(1)));
}

TEST_P(FoldTest, StreamThatDoesNotExistHasTheFirstStateAndExpectsNoStream) {
  ASSERT_OK_AND_ASSIGN(const Folded<Cart> cart, Fold<Cart>(store(), "cart-42"));

  EXPECT_EQ(cart.state.ByteSizeLong(), 0);
  EXPECT_EQ(cart.place.revision, std::nullopt);
  EXPECT_EQ(cart.place.position, std::nullopt);
  EXPECT_EQ(cart.place.expected(), ExpectedRevision::NoStream());
}

TEST_P(FoldTest, EventsOfOtherTypesArePassedOverAndStillCount) {
  AddTea(1);
  ASSERT_OK(store().Append("cart-42", ExpectedRevision::Any(),
                           {{.type = "unknown", .payload = "\xff"}}));

  ASSERT_OK_AND_ASSIGN(const Folded<Cart> cart, Fold<Cart>(store(), "cart-42"));

  EXPECT_EQ(QuantityOf(cart.state, "tea"), 1);
  EXPECT_EQ(cart.place.revision, Revision(1));
}

TEST_P(FoldTest, EventThatDoesNotParseIsDataLossWithItsPosition) {
  AddTea(1);
  ASSERT_OK(
      store().Append("cart-42", ExpectedRevision::Any(),
                     {{.type = "cart.opened",
                       .payload = "\xff",
                       .content_type = std::string(kProtobufContentType)}}));

  EXPECT_THAT(Fold<Cart>(store(), "cart-42"),
              StatusIs(absl::StatusCode::kDataLoss,
                       HasSubstr("\"cart.opened\" is no")));
}

TEST_P(FoldTest, QueryFoldsItsEventsOverAllStreams) {
  AddTea(1);
  AddTea(10, "cart-43");

  ASSERT_OK_AND_ASSIGN(
      const Folded<Cart> all,
      Fold<Cart>(store(), Query{.items = {{.tags = {"sku:tea"}}}}));

  EXPECT_EQ(QuantityOf(all.state, "tea"), 11);
  EXPECT_EQ(all.place.position, At(1));
  EXPECT_EQ(all.place.revision, std::nullopt);
}

TEST_P(FoldTest, AsOfAPositionIsAfterTheEventThere) {
  AddTea(1);
  AddTea(10, "cart-43");
  AddTea(2);

  EXPECT_EQ(Tea(At(0)), 1);
  EXPECT_EQ(Tea(At(1)), 1);
  EXPECT_EQ(Tea(At(2)), 3);
  EXPECT_EQ(Tea(At(99)), 3);
  const Query tea{.items = {{.tags = {"sku:tea"}}}};
  EXPECT_EQ(TeaOf(tea, At(1)), 11);
  EXPECT_EQ(TeaOf(tea, At(99)), 13);
}

TEST_P(FoldTest, AsOfATimeIsAfterTheLastEventRecordedByThen) {
  const absl::Time start = clock_.Now();
  AddTea(1);
  AddTea(2);

  EXPECT_EQ(Tea(start - absl::Microseconds(1)), 0);
  EXPECT_EQ(Tea(start), 1);
  EXPECT_EQ(Tea(start + absl::Seconds(59)), 1);
  EXPECT_EQ(Tea(start + absl::Minutes(1)), 3);
  const Query tea{.items = {{.tags = {"sku:tea"}}}};
  EXPECT_EQ(TeaOf(tea, start - absl::Microseconds(1)), 0);
  EXPECT_EQ(TeaOf(tea, start), 1);
  EXPECT_EQ(TeaOf(tea, start + absl::Hours(1)), 3);
}

TEST_P(FoldTest, EventsOfOneTimeBelongTogether) {
  const absl::Time start = clock_.Now();
  for (int i = 0; i < 20; ++i) {
    ASSERT_OK(Append(engine_->store(), "cart-42", ExpectedRevision::Any(),
                     Added("tea", 1)));
  }

  EXPECT_EQ(Tea(start), 20);
  EXPECT_EQ(Tea(start - absl::Microseconds(1)), 0);
}

TEST_P(FoldTest, AsOfBeforeTheFirstEventIsTheFirstState) {
  AddTea(1, "cart-1");
  AddTea(1);

  ASSERT_OK_AND_ASSIGN(const Folded<Cart> cart,
                       Fold<Cart>(store(), "cart-42", At(0)));

  EXPECT_EQ(cart.state.ByteSizeLong(), 0);
  EXPECT_EQ(cart.place.expected(), ExpectedRevision::NoStream());
}

TEST_P(FoldTest, DeletedStreamHasTheFirstState) {
  AddTea(1);
  ASSERT_OK(store().DeleteStream("cart-42"));

  ASSERT_OK_AND_ASSIGN(const Folded<Cart> cart, Fold<Cart>(store(), "cart-42"));

  EXPECT_EQ(cart.state.ByteSizeLong(), 0);
  EXPECT_EQ(cart.place.expected(), ExpectedRevision::NoStream());
}

TEST_P(FoldTest, StreamWhoseEventsAreAllHiddenStandsAtItsLastRevision) {
  AddTea(1);
  AddTea(1);
  ASSERT_OK(
      store().SetStreamMetadata("cart-42", {.truncate_before = Revision(2)}));

  ASSERT_OK_AND_ASSIGN(const Folded<Cart> cart, Fold<Cart>(store(), "cart-42"));

  EXPECT_EQ(cart.state.ByteSizeLong(), 0);
  EXPECT_EQ(cart.place.expected(), ExpectedRevision::Exactly(Revision(1)));
}

}  // namespace
}  // namespace daybook
