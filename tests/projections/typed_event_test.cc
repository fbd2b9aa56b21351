// Messages in and out of a store.

#include "daybook/projections/typed_event.h"

#include <memory>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/projections/events.pb.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOkAndHolds;
using ::testing::SizeIs;
using testing::StatusIs;
using tests::v1::CartOpened;
using tests::v1::CartOpenedBroken;
using tests::v1::CartOpenedLater;
using tests::v1::ItemAdded;
using tests::v1::NotAnEvent;

constexpr auto kAny = ExpectedRevision::Any();

class TypedEventTest : public ::testing::Test {
 protected:
  static CartOpened Opened(const std::string& cart) {
    CartOpened opened;
    opened.set_cart(cart);
    return opened;
  }
  static ItemAdded Added(const std::string& cart, const std::string& sku) {
    ItemAdded added;
    added.set_cart(cart);
    added.set_sku(sku);
    return added;
  }
  // The last event of the store, for as long as the next call.
  const EventView& Last() {
    auto cursor = store_->ReadLog({.direction = Direction::kBackward});
    EXPECT_OK(cursor);
    cursor_ = std::make_unique<EventCursor>(*std::move(cursor));
    EXPECT_TRUE(cursor_->Next());
    return cursor_->event();
  }

  const std::unique_ptr<EventStore> store_ = EventStore::OpenInMemory();
  std::unique_ptr<EventCursor> cursor_;
};

TEST_F(TypedEventTest, MessageComesBackAsItWas) {
  ItemAdded added = Added("42", "tea");
  added.set_quantity(2);

  ASSERT_OK(Append(*store_, "cart-42", kAny, added));

  const absl::StatusOr<ItemAdded> read = As<ItemAdded>(Last());
  ASSERT_OK(read);
  EXPECT_EQ(read->SerializeAsString(), added.SerializeAsString());
}

TEST_F(TypedEventTest, EverythingAStoreKnowsComesFromTheMessage) {
  ASSERT_OK(Append(*store_, "cart-42", kAny, Added("42", "tea")));

  const Event event = Last().ToEvent();
  EXPECT_EQ(event.type, "cart.item-added");
  EXPECT_EQ(event.content_type, "application/x-protobuf");
  EXPECT_THAT(event.tags, ElementsAre("cart:42", "sku:tea"));
  EXPECT_EQ(event.schema, EventTypeOf<ItemAdded>()->schema().hash);
  EXPECT_OK(store_->FindSchema(event.schema));
}

TEST_F(TypedEventTest, SeveralMessagesAreOneAppend) {
  const auto result = Append(*store_, "cart-42", ExpectedRevision::NoStream(),
                             Opened("42"), Added("42", "tea"));

  ASSERT_OK(result);
  EXPECT_EQ(result->last_revision(), Revision(1));
  EXPECT_EQ(Last().append.count, 2u);
}

TEST_F(TypedEventTest, SchemaIsRegisteredBeforeTheFirstAppendOnly) {
  ASSERT_OK(Append(*store_, "cart-1", kAny, Opened("1")));
  ASSERT_OK(Append(*store_, "cart-2", kAny, Opened("2")));

  EXPECT_EQ(store_->Head(), Position(3));
  EXPECT_THAT(store_->ListSchemas(), IsOkAndHolds(SizeIs(1)));
}

TEST_F(TypedEventTest, MadeEventsGoIntoAnyRequest) {
  AppendRequest request;
  request.events = {{"cart-1", *MakeEvent(*store_, Opened("1"))},
                    {"cart-2", *MakeEvent(*store_, Opened("2"))}};
  request.key = "request-7";

  ASSERT_OK(store_->Append(request));
  const auto again = store_->Append(request);

  ASSERT_OK(again);
  EXPECT_TRUE(again->repeated);
}

TEST_F(TypedEventTest, OlderEventIsReadByANewerMessage) {
  ASSERT_OK(Append(*store_, "cart-1", kAny, Opened("1")));

  ASSERT_TRUE(Is<CartOpenedLater>(Last()));
  const absl::StatusOr<CartOpenedLater> read = As<CartOpenedLater>(Last());

  ASSERT_OK(read);
  EXPECT_EQ(read->cart(), "1");
  EXPECT_EQ(read->customer(), "");
}

TEST_F(TypedEventTest, MessageThatBreaksStoredEventsIsNotAppended) {
  ASSERT_OK(Append(*store_, "cart-1", kAny, Opened("1")));
  const Position head = store_->Head();

  EXPECT_THAT(Append(*store_, "cart-1", kAny, CartOpenedBroken()),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("`string cart = 1")));
  EXPECT_THAT((RegisterEvents<ItemAdded, CartOpenedBroken>(*store_)),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(store_->Head(), head.Next());  // ItemAdded's
}

TEST_F(TypedEventTest, MessageThatIsNoEventIsRefused) {
  EXPECT_THAT(Append(*store_, "s", kAny, NotAnEvent()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("daybook.tests.v1.NotAnEvent")));
  EXPECT_EQ(store_->Head(), Position(0));
}

TEST_F(TypedEventTest, OtherTypesAreNotTakenForIt) {
  ASSERT_OK(Append(*store_, "s", kAny, Opened("1")));

  EXPECT_FALSE(Is<ItemAdded>(Last()));
  EXPECT_FALSE(Is<NotAnEvent>(Last()));
  EXPECT_THAT(As<ItemAdded>(Last()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("\"cart.opened\"")));
}

TEST_F(TypedEventTest, SameTypeWithOtherContentIsNotTakenForIt) {
  ASSERT_OK(store_->Append("s", kAny,
                           {{.type = "cart.opened",
                             .payload = "{}",
                             .content_type = "application/json"}}));

  EXPECT_FALSE(Is<CartOpened>(Last()));
}

TEST_F(TypedEventTest, PayloadThatDoesNotParseIsDataLossWithItsPosition) {
  ASSERT_OK(
      store_->Append("s", kAny,
                     {{.type = "cart.opened",
                       .payload = "\xff",
                       .content_type = std::string(kProtobufContentType)}}));

  EXPECT_THAT(As<CartOpened>(Last()),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("position 0")));
}

TEST_F(TypedEventTest, TagTooLongForAStoreIsRefusedByIt) {
  EXPECT_THAT(Append(*store_, "s", kAny, Opened(std::string(600, 'x'))),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("tag 0")));
}

}  // namespace
}  // namespace daybook
