#include "tools/query_json.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(QueryJsonTest, ReadsTypesTagsCategoryAndCorrelation) {
  ASSERT_OK_AND_ASSIGN(
      const Query query,
      ParseQueryJson(R"({"items":[{"types":["a","b"],"tags":["x:1"]},
                                  {"category":"order","correlation_id":"c"}]})"));
  ASSERT_THAT(query.items, SizeIs(2));
  EXPECT_THAT(query.items[0].types, ElementsAre("a", "b"));
  EXPECT_THAT(query.items[0].tags, ElementsAre("x:1"));
  EXPECT_EQ(query.items[1].category, "order");
  EXPECT_EQ(query.items[1].correlation_id, "c");
}

TEST(QueryJsonTest, NoItemsMatchesEverything) {
  ASSERT_OK_AND_ASSIGN(const Query query, ParseQueryJson(R"({"items":[]})"));
  EXPECT_THAT(query.items, IsEmpty());
}

TEST(QueryJsonTest, WritesWhatItReads) {
  const std::string json =
      R"({"items":[{"tags":["a\"b","é"],"types":["t"]},{},{"category":"c"}]})";
  ASSERT_OK_AND_ASSIGN(const Query query, ParseQueryJson(json));
  EXPECT_EQ(QueryToJson(query), json);
}

TEST(QueryJsonTest, UnknownKeysAreRefusedByName) {
  EXPECT_THAT(ParseQueryJson(R"({"items":[{"type":["a"]}]})"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("unknown key \"type\"")));
  EXPECT_THAT(ParseQueryJson(R"({"items":[],"limit":1})"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("unknown key \"limit\"")));
}

// One of both would be lost, and the query would match more or less.
TEST(QueryJsonTest, AKeyThatStandsThereTwiceIsRefused) {
  EXPECT_THAT(ParseQueryJson(R"({"items":[{"types":["a"],"types":["b"]}]})"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("the query has the member \"types\" twice")));
}

TEST(QueryJsonTest, OtherFormsAreRefused) {
  for (const char* json :
       {"", "{", "[]", "1", "{}", R"({"items":{}})", R"({"items":[1]})",
        R"({"items":[{"types":"a"}]})", R"({"items":[{"tags":[1]}]})",
        R"({"items":[{"category":1}]})", R"({"items":[{"category":""}]})",
        "{\"items\":[{\"tags\":[\"\xff\"]}]}"}) {
    EXPECT_THAT(ParseQueryJson(json),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << json;
  }
}

}  // namespace
}  // namespace daybook::tools
