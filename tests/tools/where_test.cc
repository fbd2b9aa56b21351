// --where: SQL expressions over events.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/replay/cart.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/command_runner.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class WhereTest : public ::testing::Test {
 protected:
  WhereTest() {
    daybook_({"init"});
    for (int i = 0; i < 10; ++i) {
      daybook_.clock().Advance(absl::Seconds(1));
      daybook_({"append", i % 2 == 0 ? "order-1" : "cart-1", "--type",
                i == 7 ? "rare" : "common", "--data",
                R"({"total":)" + std::to_string(i) + "}", "--tag",
                "n:" + std::to_string(i)});
    }
  }

  // The payloads of `read --all --where EXPRESSION`.
  std::string Payloads(const std::string& expression,
                       const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"read",     "--all",    "--where",
                                          expression, "--format", "raw"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const CommandResult result = daybook_(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }

  CommandRunner daybook_;
};

TEST_F(WhereTest, EveryColumnCanBeAskedFor) {
  const std::string seven = "{\"total\":7}\n";
  for (const char* expression :
       {"position = 7", "stream = 'cart-1' AND revision = 3",
        "category = 'cart' AND data ->> '$.total' = 7", "type = 'rare'",
        "'n:7' IN (SELECT value FROM json_each(tags))",
        "data ->> '$.total' BETWEEN 6.5 AND 7.5",
        "recorded_at LIKE '%:48.000000Z'", "length(id) = 36 AND position = 7",
        "content_type = 'application/json' AND position = 7",
        "time IS NULL AND metadata = '{}' AND source NOT NULL "
        "AND position = 7"}) {
    EXPECT_EQ(Payloads(expression), seven) << expression;
  }
}

TEST_F(WhereTest, FiltersBeforeTheLimitCountsAndInAnyFormatAndDirection) {
  EXPECT_EQ(Payloads("data ->> '$.total' > 3", {"--limit", "2"}),
            "{\"total\":4}\n{\"total\":5}\n");
  EXPECT_EQ(Payloads("data ->> '$.total' < 9", {"--limit", "1", "--backward"}),
            "{\"total\":8}\n");
  for (const char* format : {"table", "json", "csv"}) {
    const CommandResult result = daybook_(
        {"read", "order-1", "--where", "type = 'none'", "--format", format});
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_THAT(result.out, ::testing::Not(HasSubstr("total"))) << format;
  }
}

TEST_F(WhereTest, AMalformedExpressionIsAUsageErrorBeforeTheStoreIsOpened) {
  const CommandResult result =
      daybook_({"--store", "none", "read", "--all", "--where", "total > 1"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("no such column: total"));
  EXPECT_THAT(result.err, HasSubstr("recorded_at"));
}

TEST_F(WhereTest, WhatCantBeEvaluatedNamesThePosition) {
  const CommandResult result =
      daybook_({"read", "--all", "--where", "json_extract(type, '$.x') = 1"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("position 0: "));
}

TEST_F(WhereTest, APayloadThatIsNoJsonIsNull) {
  daybook_({"append", "s", "--type", "t", "--data", "text"});
  daybook_({"append", "s", "--type", "t", "--data", "{", "--content-type",
            "application/json"});
  EXPECT_EQ(Payloads("stream = 's' AND data IS NULL"), "text\n{\n");
  EXPECT_THAT(Payloads("stream = 's' AND data ->> '$.x' > 0"), IsEmpty());
}

TEST_F(WhereTest, NumbersOf64BitsInMessagesCompareAsNumbers) {
  tests::v1::ItemAdded item = testing::Added("tea", 1);
  item.set_price_cents(99);
  ASSERT_OK(
      Append(daybook_.store(), "cart-2", ExpectedRevision::NoStream(), item));
  EXPECT_THAT(Payloads("data ->> '$.priceCents' > 100"), IsEmpty());
  EXPECT_THAT(Payloads("data ->> '$.priceCents' = 99"), HasSubstr("tea"));
}

}  // namespace
}  // namespace daybook::tools
