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
              IsRefused("\"a\" is no base64 (RFC 4648, padded)"));
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

TEST(JsonObjectTest, AMemberThatStandsThereTwiceIsRefused) {
  EXPECT_THAT(ParseJsonObject(R"({"a":1,"b":{"c":1,"\u0063":2}})"),
              IsRefused("the member \"c\" twice"));
  EXPECT_THAT(ParseJsonObject(R"({"data":1,"data":2})", "data"),
              IsRefused("the member \"data\" twice"));
}

TEST(JsonObjectTest, WhatIsPassedOnIsNullHoweverLarge) {
  std::string list = "[0";
  for (size_t i = 0; i < kJsonValuesMax; ++i) list += ",0";
  list += ']';
  const std::string text =
      R"({"data":)" + list + R"(,"a":{"data":[1]},"b":{}})";

  const absl::StatusOr<nlohmann::json> object = ParseJsonObject(text, "data");
  ASSERT_OK(object.status());
  EXPECT_EQ(object->dump(), R"({"a":{"data":[1]},"b":{},"data":null})");
  EXPECT_THAT(ParseJsonObject(text), IsRefused("more than 262144 values"));
}

TEST(JsonObjectTest, ANumberOfAnySizeIsPassedOnAndNotRead) {
  const absl::StatusOr<nlohmann::json> object =
      ParseJsonObject(R"({"data":{"x":1e400},"a":2})", "data");
  ASSERT_OK(object.status());
  EXPECT_EQ(object->dump(), R"({"a":2,"data":null})");
  EXPECT_THAT(ParseJsonObject(R"({"data":{"x":1e400},"a":-1e999})", "data"),
              IsRefused("the number \"-1e999\" is too large"));
}

TEST(JsonObjectTest, DepthIsBounded) {
  for (const size_t depth : {size_t{1000}, size_t{1'000'000}}) {
    const std::string text =
        R"({"data":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
    EXPECT_THAT(ParseJsonObject(text),
                IsRefused("nested deeper than 1000 levels"));
    EXPECT_THAT(ParseJsonObject(text, "data"),
                IsRefused("nested deeper than 1000 levels"));
  }
}

TEST(JsonObjectTest, ReasonsAreShortHoweverLongTheText) {
  const std::string name(1 << 20, '\x7f');
  JsonObject unknown = Object("{\"" + name + "\":1}");
  for (const absl::Status& status :
       {unknown.Finish(), ParseJsonObject("{\"" + name).status(),
        ParseJsonObject("{\"" + name + "\":1,\"" + name + "\":2}").status()}) {
    EXPECT_FALSE(status.ok());
    EXPECT_LT(status.message().size(), 2000);
  }
}

}  // namespace
}  // namespace daybook::tools
