// DAYBOOK_SEED: tests/tools/seeded_random.h.

#include "tools/json_fields.h"

#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/seeded_random.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::IsOkAndHolds;
using ::daybook::testing::SeededRandom;
using ::daybook::testing::StatusIs;
using ::testing::HasSubstr;

// The text of one field of one object.
absl::StatusOr<std::string> FieldOf(std::string_view json,
                                    const std::string& name) {
  JsonFields fields({name});
  if (absl::Status status = fields.Read(json); !status.ok()) return status;
  const absl::StatusOr<std::string_view> found = fields.Find(name);
  if (!found.ok()) return found.status();
  return std::string(*found);
}

TEST(JsonFieldsTest, ScalarsGiveTheirText) {
  constexpr std::string_view kObject =
      R"({"s":"tea \u00e9\n","n":-12.50,"t":true,"f":false,"e":""})";
  EXPECT_THAT(FieldOf(kObject, "s"), IsOkAndHolds("tea é\n"));
  EXPECT_THAT(FieldOf(kObject, "n"), IsOkAndHolds("-12.50"));
  EXPECT_THAT(FieldOf(kObject, "t"), IsOkAndHolds("true"));
  EXPECT_THAT(FieldOf(kObject, "f"), IsOkAndHolds("false"));
  EXPECT_THAT(FieldOf(kObject, "e"), IsOkAndHolds(""));
}

TEST(JsonFieldsTest, NumbersAreGivenAsTheyAreWritten) {
  for (const char* number :
       {"0", "-0", "1", "1.0", "1.50", "1E5", "1e-7", "18446744073709551615",
        "18446744073709551616", "-9223372036854775809", "0.1000000000000000001",
        "123456789012345678901234567890"}) {
    EXPECT_THAT(FieldOf(Concat("{\"n\":", number, "}"), "n"),
                IsOkAndHolds(number));
  }
}

TEST(JsonFieldsTest, NamesLeadIntoObjectsAndLists) {
  constexpr std::string_view kObject =
      R"({"a":{"b":{"c":1}},"l":[10,[20,21],{"x":30}],"b":2})";
  EXPECT_THAT(FieldOf(kObject, "a.b.c"), IsOkAndHolds("1"));
  EXPECT_THAT(FieldOf(kObject, "l.0"), IsOkAndHolds("10"));
  EXPECT_THAT(FieldOf(kObject, "l.1.1"), IsOkAndHolds("21"));
  EXPECT_THAT(FieldOf(kObject, "l.2.x"), IsOkAndHolds("30"));
  EXPECT_THAT(FieldOf(kObject, "b"), IsOkAndHolds("2"));
}

TEST(JsonFieldsTest, ANameMayHoldADot) {
  EXPECT_THAT(FieldOf(R"({"a.b":1})", "a.b"), IsOkAndHolds("1"));
}

TEST(JsonFieldsTest, ANumberOfAnySizeIsItsText) {
  JsonFields fields({"a", "b"});
  ASSERT_OK(fields.Read(R"({"x":"\\","a":1e400,"b":[],"b":"-1e400"})"));
  EXPECT_THAT(fields.Find("a"), IsOkAndHolds("1e400"));
  EXPECT_THAT(fields.Find("b"), IsOkAndHolds("-1e400"));
}

