// SQL expressions: what they see, what they may not do, how errors read.

#include "tools/sql_condition.h"

#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tools/interrupt.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;

// Whether `expression` holds of: position 7, type 'a', data {"total":12.5,
// "tags":["x","y"]}, none NULL.
absl::StatusOr<bool> Holds(std::string_view expression) {
  absl::StatusOr<SqlCondition> condition = SqlCondition::Compile(
      expression, {"position", "type", "data", "none", "order", "od\"d"});
  if (!condition.ok()) return condition.status();
  condition->SetNumber(0, 7);
  condition->SetText(1, "a");
  condition->SetText(2, R"({"total":12.5,"tags":["x","y"]})");
  return condition->Holds();
}

TEST(SqlConditionTest, IsTrueOrFalseOfTheColumns) {
  for (const auto& [expression, holds] : std::map<std::string, bool>{
           {"position = 7", true},
           {"position > 7", false},
           {"type = 'a' AND position BETWEEN 5 AND 9", true},
           {"data ->> '$.total' > 12", true},
           {"data ->> '$.total' > 100", false},
           {"json_array_length(data, '$.tags') = 2", true},
           {"'y' IN (SELECT value FROM json_each(data, '$.tags'))", true},
           {"EXISTS (SELECT 1 FROM json_tree(data) WHERE atom = 'z')", false},
           {"type LIKE 'A'", true},
           {"type GLOB 'A'", false},
           {"\"order\" IS NULL", true},
           {"\"od\"\"d\" IS NULL", true},
           {"1 -- what follows is nothing", true},
           {"/* said */ position", true},
           {"CASE WHEN type = 'a' THEN 1 ELSE 0 END", true},
           {"max(position, 8) = 8", true},
           {"strftime('%Y', '2026-03-02T07:06:40.250000Z') = '2026'", true}}) {
    EXPECT_THAT(Holds(expression), testing::IsOkAndHolds(holds)) << expression;
  }
}

TEST(SqlConditionTest, NullAndWhatIsNoTruthValueCountAsFalse) {
  for (const char* expression : {"NULL", "none", "none = 1", "NOT none",
                                 "'text'", "data ->> '$.x' > 1", "0", "''"}) {
    EXPECT_THAT(Holds(expression), testing::IsOkAndHolds(false)) << expression;
  }
}

TEST(SqlConditionTest, SaysWhichColumnsItLooksAt) {
  ASSERT_OK_AND_ASSIGN(const SqlCondition condition,
                       SqlCondition::Compile("b > 1 OR B < 0", {"a", "b"}));
  EXPECT_FALSE(condition.Uses(0));
  EXPECT_TRUE(condition.Uses(1));
}

TEST(SqlConditionTest, IsAskedAgainWithOtherValues) {
  ASSERT_OK_AND_ASSIGN(SqlCondition condition,
                       SqlCondition::Compile("a = 'x' AND b = 1", {"a", "b"}));
  condition.SetText(0, "x");
  condition.SetNumber(1, 1);
  EXPECT_THAT(condition.Holds(), testing::IsOkAndHolds(true));
  condition.SetNumber(1, 2);
  EXPECT_THAT(condition.Holds(), testing::IsOkAndHolds(false));
  condition.SetReal(1, 1.0);
  EXPECT_THAT(condition.Holds(), testing::IsOkAndHolds(true));
  condition.SetNull(0);
  EXPECT_THAT(condition.Holds(), testing::IsOkAndHolds(false));
}

