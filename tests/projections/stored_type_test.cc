// Events decoded by what the store keeps, without their messages' code.

#include "daybook/projections/stored_type.h"

#include <memory>
#include <string>

#include "daybook/projections/typed_event.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/projections/events.pb.h"
#include "tests/testing/proto_source.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOkAndHolds;
using testing::SchemaFrom;
using testing::StatusIs;
using tests::v1::ItemAdded;

class StoredTypeTest : public ::testing::Test {
 protected:
  const EventView& At(uint64_t position) {
    auto cursor = store_->ReadLog({.from = Position(position)});
    EXPECT_OK(cursor);
    cursor_ = std::make_unique<EventCursor>(*std::move(cursor));
    EXPECT_TRUE(cursor_->Next());
    return cursor_->event();
  }
  void AppendTyped(const Schema& schema, const std::string& payload) {
    EXPECT_OK(store_->RegisterSchema(schema));
    EXPECT_OK(
        store_->Append("s", ExpectedRevision::Any(),
                       {{.type = schema.type,
                         .payload = payload,
                         .content_type = std::string(kProtobufContentType),
                         .schema = schema.hash}}));
  }

  const std::unique_ptr<EventStore> store_ = EventStore::OpenInMemory();
  std::unique_ptr<EventCursor> cursor_;
  StoredTypes types_{*store_};
};

TEST_F(StoredTypeTest, JsonIsProtobufsWithDefaultsAndStringsForLongNumbers) {
  ItemAdded added;
  added.set_sku("tea");
  added.set_price_cents(1ULL << 60);
  (*added.mutable_notes())["gift"] = "yes";
  ASSERT_OK(Append(*store_, "s", ExpectedRevision::Any(), added));

  EXPECT_THAT(types_.ToJson(At(1)),
              IsOkAndHolds(R"({"cart":"","sku":"tea","quantity":0,)"
                           R"("priceCents":"1152921504606846976",)"
                           R"("notes":{"gift":"yes"}})"));
}

TEST_F(StoredTypeTest, EachEventIsReadByItsOwnVersion) {
  AppendTyped(SchemaFrom("message Event { string a = 1; }"), "\x0a\x01x");
  AppendTyped(SchemaFrom("message Event { string a = 1; string b = 2; }"),
              "\x0a\x01x");

  EXPECT_THAT(types_.ToJson(At(1)), IsOkAndHolds(R"({"a":"x"})"));
  EXPECT_THAT(types_.ToJson(At(3)), IsOkAndHolds(R"({"a":"x","b":""})"));
}

TEST_F(StoredTypeTest, TagsAreFoundFromTheStoredSchemaToo) {
  ItemAdded added;
  added.set_cart("42");
  added.set_sku("tea");
  ASSERT_OK(Append(*store_, "s", ExpectedRevision::Any(), added));

  const absl::StatusOr<const StoredType*> stored = types_.Find(At(1));
  ASSERT_OK(stored);
  const absl::StatusOr<EventType> type = EventType::Of((*stored)->descriptor());
  ASSERT_OK(type);

  EXPECT_THAT(type->TagsOf(**(*stored)->Parse(At(1).payload)),
              ElementsAre("cart:42", "sku:tea"));
  EXPECT_EQ(type->schema(), EventTypeOf<ItemAdded>()->schema());
}

TEST_F(StoredTypeTest, WellKnownTypesAreWrittenAsProtobufDoes) {
  AppendTyped(SchemaFrom("message Event { google.protobuf.Timestamp at = 1; }"),
              std::string("\x0a\x02\x08\x01"));

  EXPECT_THAT(types_.ToJson(At(1)),
              IsOkAndHolds(R"({"at":"1970-01-01T00:00:01Z"})"));
}

TEST_F(StoredTypeTest, EventWithoutSchemaIsNotFound) {
  ASSERT_OK(store_->Append("s", ExpectedRevision::Any(), {{.type = "t"}}));

  EXPECT_THAT(types_.ToJson(At(0)),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("position 0")));
}

TEST_F(StoredTypeTest, PayloadThatDoesNotParseIsDataLoss) {
  AppendTyped(SchemaFrom("message Event { string a = 1; }"), "\xff");

  EXPECT_THAT(types_.ToJson(At(1)), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(StoredTypeTest, EventsOfTheStoreItselfAreKnownWithoutSchema) {
  ASSERT_OK(store_->RecordOperation({"me", "command", "why"}));

  EXPECT_THAT(types_.ToJson(At(0)),
              IsOkAndHolds(R"({"user":"me","command":"command","reason":)"
                           R"("why"})"));
}

}  // namespace
}  // namespace daybook
