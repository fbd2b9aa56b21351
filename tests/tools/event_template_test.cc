#include "tools/event_template.h"

#include <map>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

using Record = std::map<std::string, std::string, std::less<>>;

EventTemplate Parsed(const EventTemplateTexts& texts) {
  absl::StatusOr<EventTemplate> parsed = EventTemplate::Parse(texts);
  EXPECT_OK(parsed);
  return *std::move(parsed);
}

// The event of a record; a field "nested" is there and has no text.
absl::StatusOr<StreamEvent> Make(EventTemplate& events, const Record& record) {
  return events.Make(
      [&](std::string_view field) -> absl::StatusOr<std::string_view> {
        if (field == "nested") return absl::InvalidArgumentError("nested");
        const auto found = record.find(field);
        if (found == record.end()) {
          return absl::NotFoundError("no " + std::string(field));
        }
        return found->second;
      });
}
absl::StatusOr<StreamEvent> Make(const EventTemplateTexts& texts,
                                 const Record& record) {
  EventTemplate events = Parsed(texts);
  return Make(events, record);
}

const Record& Order() {
  static const Record* const kRecord =
      new Record{{"order", "7"},
                 {"what", "placed"},
                 {"user", "ada"},
                 {"at", "1442018818"},
                 {"uuid", "0190163d-8694-739b-aea5-966c26f8ad91"}};
  return *kRecord;
}

TEST(EventTemplateTest, EachPartIsMadeOfTheRecord) {
  ASSERT_OK_AND_ASSIGN(const StreamEvent made,
                       Make({.stream = "order-{order}",
                             .type = "order.{what}",
                             .tags = {"user:{user}", "all"},
                             .time = "{at}",
                             .id = "{uuid}",
                             .source = "/{user}"},
                            Order()));
  EXPECT_EQ(made.stream, "order-7");
  EXPECT_EQ(made.event.type, "order.placed");
  EXPECT_THAT(made.event.tags, ElementsAre("user:ada", "all"));
  EXPECT_EQ(made.event.occurred_at, absl::FromUnixSeconds(1'442'018'818));
  EXPECT_EQ(made.event.id->ToString(), "0190163d-8694-739b-aea5-966c26f8ad91");
  EXPECT_EQ(made.event.source, "/ada");
  EXPECT_EQ(made.event.payload, "");
}

TEST(EventTemplateTest, WhatIsNotAskedForIsNotSet) {
  ASSERT_OK_AND_ASSIGN(const StreamEvent made,
                       Make({.stream = "s", .type = "t"}, {}));
  EXPECT_EQ(made.event.occurred_at, std::nullopt);
  EXPECT_EQ(made.event.id, std::nullopt);
  EXPECT_EQ(made.event.source, "");
  EXPECT_THAT(made.event.tags, IsEmpty());
}

TEST(EventTemplateTest, ATagWithoutItsFieldIsLeftOut) {
  ASSERT_OK_AND_ASSIGN(
      const StreamEvent made,
      Make({.stream = "s", .type = "t", .tags = {"a:{none}", "u:{user}"}},
           Order()));
  EXPECT_THAT(made.event.tags, ElementsAre("u:ada"));
}

TEST(EventTemplateTest, ATagThatIsThereAlreadyIsLeftOut) {
  ASSERT_OK_AND_ASSIGN(
      const StreamEvent made,
      Make({.stream = "s", .type = "t", .tags = {"{user}", "ada", "{what}"}},
           Order()));
  EXPECT_THAT(made.event.tags, ElementsAre("ada", "placed"));
}

TEST(EventTemplateTest, ATagThatNoRecordFilledIsUnused) {
  EventTemplate events = Parsed(
      {.stream = "s", .type = "t", .tags = {"{usr}", "{late}", "{user}"}});
  ASSERT_OK(Make(events, Order()));
  EXPECT_THAT(events.unused_tags(), ElementsAre("{usr}", "{late}"));
  ASSERT_OK(Make(events, {{"late", "1"}}));
  EXPECT_THAT(events.unused_tags(), ElementsAre("{usr}"));
}

TEST(EventTemplateTest, EverythingButATagMustBeThere) {
  const auto refuses = [](const EventTemplateTexts& texts,
                          const std::string& option) {
    EXPECT_THAT(Make(texts, Order()), StatusIs(absl::StatusCode::kNotFound,
                                               StartsWith(option + ": no ")));
  };
  refuses({.stream = "{none}", .type = "t"}, "--stream");
  refuses({.stream = "s", .type = "{none}"}, "--type");
  refuses({.stream = "s", .type = "t", .time = "{none}"}, "--time");
  refuses({.stream = "s", .type = "t", .id = "{none}"}, "--id");
  refuses({.stream = "s", .type = "t", .source = "{none}"}, "--source");
}

TEST(EventTemplateTest, AFieldWithoutATextIsRefusedInATagToo) {
  EXPECT_THAT(Make({.stream = "s", .type = "t", .tags = {"{nested}"}}, Order()),
              StatusIs(absl::StatusCode::kInvalidArgument, "--tag: nested"));
}

TEST(EventTemplateTest, ATimeAndAnIdMustBeSome) {
  EXPECT_THAT(Make({.stream = "s", .type = "t", .time = "{user}"}, Order()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("--time: \"ada\" is no time")));
  EXPECT_THAT(
      Make({.stream = "s", .type = "t", .id = "{user}"}, Order()),
      StatusIs(absl::StatusCode::kInvalidArgument, StartsWith("--id: ")));
}

TEST(EventTemplateTest, ATextThatIsNoTemplateIsRefusedWithItsOption) {
  const auto refuses = [](const EventTemplateTexts& texts,
                          const std::string& option) {
    EXPECT_THAT(EventTemplate::Parse(texts),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         StartsWith(option + ": template")));
  };
  refuses({.stream = "{", .type = "t"}, "--stream");
  refuses({.stream = "s", .type = "}"}, "--type");
  refuses({.stream = "s", .type = "t", .tags = {"x", "{}"}}, "--tag");
  refuses({.stream = "s", .type = "t", .time = "{"}, "--time");
  refuses({.stream = "s", .type = "t", .id = "{"}, "--id");
  refuses({.stream = "s", .type = "t", .source = "{"}, "--source");
}

TEST(EventTemplateTest, FieldsAreThoseOfAllItsTemplates) {
  EXPECT_THAT(Parsed({.stream = "{a}",
                      .type = "{b}{c}",
                      .tags = {"{d}", "{a}"},
                      .time = "{e}",
                      .id = "{f}",
                      .source = "{g}"})
                  .fields(),
              UnorderedElementsAre("a", "b", "c", "d", "a", "e", "f", "g"));
}

}  // namespace
}  // namespace daybook::tools