TEST(SqlConditionTest, AMalformedExpressionSaysWhatSqliteSaysAndTheColumns) {
  EXPECT_THAT(Holds("total > 1"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("no such column: total"),
                             HasSubstr("event's columns position, type, "
                                       "data, none"))));
  for (const char* expression : {"",
                                 " ",
                                 "position >",
                                 "position = = 1",
                                 ")",
                                 "(",
                                 "1 2",
                                 "1;",
                                 "1; 2",
                                 ";",
                                 "/*",
                                 "--",
                                 "?",
                                 "position = ?1",
                                 "position = :a",
                                 "$x = 1",
                                 "@a",
                                 "type = \"a\"",
                                 "SELECT 1",
                                 "1 FROM event",
                                 "1, 2",
                                 "(1, 2)",
                                 "*",
                                 "1) FROM event WHERE (1",
                                 "1) UNION SELECT (1",
                                 "1) OR (1",
                                 "1 THEN 1 END, CASE WHEN 1",
                                 "1 AS x",
                                 "1 ORDER BY 1",
                                 "1 LIMIT 1"}) {
    EXPECT_THAT(Holds(expression), StatusIs(absl::StatusCode::kInvalidArgument))
        << expression;
  }
  EXPECT_THAT(Holds(std::string_view("1\0", 2)),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Holds(std::string(100'000, '1')),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Holds(std::string(5'000, '(') + "1" + std::string(5'000, ')')),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

// Nothing of the process, its files or other tables can be reached.
TEST(SqlConditionTest, RefusesAllThatIsNoExpressionOverTheColumns) {
  for (const char* expression :
       {"load_extension('x')",
        "fts3_tokenizer('simple')",
        "random()",
        "randomblob(9)",
        "zeroblob(9)",
        "sqlite_version()",
        "readfile('/x')",
        "writefile('/x', 1)",
        "last_insert_rowid()",
        "changes()",
        "(SELECT count(*) FROM sqlite_master)",
        "(SELECT 1 FROM sqlite_schema)",
        "(SELECT 1 FROM pragma_database_list)",
        "(SELECT 1 FROM dbstat)",
        "(SELECT 1 FROM sqlite_stmt)",
        "(SELECT file FROM pragma_database_list)",
        "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT count(*) FROM n)",
        "ATTACH '/tmp/x' AS y",
        "PRAGMA user_version",
        "VACUUM INTO '/tmp/x'",
        "1); DROP TABLE event; SELECT (1",
        "DELETE FROM event",
        "1 IN (DELETE FROM event)"}) {
    EXPECT_THAT(Holds(expression), StatusIs(absl::StatusCode::kInvalidArgument))
        << expression;
  }
  EXPECT_THAT(Holds("load_extension('x')"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("the function load_extension() is not "
                                 "allowed")));
}

TEST(SqlConditionTest, WhatCantBeEvaluatedIsAnErrorAndTheNextRowIsNot) {
  ASSERT_OK_AND_ASSIGN(SqlCondition condition,
                       SqlCondition::Compile("a ->> '$.x' = 1", {"a"}));
  condition.SetText(0, "{");
  EXPECT_THAT(condition.Holds(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                          HasSubstr("malformed JSON")));
  condition.SetText(0, R"({"x":1})");
  EXPECT_THAT(condition.Holds(), testing::IsOkAndHolds(true));
}

TEST(SqlConditionTest, AnEndlessEvaluationEnds) {
  std::string list = "'[0";
  for (int i = 1; i < 1'000; ++i) list += "," + std::to_string(i);
  list += "]'";
  const std::string each = "json_each(" + list + ")";
  EXPECT_THAT(Holds("(SELECT count(*) FROM " + each + " a, " + each + " b, " +
                    each + " c) > 0"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("takes too long")));
  EXPECT_THAT(Holds("type LIKE '" + std::string(1'000, '%') + "'"),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(Holds("length(printf('%*d', 1000000000, 1)) > 0"),
              ::testing::Not(testing::IsOkAndHolds(true)));
}

TEST(SqlConditionTest, AnInterruptEndsAnEvaluation) {
  SetReceivedSignal(2);
  const std::string each = "json_each('[1,2,3,4,5,6,7,8,9]')";
  EXPECT_THAT(Holds("(SELECT count(*) FROM " + each + " a, " + each + " b, " +
                    each + " c, " + each + " d, " + each + " e) > 0"),
              StatusIs(absl::StatusCode::kCancelled));
  SetReceivedSignal(0);
}

TEST(SqlConditionTest, ATextAboveTheLimitIsAnErrorOnce) {
  ASSERT_OK_AND_ASSIGN(SqlCondition condition,
                       SqlCondition::Compile("length(a) > 0", {"a"}));
  const std::string large(SqlCondition::kValueBytesMax + 1, 'x');
  condition.SetText(0, large);
  EXPECT_THAT(condition.Holds(),
              StatusIs(absl::StatusCode::kResourceExhausted));
  condition.SetText(0, "x");
  EXPECT_THAT(condition.Holds(), testing::IsOkAndHolds(true));
}

}  // namespace
}  // namespace daybook::tools
