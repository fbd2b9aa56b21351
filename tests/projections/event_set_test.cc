// Events of a set, each handed to the function that takes its type.

#include "daybook/projections/event_set.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/projections/events.pb.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using testing::StatusIs;
using tests::v1::CartOpened;
using tests::v1::ItemAdded;
using tests::v1::NotAnEvent;

using CartEvents = EventSet<CartOpened, ItemAdded>;

class EventSetTest : public ::testing::Test {
 protected:
  EventSetTest() {
    CartOpened opened;
    opened.set_cart("42");
    ItemAdded added;
    added.set_sku("tea");
    EXPECT_OK(Append(*store_, "cart-42", ExpectedRevision::Any(), opened));
    EXPECT_OK(store_->Append("cart-42", ExpectedRevision::Any(),
                             {{.type = "unknown", .payload = "raw"}}));
    EXPECT_OK(Append(*store_, "cart-42", ExpectedRevision::Any(), added));
  }
  // Visits the stream's events until one fails.
  template <typename Visitor>
  absl::Status VisitAll(Visitor visitor) {
    auto cursor = store_->ReadStream("cart-42");
    for (const EventView& event : *cursor) {
      absl::Status status = CartEvents::Visit(event, visitor);
      if (!status.ok()) return status;
    }
    return cursor->status();
  }

  const std::unique_ptr<EventStore> store_ = EventStore::OpenInMemory();
  std::vector<std::string> seen_;
};

TEST_F(EventSetTest, EachEventGoesToItsFunctionAndUnknownOnesStayRaw) {
  ASSERT_OK(VisitAll(Overloaded{
      [&](const CartOpened& opened) { seen_.push_back(opened.cart()); },
      [&](const ItemAdded& added) { seen_.push_back(added.sku()); },
      [&](const EventView& other) { seen_.emplace_back(other.payload); }}));

  EXPECT_THAT(seen_, ElementsAre("42", "raw", "tea"));
}

TEST_F(EventSetTest, VisitorWithoutARawFunctionPassesOverUnknownOnes) {
  ASSERT_OK(VisitAll(Overloaded{
      [&](const CartOpened& opened) { seen_.push_back(opened.cart()); },
      [&](const ItemAdded& added) { seen_.push_back(added.sku()); }}));

  EXPECT_THAT(seen_, ElementsAre("42", "tea"));
}

TEST_F(EventSetTest, StatusOfAFunctionIsReturned) {
  const absl::Status status = VisitAll(Overloaded{
      [&](const CartOpened&) { return absl::AbortedError("enough"); },
      [&](const ItemAdded&) { return absl::OkStatus(); }});

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kAborted, "enough"));
}

TEST_F(EventSetTest, QueryFindsTheEventsOfTheSet) {
  const absl::StatusOr<Query> query = CartEvents::ToQuery();
  ASSERT_OK(query);

  auto cursor = store_->ReadQuery(*query);
  ASSERT_OK(cursor);
  for (const EventView& event : *cursor) seen_.emplace_back(event.type);

  EXPECT_THAT(seen_, ElementsAre("cart.opened", "cart.item-added"));
}

TEST_F(EventSetTest, SetWithAMessageThatIsNoEventFailsEveryVisit) {
  auto cursor = store_->ReadStream("cart-42");
  ASSERT_TRUE(cursor->Next());

  EXPECT_THAT(
      EventSet<NotAnEvent>::Visit(cursor->event(), [](const NotAnEvent&) {}),
      StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace daybook
