// DAYBOOK_SEED: tests/tools/seeded_random.h.

#include "tools/json_text.h"

#include <nlohmann/json.hpp>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/tools/seeded_random.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::SeededRandom;
using ::testing::Optional;

std::string Compact(std::string_view json) {
  std::string out;
  AppendCompactJson(json, &out);
  return out;
}

TEST(JsonTextTest, StringEscapesQuotesAndEveryControlCharacter) {
  EXPECT_EQ(JsonString("a\"b\\c\n\t\r"), R"("a\"b\\c\n\t\r")");
  EXPECT_EQ(JsonString(std::string_view("\0\x1b\x7f", 3)),
            R"("\u0000\u001b\u007f")");
  EXPECT_EQ(JsonString("\xc2\x9b"
                       "31m"),
            R"("\u009b31m")");
  EXPECT_EQ(JsonString("é 日本 🎉"), "\"é 日本 🎉\"");
}

TEST(JsonTextTest, StringIsReadBackByAParser) {
  std::string all;
  for (int c = 0; c < 0x80; ++c) all += static_cast<char>(c);
  all += "\xc2\x80\xc2\x9f\xc2\xa0ÿ";
  EXPECT_EQ(nlohmann::json::parse(JsonString(all)).get<std::string>(), all);
}

TEST(JsonTextTest, CompactKeepsNumbersAndStringsAsTheyAre) {
  EXPECT_EQ(Compact(" { \"a b\" : [ 1.0 , 12345678901234567890.10, 1E5 ],\n"
                    "\t\"c\":\"x \\\" y\\\\\" } "),
            R"({"a b":[1.0,12345678901234567890.10,1E5],"c":"x \" y\\"})");
}

TEST(JsonTextTest, CompactEscapesControlsInsideStrings) {
  EXPECT_EQ(Compact("\"\x7f\xc2\x9b"
                    "2J\""),
            R"("\u007f\u009b2J")");
}

// A double ends at 1.8e308, JSON nowhere.
TEST(JsonTextTest, ANumberMayBeOfAnySize) {
  for (const std::string& json :
       {std::string("1e400"), std::string("-1E+400"), std::string(400, '9'),
        std::string(R"({"a":[1e400,"1e400",{"b":-1.5e999}],"c":1})")}) {
    EXPECT_TRUE(IsJson(json)) << json;
    EXPECT_EQ(Compact(json), json);
  }
  for (const std::string_view json :
       {"1e400e", "01e400", "1e", "1.e400", "+1e400", "1e400 1", "{1e400:1}",
        "[1e400", "1e400\"", "\"1e400", "--1e400"}) {
    EXPECT_FALSE(IsJson(json)) << json;
  }
}

TEST(JsonTextTest, RawMemberGivesTheTextOfAValue) {
  const std::string_view json =
      R"({"a":1.50, "data" : {"x":[1, "}"]} ,"b":"\"data\"","c":null})";
  EXPECT_THAT(RawMember(json, "data"),
              Optional(std::string(R"({"x":[1, "}"]})")));
  EXPECT_THAT(RawMember(json, "a"), Optional(std::string("1.50")));
  EXPECT_THAT(RawMember(json, "b"), Optional(std::string(R"("\"data\"")")));
  EXPECT_THAT(RawMember(json, "c"), Optional(std::string("null")));
  EXPECT_EQ(RawMember(json, "x"), std::nullopt);
  EXPECT_EQ(RawMember("{}", "x"), std::nullopt);
}

TEST(JsonTextTest, AnyTextIsSteppedOverAsAMember) {
  SeededRandom random;
  for (int round = 0; round < 5000; ++round) {
    const std::string name = JsonString(random.Text("a\"\\{}", 6).append("-"));
    const std::string text = JsonString(random.Text("a\"\\{}[],: ", 9));
    const std::string list = Concat("[", text, "]");
    const std::string json =
        Concat("{", name, ":", text, ",\"x\":", list, ",\"data\":", text, "}");
    ASSERT_THAT(RawMember(json, "data"), Optional(text)) << json;
    ASSERT_THAT(RawMember(json, "x"), Optional(list)) << json;
    ASSERT_EQ(Compact(json), json);
  }
}

TEST(JsonTextTest, RawMemberTakesTheLastOfTwoAsParsersDo) {
  EXPECT_THAT(RawMember(R"({"data":1,"data":2})", "data"),
              Optional(std::string("2")));
}

TEST(JsonTextTest, IsJsonRefusesTwoValuesBadUtf8AndAByteOrderMark) {
  EXPECT_TRUE(IsJson("1"));
  EXPECT_TRUE(IsJson(" {\"a\":[]}\n"));
  EXPECT_FALSE(IsJson(""));
  EXPECT_FALSE(IsJson("{} {}"));
  EXPECT_FALSE(IsJson("{'a':1}"));
  EXPECT_FALSE(IsJson("\"\xff\""));
  EXPECT_FALSE(IsJson("\xEF\xBB\xBF{}"));
}

TEST(JsonTextTest, DeepNestingIsNoTrouble) {
  const std::string deep =
      std::string(200'000, '[') + std::string(200'000, ']');
  EXPECT_TRUE(IsJson(deep));
  EXPECT_EQ(Compact(deep), deep);
}

TEST(JsonTextTest, KnowsJsonContentTypes) {
  EXPECT_TRUE(IsJsonContentType("application/json"));
  EXPECT_TRUE(IsJsonContentType("Application/JSON; charset=utf-8"));
  EXPECT_TRUE(IsJsonContentType("application/cloudevents+json"));
  EXPECT_FALSE(IsJsonContentType("text/plain"));
  EXPECT_FALSE(IsJsonContentType(""));
}

// The parser underneath takes it for the end.
TEST(JsonTextTest, WhatFollowsANulIsNotPassedOn) {
  EXPECT_FALSE(IsJson(std::string_view("[1]\0\x1b[31m", 9)));
}

}  // namespace
}  // namespace daybook::tools
