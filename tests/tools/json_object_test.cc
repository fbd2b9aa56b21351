#include "tools/json_object.h"

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::IsOkAndHolds;
using ::daybook::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

JsonObject Object(std::string_view json) {
  absl::StatusOr<nlohmann::json> parsed = ParseJsonObject(json);
  EXPECT_OK(parsed);
  return JsonObject(parsed.ok() ? *std::move(parsed) : nlohmann::json());
}

// A field that is there and of another kind is refused with this reason.
auto IsRefused(const std::string& reason) {
  return StatusIs(absl::StatusCode::kInvalidArgument, reason);
}

TEST(JsonObjectTest, EachKindIsTaken) {
  JsonObject object =
      Object(R"({"s":"x","l":["a","b"],"t":"2015-09-12T00:46:58Z",)"
             R"("n":18446744073709551615,"b":"/w==","o":{"k":1}})");
  EXPECT_THAT(object.TakeString("s"), IsOkAndHolds("x"));
  EXPECT_THAT(object.TakeStrings("l"), IsOkAndHolds(ElementsAre("a", "b")));
  EXPECT_THAT(object.TakeTime("t"),
              IsOkAndHolds(absl::FromUnixSeconds(1'442'018'818)));
  EXPECT_THAT(object.TakeNumber("n"), IsOkAndHolds(UINT64_MAX));
  EXPECT_THAT(object.TakeBase64("b"), IsOkAndHolds("\xff"));
  EXPECT_THAT(object.TakeObject("o"), IsOkAndHolds(nlohmann::json({{"k", 1}})));
  EXPECT_OK(object.Finish());
}

TEST(JsonObjectTest, NullCountsAsAbsent) {
  for (const char* json : {"{}", R"({"a":null})"}) {
    JsonObject object = Object(json);
    EXPECT_FALSE(object.Has("a"));
    EXPECT_THAT(object.TakeOptionalString("a"), IsOkAndHolds(std::nullopt));
    EXPECT_THAT(object.TakeStrings("a"), IsOkAndHolds(IsEmpty()));
    EXPECT_THAT(object.TakeTime("a"), IsOkAndHolds(std::nullopt));
    EXPECT_THAT(object.TakeNumber("a"), IsOkAndHolds(std::nullopt));
    EXPECT_THAT(object.TakeBase64("a"), IsOkAndHolds(std::nullopt));
    EXPECT_THAT(object.TakeObject("a"), IsOkAndHolds(std::nullopt));
    EXPECT_OK(object.Finish());
  }
}

TEST(JsonObjectTest, AStringThatMustBeThereIsMissed) {
  EXPECT_THAT(Object("{}").TakeString("type"), IsRefused("no field \"type\""));
}

TEST(JsonObjectTest, AnotherKindIsRefusedWithTheFieldsName) {
  EXPECT_THAT(Object(R"({"a":1})").TakeString("a"),
              IsRefused("\"a\" is no string"));
  for (const char* json : {R"({"a":"x"})", R"({"a":[1]})", R"({"a":[null]})"}) {
    EXPECT_THAT(Object(json).TakeStrings("a"),
                IsRefused("\"a\" is no list of strings"));
  }
  for (const char* json : {R"({"a":-1})", R"({"a":1.0})", R"({"a":"1"})",
                           R"({"a":18446744073709551616})"}) {
    EXPECT_THAT(Object(json).TakeNumber("a"),
                IsRefused("\"a\" is no number from 0 on"));
  }
  EXPECT_THAT(Object(R"({"a":"?"})").TakeBase64("a"),
              IsRefused("\"a\" is no base64"));
  EXPECT_THAT(Object(R"({"a":[]})").TakeObject("a"),
              IsRefused("\"a\" is no object"));
  EXPECT_THAT(Object(R"({"a":"today"})").TakeTime("a"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("\"a\": \"today\" is no RFC 3339 time")));
}

TEST(JsonObjectTest, AFieldThatNobodyTookIsUnknown) {
  JsonObject object = Object(R"({"tyep":1,"more":2})");
  object.Ignore("more");
  EXPECT_THAT(object.Finish(), IsRefused("unknown field \"tyep\""));
}

TEST(JsonObjectTest, WhatIsNoObjectIsRefused) {
  EXPECT_THAT(ParseJsonObject("[]"), IsRefused("no JSON object"));
  EXPECT_THAT(ParseJsonObject("\"\xff\""), IsRefused("not UTF-8"));
  EXPECT_THAT(
      ParseJsonObject("{\"a\":\x7f}"),
      StatusIs(absl::StatusCode::kInvalidArgument,
               AllOf(HasSubstr("no JSON: parse error"), HasSubstr("\\x7f"))));
}

}  // namespace
}  // namespace daybook::tools
