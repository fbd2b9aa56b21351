#include "tools/json_diff.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace daybook::tools {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(JsonDiffTest, EqualValuesHaveNoChangesWhateverTheirOrder) {
  for (const char* json : {"1", "{}", "[]", "null", R"({"a":[{}, {"b":1}]})"}) {
    EXPECT_THAT(DiffJson(json, json), IsEmpty()) << json;
  }
  EXPECT_THAT(DiffJson(R"({"a":1,"b":2})", R"({"b":2,"a":1})"), IsEmpty());
}

TEST(JsonDiffTest, SaysWhatWasAddedRemovedAndChanged) {
  EXPECT_THAT(DiffJson(R"({"a":1,"b":{"c":"x"},"l":[1,2]})",
                       R"({"b":{"c":"y","d e":true},"l":[1,2,{"q":null}]})"),
              ElementsAre(JsonChange{"$.a", "1", std::nullopt},
                          JsonChange{"$.b.c", "\"x\"", "\"y\""},
                          JsonChange{"$.b.\"d e\"", std::nullopt, "true"},
                          JsonChange{"$.l[2].q", std::nullopt, "null"}));
}

TEST(JsonDiffTest, ALeafThatBecomesAnObjectIsRemovedAndAdded) {
  EXPECT_THAT(DiffJson(R"({"a":1})", R"({"a":{"b":1}})"),
              ElementsAre(JsonChange{"$.a", "1", std::nullopt},
                          JsonChange{"$.a.b", std::nullopt, "1"}));
  EXPECT_THAT(DiffJson(R"({"a":{}})", R"({"a":{"b":1}})"),
              ElementsAre(JsonChange{"$.a", "{}", std::nullopt},
                          JsonChange{"$.a.b", std::nullopt, "1"}));
  EXPECT_THAT(DiffJson("1", "2"), ElementsAre(JsonChange{"$", "1", "2"}));
}

TEST(JsonDiffTest, NumbersMayBeOfAnySize) {
  EXPECT_THAT(DiffJson(R"({"a":1e400,"b":1})", R"({"a":1e401,"b":2})"),
              ElementsAre(JsonChange{"$.a", "1e400", "1e401"},
                          JsonChange{"$.b", "1", "2"}));
}

TEST(JsonDiffTest, NumbersAreComparedAsTheyAreWritten) {
  EXPECT_THAT(
      DiffJson("[12345678901234567890123,1.0]", "[12345678901234567890124,1]"),
      ElementsAre(JsonChange{"$[0]", "12345678901234567890123",
                             "12345678901234567890124"},
                  JsonChange{"$[1]", "1.0", "1"}));
}

TEST(JsonDiffTest, ANameThatComesTwiceCountsAsItsLast) {
  EXPECT_THAT(DiffJson("{}", R"({"a":1,"a":2})"),
              ElementsAre(JsonChange{"$", "{}", std::nullopt},
                          JsonChange{"$.a", std::nullopt, "2"}));
}

TEST(JsonDiffTest, TextIsALineEachAndDrivesNoTerminal) {
  const std::string from =
      R"({"a":"\u001b[31m","b":1,"c":")" + std::string(200, 'x') + "\"}";
  const std::string text =
      ChangesText(DiffJson(from, R"({"a":"\u009b","b":2,"\u0007":3})"));
  EXPECT_EQ(text,
            "~ $.a  \"\\u001b[31m\" -> \"\\u009b\"\n"
            "~ $.b  1 -> 2\n"
            "- $.c  \"" +
                std::string(58, 'x') +
                "…\n"
                "+ $.\"\\u0007\"  3\n");
}

TEST(JsonDiffTest, JsonHasTheValuesThemselves) {
  std::string json;
  AppendChangesJson(DiffJson(R"({"a":1,"b":2})", R"({"b":[],"c":"x"})"), &json);
  EXPECT_EQ(json, R"([{"path":"$.a","change":"removed","from":1},)"
                  R"({"path":"$.b","change":"changed","from":2,"to":[]},)"
                  R"({"path":"$.c","change":"added","to":"x"}])");
}

}  // namespace
}  // namespace daybook::tools
