// Events of old shapes, read in the newest.

#include "daybook/projections/upcaster.h"

#include <memory>
#include <optional>
#include <string>

#include "daybook/projections/event_set.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/projections/events.pb.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::StatusIs;
using tests::v1::ItemAdded;
using tests::v1::ItemPutIn;
using tests::v1::Put;

ItemPutIn FromPut(const Put& old) {
  ItemPutIn put_in;
  put_in.set_article(old.what());
  put_in.set_price(1);
  return put_in;
}

ItemAdded FromPutIn(const ItemPutIn& old) {
  ItemAdded added;
  added.set_sku(old.article());
  added.set_price_cents(uint64_t{100} * old.price());
  return added;
}

class UpcasterTest : public ::testing::Test {
 protected:
  template <typename M>
  const EventView& Stored(const M& message) {
    EXPECT_OK(Append(*store_, "s", ExpectedRevision::Any(), message));
    return Last();
  }
  const EventView& Last() {
    auto cursor = store_->ReadLog({.direction = Direction::kBackward});
    EXPECT_OK(cursor);
    cursor_ = std::make_unique<EventCursor>(*std::move(cursor));
    EXPECT_TRUE(cursor_->Next());
    return cursor_->event();
  }

  const std::unique_ptr<EventStore> store_ = EventStore::OpenInMemory();
  std::unique_ptr<EventCursor> cursor_;
  Upcasters upcasters_;
};

TEST_F(UpcasterTest, OldShapeIsReadAsTheNewOne) {
  ASSERT_OK((upcasters_.Add<ItemPutIn, ItemAdded>(FromPutIn)));
  ItemPutIn old;
  old.set_article("tea");
  old.set_price(3);

  const auto read = upcasters_.Read(Stored(old));

  ASSERT_OK(read);
  const absl::StatusOr<ItemAdded> added = As<ItemAdded>(read->view());
  ASSERT_OK(added);
  EXPECT_EQ(added->sku(), "tea");
  EXPECT_EQ(added->price_cents(), 300u);
}

TEST_F(UpcasterTest, ShapesTwiceOutdatedGoThroughBoth) {
  ASSERT_OK((upcasters_.Add<ItemPutIn, ItemAdded>(FromPutIn)));
  ASSERT_OK((upcasters_.Add<Put, ItemPutIn>(FromPut)));
  Put old;
  old.set_what("tea");

  const auto read = upcasters_.Read(Stored(old));

  ASSERT_OK(read);
  EXPECT_EQ(As<ItemAdded>(read->view())->price_cents(), 100u);
}

TEST_F(UpcasterTest, TheRestOfTheEventAndTheLogStayAsTheyWere) {
  ASSERT_OK((upcasters_.Add<Put, ItemPutIn>(FromPut)));
  const EventView stored = Stored(Put());

  const auto read = upcasters_.Read(stored);

  ASSERT_OK(read);
  EXPECT_EQ(read->view().position, stored.position);
  EXPECT_EQ(read->view().id, stored.id);
  EXPECT_EQ(read->view().schema, EventTypeOf<ItemPutIn>()->schema().hash);
  EXPECT_EQ(Last().type, "cart.put");
}

TEST_F(UpcasterTest, TypesWithoutUpcasterPassAsTheyAre) {
  ASSERT_OK((upcasters_.Add<Put, ItemPutIn>(FromPut)));
  ASSERT_OK(store_->Append("s", ExpectedRevision::Any(),
                           {{.type = "unknown", .payload = "raw"}}));

  const auto read = upcasters_.Read(Last());

  ASSERT_OK(read);
  EXPECT_FALSE(read->changed());
  EXPECT_EQ(read->view().payload, "raw");
}

TEST_F(UpcasterTest, EventsAreMendedWithinTheirType) {
  ASSERT_OK(upcasters_.AddRaw(
      "price", "price",
      [](const EventView& event) -> absl::StatusOr<std::optional<EventShape>> {
        if (event.payload != "free") return std::nullopt;
        return EventShape{.type = "price", .payload = "0"};
      }));
  ASSERT_OK(store_->Append("s", ExpectedRevision::Any(),
                           {{.type = "price", .payload = "7"},
                            {.type = "price", .payload = "free"}}));

  EXPECT_EQ(upcasters_.Read(Last())->view().payload, "0");
}

TEST_F(UpcasterTest, VisitingWhatWasReadSeesTheNewShape) {
  ASSERT_OK((upcasters_.Add<ItemPutIn, ItemAdded>(FromPutIn)));
  const auto read = upcasters_.Read(Stored(ItemPutIn()));
  ASSERT_OK(read);
  int seen = 0;

  ASSERT_OK(EventSet<ItemAdded>::Visit(read->view(),
                                       [&](const ItemAdded&) { ++seen; }));

  EXPECT_EQ(seen, 1);
}

TEST_F(UpcasterTest, WayBackIsRefused) {
  const Upcasters::Function leave =
      [](const EventView&) -> absl::StatusOr<std::optional<EventShape>> {
    return std::nullopt;
  };
  ASSERT_OK(upcasters_.AddRaw("a", "b", leave));
  ASSERT_OK(upcasters_.AddRaw("b", "c", leave));

  EXPECT_THAT(upcasters_.AddRaw("c", "a", leave),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("\"c\""), HasSubstr("\"a\""))));
}

TEST_F(UpcasterTest, FailureNamesTheEvent) {
  ASSERT_OK((upcasters_.Add<Put, ItemPutIn>(
      [](const Put&) -> absl::StatusOr<ItemPutIn> {
        return absl::OutOfRangeError("no such article");
      })));

  EXPECT_THAT(upcasters_.Read(Stored(Put())),
              StatusIs(absl::StatusCode::kOutOfRange,
                       AllOf(HasSubstr("position 1"), HasSubstr("cart.put"),
                             HasSubstr("no such article"))));
}

}  // namespace
}  // namespace daybook
