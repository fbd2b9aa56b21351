// What a message's options make of it: name, tags, and what is refused.

#include "daybook/projections/event_type.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/projections/events.pb.h"
#include "tests/testing/proto_source.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ProtoSource;
using testing::StatusIs;

using Strings = std::vector<std::string>;

// The tags of an event with these fields and values. Enums are `Kind`.
Strings TagsOf(const std::string& fields, const std::string& values) {
  const ProtoSource source(
      "enum Kind { NONE = 0; CARD = 1; } message Event {"
      " option (daybook.v1.event).name = 'e'; " +
      fields + " }");
  const absl::StatusOr<EventType> type = EventType::Of(source.message("Event"));
  EXPECT_OK(type);
  google::protobuf::DynamicMessageFactory factory;
  const std::unique_ptr<google::protobuf::Message> message(
      factory.GetPrototype(&source.message("Event"))->New());
  EXPECT_TRUE(
      google::protobuf::TextFormat::ParseFromString(values, message.get()));
  return type.ok() ? type->TagsOf(*message) : Strings();
}

absl::Status StatusOfType(const std::string& source) {
  return EventType::Of(ProtoSource(source).message("Event")).status();
}

TEST(EventType, HasTheNameAndSchemaOfItsMessage) {
  const auto type = EventType::Of(*tests::v1::ItemAdded::descriptor());

  ASSERT_OK(type);
  EXPECT_EQ(type->name(), "cart.item-added");
  EXPECT_EQ(type->schema().message, "daybook.tests.v1.ItemAdded");
  EXPECT_FALSE(type->schema().hash.none());
}

TEST(EventTypeTags, IntegersAreDecimal) {
  EXPECT_THAT(TagsOf("int32 a = 1 [(daybook.v1.tag) = 'a'];"
                     "sint64 b = 2 [(daybook.v1.tag) = 'b'];"
                     "uint64 c = 3 [(daybook.v1.tag) = 'c'];"
                     "fixed32 d = 4 [(daybook.v1.tag) = 'd'];",
                     "a: -7 b: -9223372036854775808 "
                     "c: 18446744073709551615 d: 1"),
              ElementsAre("a:-7", "b:-9223372036854775808",
                          "c:18446744073709551615", "d:1"));
}

TEST(EventTypeTags, BoolsAreTrueOrFalse) {
  EXPECT_THAT(TagsOf("bool a = 1 [(daybook.v1.tag) = 'a'];"
                     "bool b = 2 [(daybook.v1.tag) = 'b'];",
                     "a: true"),
              ElementsAre("a:true", "b:false"));
}

TEST(EventTypeTags, EnumsAreTheNameOrElseTheNumber) {
  const std::string field = "Kind kind = 1 [(daybook.v1.tag) = 'kind'];";

  EXPECT_THAT(TagsOf(field, "kind: CARD"), ElementsAre("kind:CARD"));
  EXPECT_THAT(TagsOf(field, "kind: 9"), ElementsAre("kind:9"));
}

TEST(EventTypeTags, StringsAreAsTheyAreAndNoneWhenEmpty) {
  const std::string field = "string a = 1 [(daybook.v1.tag) = 'a'];";

  EXPECT_THAT(TagsOf(field, "a: 'x:y z'"), ElementsAre("a:x:y z"));
  EXPECT_THAT(TagsOf(field, "a: ''"), IsEmpty());
}

TEST(EventTypeTags, UnsetGivesNoneWhereThereIsSuchAThing) {
  const std::string fields =
      "optional int32 a = 1 [(daybook.v1.tag) = 'a'];"
      "oneof o { int32 b = 2 [(daybook.v1.tag) = 'b']; }"
      "int32 c = 3 [(daybook.v1.tag) = 'c'];";

  EXPECT_THAT(TagsOf(fields, ""), ElementsAre("c:0"));
  EXPECT_THAT(TagsOf(fields, "a: 0 b: 0"), ElementsAre("a:0", "b:0", "c:0"));
}

TEST(EventTypeTags, RepeatedFieldGivesOneForEachDifferentElement) {
  EXPECT_THAT(TagsOf("repeated string a = 1 [(daybook.v1.tag) = 'a'];",
                     "a: 'x' a: 'y' a: 'x' a: ''"),
              ElementsAre("a:x", "a:y"));
}

TEST(EventTypeTags, ConstantOnesStandFirst) {
  EXPECT_THAT(TagsOf("option (daybook.v1.event).tags = 'audited';"
                     "option (daybook.v1.event).tags = 'region:eu';"
                     "int32 a = 1 [(daybook.v1.tag) = 'a'];",
                     "a: 1"),
              ElementsAre("audited", "region:eu", "a:1"));
}

TEST(EventType, KnowsWhichTagsItMakes) {
  const auto type = EventType::Of(*tests::v1::ItemAdded::descriptor());

  EXPECT_TRUE(type->MakesTag("sku:anything"));
  EXPECT_FALSE(type->MakesTag("skunk"));
  EXPECT_FALSE(type->MakesTag("by-hand:1"));
}

TEST(EventTypeRefused, MessageWithoutTheOption) {
  EXPECT_THAT(
      StatusOfType("message Event { string a = 1; }"),
      StatusIs(absl::StatusCode::kInvalidArgument,
               AllOf(HasSubstr("shop.Event"), HasSubstr("event).name"))));
}

TEST(EventTypeRefused, NameThatIsNoTypeOrBelongsToTheStore) {
  EXPECT_THAT(
      StatusOfType("message Event { option (daybook.v1.event).name = "
                   "''; }"),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("type is empty")));
  EXPECT_THAT(StatusOfType("message Event { option (daybook.v1.event).name = "
                           "'$mine'; }"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("belongs to the store")));
}

TEST(EventTypeRefused, TagsOfFieldsThatHaveNoOneWayToBeWritten) {
  for (const char* field :
       {"bytes a = 1", "float a = 1", "double a = 1", "Part a = 1",
        "map<string, string> a = 1", "repeated bytes a = 1"}) {
    EXPECT_THAT(
        StatusOfType(std::string("message Part {} message Event { option "
                                 "(daybook.v1.event).name = 'e'; ") +
                     field + " [(daybook.v1.tag) = 'a']; }"),
        StatusIs(absl::StatusCode::kInvalidArgument,
                 AllOf(HasSubstr("shop.Event.a"), HasSubstr("only integers"))))
        << field;
  }
}

TEST(EventTypeRefused, EmptyPrefixAndSubjectThatIsNoField) {
  EXPECT_THAT(
      StatusOfType("message Event { option (daybook.v1.event).name = "
                   "'e'; string a = 1 [(daybook.v1.tag) = '']; }"),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("shop.Event.a")));
  EXPECT_THAT(StatusOfType("message Event { option (daybook.v1.event).name = "
                           "'e'; string a = 1 [(daybook.v1.subject) = 'b']; }"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("\"b\" is no field")));
}

TEST(EventType, EqualMessagesAreEqualBytes) {
  const auto type = EventType::Of(*tests::v1::ItemAdded::descriptor());
  tests::v1::ItemAdded one;
  tests::v1::ItemAdded other;
  for (int i = 0; i < 100; ++i) {
    (*one.mutable_notes())[std::to_string(i)] = "x";
    (*other.mutable_notes())[std::to_string(99 - i)] = "x";
  }

  EXPECT_EQ(type->MakeEvent(one)->payload, type->MakeEvent(other)->payload);
}

}  // namespace
}  // namespace daybook
