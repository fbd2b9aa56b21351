// Given/when/then: what passes, and what the failures say.

#include "daybook/testing/given.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"
#include "tests/projections/cart.h"

namespace daybook::testing {
namespace {

using ::testing::HasSubstr;
using tests::v1::ItemAdded;
using Cart = SmallCart;

absl::Status Open(const ItemAdded& cart, Emit<Cart>& emit) {
  if (!cart.cart().empty()) {
    return absl::FailedPreconditionError("the cart is open");
  }
  emit(Opened("42"));
  return absl::OkStatus();
}

// Adds one tea and gives what the cart has.
absl::StatusOr<ItemAdded> AddTea(const ItemAdded& cart, Emit<Cart>& emit) {
  emit(Added("tea", 1));
  return cart;
}

absl::Status AddSomewhere(const ItemAdded&, EmitTo<Cart>& emit) {
  emit("cart-1", Added("tea", 1));
  emit("cart-2", Added("cup", 1));
  return absl::OkStatus();
}

absl::Status DoNothing(const ItemAdded&, Emit<Cart>&) {
  return absl::OkStatus();
}

// --- What passes -------------------------------------------------------------

TEST(GivenTest, EventsThatWereEmittedPass) {
  Given<Cart>().When(Open).ThenEvents({Opened("42")});
}

TEST(GivenTest, DecisionSeesWhatWasGiven) {
  Given<Cart>({Opened("42")})
      .When(Open)
      .ThenStatus(absl::StatusCode::kFailedPrecondition, "is open");
}

TEST(GivenTest, ResultIsComparedToo) {
  ItemAdded total;
  total.set_cart("42");
  total.set_quantity(4);

  Given<Cart>({Opened("42"), Added("tea", 3)})
      .When(AddTea)
      .ThenEvents({Added("tea", 1)})
      .ThenResult(total);
}

TEST(GivenTest, DecisionThatEmitsNothingPassesThenNothing) {
  Given<Cart>({Opened("42")}).When(DoNothing).ThenNothing();
}

TEST(GivenTest, DecisionOnAQueryNamesItsStreams) {
  Given<Cart>({Opened("42")})
      .When(AddSomewhere)
      .ThenEvents({Added("tea", 1), Added("cup", 1)})
      .ThenStreams({"cart-1", "cart-2"});
}

TEST(GivenTest, OneGivenServesSeveralDecisions) {
  const Given<Cart> open_cart({Opened("42")});

  open_cart.When(AddTea).ThenEvents({Added("tea", 1)});
  open_cart.When(AddTea).ThenEvents({Added("tea", 1)});
}

// --- What fails --------------------------------------------------------------

TEST(GivenTest, OtherEventsAreShownAsText) {
  EXPECT_NONFATAL_FAILURE(
      Given<Cart>({Opened("42")}).When(AddTea).ThenEvents({Added("tea", 2)}),
      "the decision emitted other events than expected, from event 0 on\n"
      "  expected: cart.item-added { sku: \"tea\" quantity: 2 }\n"
      "  actual:   cart.item-added { sku: \"tea\" quantity: 1 }");
}

TEST(GivenTest, MissingEventsAreShownAsText) {
  EXPECT_NONFATAL_FAILURE(
      Given<Cart>().When(DoNothing).ThenEvents({Opened("42"), Added("tea", 2)}),
      "expected: cart.opened { cart: \"42\" }\n"
      "            cart.item-added { sku: \"tea\" quantity: 2 }\n"
      "  actual:   nothing");
}

TEST(GivenTest, EventsTooManyAreShownAsText) {
  EXPECT_NONFATAL_FAILURE(Given<Cart>().When(AddTea).ThenNothing(),
                          "expected: nothing\n  actual:   cart.item-added");
}

TEST(GivenTest, StatusInsteadOfEventsIsShown) {
  EXPECT_NONFATAL_FAILURE(
      Given<Cart>({Opened("42")}).When(Open).ThenEvents({Opened("42")}),
      "the decision failed: FAILED_PRECONDITION: the cart is open");
}

TEST(GivenTest, EventsInsteadOfAStatusAreShown) {
  EXPECT_NONFATAL_FAILURE(
      Given<Cart>().When(Open).ThenStatus(absl::StatusCode::kNotFound, "cart"),
      "the decision ended otherwise\n"
      "  expected: NOT_FOUND: ... cart ...\n"
      "  actual:   OK\n"
      "  emitted:  cart.opened { cart: \"42\" }");
}

TEST(GivenTest, OtherMessageIsShown) {
  EXPECT_NONFATAL_FAILURE(
      Given<Cart>({Opened("42")})
          .When(Open)
          .ThenStatus(absl::StatusCode::kFailedPrecondition, "closed"),
      "actual:   FAILED_PRECONDITION: the cart is open");
}

TEST(GivenTest, OtherResultIsShown) {
  EXPECT_NONFATAL_FAILURE(Given<Cart>().When(AddTea).ThenResult(Added("", 7)),
                          "expected: { quantity: 7 }\n"
                          "  actual:   { quantity: 1 }");
}

TEST(GivenTest, OtherStreamsAreShown) {
  EXPECT_NONFATAL_FAILURE(
      Given<Cart>().When(AddSomewhere).ThenStreams({"cart-1"}),
      "expected: cart-1\n  actual:   cart-1, cart-2");
}

TEST(GivenTest, FailureIsAtTheLineOfTheThen) {
  ::testing::TestPartResultArray results;
  int line = 0;
  {
    const ::testing::ScopedFakeTestPartResultReporter reporter(
        ::testing::ScopedFakeTestPartResultReporter::
            INTERCEPT_ONLY_CURRENT_THREAD,
        &results);
    line = __LINE__ + 1;
    Given<Cart>().When(AddTea).ThenNothing();
  }
  ASSERT_EQ(results.size(), 1);
  EXPECT_EQ(results.GetTestPartResult(0).line_number(), line);
  EXPECT_THAT(results.GetTestPartResult(0).file_name(),
              HasSubstr("given_test.cc"));
}

}  // namespace
}  // namespace daybook::testing