TEST(JsonFieldsTest, AMissingFieldAndNullAreNotFound) {
  for (const char* object : {"{}", R"({"a":null})", R"({"b":{"a":1}})",
                             R"({"a":1,"a":null})", R"({"A":1})"}) {
    EXPECT_THAT(FieldOf(object, "a"),
                StatusIs(absl::StatusCode::kNotFound, "no field \"a\""))
        << object;
  }
  EXPECT_THAT(FieldOf(R"({"l":[1]})", "l.1"),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST(JsonFieldsTest, AnObjectAndAListHaveNoText) {
  for (const char* object : {R"({"a":{}})", R"({"a":[]})", R"({"a":[1]})"}) {
    EXPECT_THAT(FieldOf(object, "a"),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         "field \"a\" is an object or a list"))
        << object;
  }
}

TEST(JsonFieldsTest, TheLastOfTwoCountsAsForOtherParsers) {
  EXPECT_THAT(FieldOf(R"({"a":1,"a":"2"})", "a"), IsOkAndHolds("2"));
  EXPECT_THAT(FieldOf(R"({"a":{"b":1},"a":{"c":2}})", "a.b"),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(FieldOf(R"({"a":{"b":1},"a":null})", "a.b"),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST(JsonFieldsTest, NothingIsLeftOfTheObjectBefore) {
  JsonFields fields({"a"});
  ASSERT_OK(fields.Read(R"({"a":1})"));
  ASSERT_OK(fields.Read(R"({"b":1})"));
  EXPECT_THAT(fields.Find("a"), StatusIs(absl::StatusCode::kNotFound));
}

TEST(JsonFieldsTest, WhatIsNoObjectIsRefusedWithTheReason) {
  const auto refuses = [](std::string_view json, const std::string& reason) {
    EXPECT_THAT(FieldOf(json, "a"),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(reason)))
        << json;
  };
  refuses("[1]", "it is a list, no object");
  refuses("1", "it is a single value, no object");
  refuses("\"a\"", "it is a single value, no object");
  refuses("null", "it is a single value, no object");
  refuses("", "unexpected end of input");
  refuses("{\"a\":1", "unexpected end of input");
  refuses("{} {}", "expected end of input");
  refuses("{'a':1}", "parse error at line 1, column 2");
  refuses("{\"a\":01}", "parse error");
  refuses("{\"a\":\"\xff\"}", "UTF-8");
  refuses("\xEF\xBB\xBF{}", "byte order mark");
}

TEST(JsonFieldsTest, NestingHasAnEnd) {
  const auto nested = [](size_t depth) {
    return Concat("{\"a\":", std::string(depth - 1, '['), "1",
                  std::string(depth - 1, ']'), "}");
  };
  EXPECT_THAT(FieldOf(nested(1000), "b"),
              StatusIs(absl::StatusCode::kNotFound));
  for (const size_t depth : {1001, 100'000}) {
    EXPECT_THAT(FieldOf(nested(depth), "b"),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("more than 1000 levels deep")));
  }
}

TEST(JsonFieldsTest, AReasonHoldsNothingThatDrivesATerminal) {
  for (const char* json : {"{\"a\":\"\xff",
                           "{\"a\":\"\xc2\x9b"
                           "2J",
                           "{\"a\":\"\x7f", "{\"a\":\"\x1b[31m\"}"}) {
    const absl::Status status = FieldOf(json, "a").status();
    const std::string reason(status.message());
    EXPECT_FALSE(status.ok());
    EXPECT_EQ(Escaped(reason), reason);
  }
}

// Puts a random value under `name` and remembers the texts of its scalars.
nlohmann::json RandomValue(SeededRandom& random, const std::string& name,
                           int depth,
                           std::map<std::string, std::string>& texts) {
  const uint64_t kind = random.Below(depth > 0 ? 5 : 3);
  if (kind == 0) {
    const uint64_t number = random.Below(1'000'000);
    texts[name] = absl::StrCat(number);
    return number;
  }
  if (kind == 1) return texts[name] = "é";
  if (kind == 2) return texts[name] = random.Text("ab\"\\\n{}[],: ", 9);
  nlohmann::json value =
      kind == 3 ? nlohmann::json::array() : nlohmann::json::object();
  for (uint64_t i = random.Below(4); i > 0; --i) {
    const std::string part =
        kind == 3 ? absl::StrCat(value.size()) : absl::StrCat("k", i);
    const std::string full =
        name.empty() ? part : absl::StrCat(name, ".", part);
    nlohmann::json inner = RandomValue(random, full, depth - 1, texts);
    if (kind == 3) {
      value.push_back(std::move(inner));
    } else {
      value[part] = std::move(inner);
    }
  }
  return value;
}

TEST(JsonFieldsTest, EveryScalarIsFoundUnderItsName) {
  SeededRandom random;
  for (int round = 0; round < 500; ++round) {
    std::map<std::string, std::string> texts;
    nlohmann::json object = nlohmann::json::object();
    for (const char* name : {"a", "b", "c"}) {
      object[name] = RandomValue(random, name, 3, texts);
    }
    std::vector<std::string> names;
    names.reserve(texts.size());
    for (const auto& [name, text] : texts) names.push_back(name);
    JsonFields fields(names);
    const std::string json = object.dump(random.OneIn(2) ? -1 : 2);
    ASSERT_OK(fields.Read(json));
    for (const auto& [name, text] : texts) {
      ASSERT_THAT(fields.Find(name), IsOkAndHolds(text)) << name << json;
    }
  }
}

}  // namespace
}  // namespace daybook::tools
