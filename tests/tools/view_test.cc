// daybook view: built-in projections and a program's own, now and as of then.

#include <nlohmann/json.hpp>

#include "daybook/projections/registry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/replay/cart.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/command_runner.h"
#include "tools/interrupt.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::Added;
using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// How many of what is in carts, and a row that goes when it comes to nothing.
struct Stock {
  static constexpr std::string_view kName = "stock";
  static constexpr int kVersion = 1;
  using Key = tests::v1::NotAnEvent;
  using Row = tests::v1::CartTotal;
  using Events = EventSet<tests::v1::ItemAdded>;

  static Key KeyOf(const tests::v1::ItemAdded& added) {
    Key key;
    key.set_text(added.sku());
    return key;
  }
  static absl::StatusOr<RowFate> Apply(Row& row,
                                       const tests::v1::ItemAdded& added) {
    if (added.quantity() == 666) return absl::InternalError("not this one");
    row.set_quantity(row.quantity() + added.quantity());
    return added.quantity() == 0 ? RowFate::kRemove : RowFate::kKeep;
  }
};

class ViewTest : public ::testing::Test {
 protected:
  ViewTest() {
    daybook_({"init"});
    registry_.AddProjection<Stock>();
    registry_.AddDecider<testing::Cart>("cart");
    daybook_.set_registry(&registry_);
  }

  void Append(const std::string& stream, const std::string& type,
              const std::string& data,
              const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"append", stream,   "--type",
                                          type,     "--data", data};
    arguments.insert(arguments.end(), more.begin(), more.end());
    ASSERT_EQ(daybook_(arguments).exit_code, 0);
  }
  std::string View(const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"view", "--format", "json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const CommandResult result = daybook_(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }

  Registry registry_;
  CommandRunner daybook_;
};

TEST_F(ViewTest, CountCountsByTypeUnlessAskedOtherwise) {
  Append("order-1", "placed", "{}", {"--tag", "a", "--tag", "b"});
  Append("order-1", "paid", "{}", {"--tag", "a"});
  Append("cart-1", "paid", "{}");
  EXPECT_EQ(View({"count"}),
            "{\"key\":\"paid\",\"count\":2}\n"
            "{\"key\":\"placed\",\"count\":1}\n");
  EXPECT_EQ(View({"count", "--by", "category"}),
            "{\"key\":\"cart\",\"count\":1}\n"
            "{\"key\":\"order\",\"count\":2}\n");
  EXPECT_EQ(View({"count", "--by", "tag"}),
            "{\"key\":\"a\",\"count\":2}\n{\"key\":\"b\",\"count\":1}\n");
  EXPECT_EQ(View({"count", "--by", "stream", "--where", "count > 1"}),
            "{\"key\":\"order-1\",\"count\":2}\n");
}

TEST_F(ViewTest, HoursAreWhenItWasRecordedUnlessOccurredIsAskedFor) {
  Append("a", "t", "{}", {"--time", "2015-09-12T02:46:58+02:00"});
  Append("a", "t", "{}");
  EXPECT_EQ(View({"count", "--by", "hour"}),
            "{\"key\":\"2026-03-03T01:00:00Z\",\"count\":2}\n");
  EXPECT_EQ(View({"count", "--by", "hour", "--occurred"}),
            "{\"key\":\"2015-09-12T00:00:00Z\",\"count\":1}\n");
}

TEST_F(ViewTest, LatestHasTheLastValueOfEachFieldAsItWasWritten) {
  Append("a", "t", R"({"x": 12345678901234567890.10, "y": [1, 2], "z": "s"})");
  Append("a", "t", R"({"y": null, "é\n": {"k": "v"}})");
  Append("a", "t", "no json");
  Append("a", "t", "[1]");
  EXPECT_EQ(View({"latest"}),
            R"({"stream":"a","fields":{"x":12345678901234567890.10,)"
            R"("y":null,"z":"s","é\n":{"k":"v"}}})"
            "\n");
}

TEST_F(ViewTest, LatestDecodesMessagesByTheirStoredSchemas) {
  tests::v1::ItemAdded item = Added("tea", 2);
  item.set_price_cents(150);
  ASSERT_OK(daybook::Append(daybook_.store(), "cart-1",
                            ExpectedRevision::NoStream(), item));
  EXPECT_EQ(View({"latest", "--where", "fields ->> '$.priceCents' > 100"}),
            R"({"stream":"cart-1","fields":{"cart":"","notes":{},)"
            R"("priceCents":150,"quantity":2,"sku":"tea"}})"
            "\n");
  EXPECT_THAT(View({"latest", "--where", "fields ->> '$.priceCents' > 200"}),
              IsEmpty());
}

TEST_F(ViewTest, AMessageThatDoesNotParseIsAnErrorWithItsPosition) {
  ASSERT_OK(daybook::Append(daybook_.store(), "cart-1",
                            ExpectedRevision::NoStream(), Added("tea", 2)));
  const Position before = daybook_.store().Head();
  ASSERT_OK_AND_ASSIGN(const Event good,
                       daybook_.store().ReadEvent(before.Previous()));
  ASSERT_OK(daybook_.store().Append(
      "cart-1", ExpectedRevision::Any(),
      {{.type = good.type,
        .payload = "\x08",
        .content_type = std::string(kProtobufContentType),
        .schema = good.schema}}));
  const CommandResult result = daybook_({"view", "latest"});
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_THAT(result.err,
              HasSubstr("position " + std::to_string(before.value())));
}

TEST_F(ViewTest, TimelineHasFirstAndLastAndTypesInTheirOrder) {
  Append("a", "t2", "{}");
  Append("b", "t1", "{}");
  daybook_.clock().Advance(absl::Milliseconds(1500));
  Append("a", "t1", "{}");
  Append("a", "t2", "{}");
  EXPECT_EQ(View({"timeline", "--where", "stream = 'a'"}),
            R"({"stream":"a","count":3,"firstPosition":0,"lastPosition":3,)"
            R"("firstTime":"2026-03-03T01:06:40Z",)"
            R"("lastTime":"2026-03-03T01:06:41.500Z",)"
            R"("types":["t2","t1"],"moreTypes":false})"
            "\n");
}

TEST_F(ViewTest, TimelineListsAtMostAHundredTypes) {
  for (int i = 0; i < 101; ++i) Append("a", "t" + std::to_string(i), "{}");
  const nlohmann::json row = nlohmann::json::parse(View({"timeline"}));
  EXPECT_EQ(row["types"].size(), 100u);
  EXPECT_EQ(row["moreTypes"], true);
}

TEST_F(ViewTest, AsOfIsAPositionOrWhenItWasRecorded) {
  Append("a", "t", "{}", {"--time", "2015-01-01T00:00:00Z"});
  daybook_.clock().Advance(absl::Hours(1));
  Append("a", "t", "{}", {"--time", "2014-01-01T00:00:00Z"});
  const std::string one = "{\"key\":\"t\",\"count\":1}\n";
  EXPECT_EQ(View({"count", "--as-of", "@0"}), one);
  EXPECT_EQ(View({"count", "--as-of", "-30m"}), one);
  EXPECT_EQ(View({"count", "--as-of", "2014-06-01", "--occurred"}), one);
  EXPECT_THAT(View({"count", "--as-of", "2013-06-01", "--occurred"}),
              IsEmpty());
  EXPECT_THAT(View({"count", "--as-of", "-2h"}), IsEmpty());
}

TEST_F(ViewTest, OfAThousandEqualTimesAllAreIn) {
  for (int i = 0; i < 1000; ++i) {
    ASSERT_OK(
        daybook_.store().Append("a", ExpectedRevision::Any(), {{.type = "t"}}));
  }
  daybook_.clock().Advance(absl::Microseconds(1));
  Append("a", "t", "{}");
  EXPECT_EQ(View({"count", "--as-of", "2026-03-03T01:06:40Z"}),
            "{\"key\":\"t\",\"count\":1000}\n");
  EXPECT_THAT(View({"count", "--as-of", "2026-03-03T01:06:39.999999Z"}),
              IsEmpty());
}

TEST_F(ViewTest, WhatIsDeletedNowIsStillInTheLog) {
  Append("a", "t", "{}");
  daybook_({"delete", "a", "--yes", "--reason", "r"});
  EXPECT_EQ(View({"count"}), "{\"key\":\"t\",\"count\":1}\n");
}

TEST_F(ViewTest, AProgramsOwnProjectionIsShownByItsDescriptors) {
  for (const auto& [sku, quantity] :
       std::vector<std::pair<std::string, uint32_t>>{
           {"tea", 2}, {"milk", 1}, {"tea", 3}, {"milk", 0}}) {
    ASSERT_OK(daybook::Append(daybook_.store(), "cart-1",
                              ExpectedRevision::Any(), Added(sku, quantity)));
  }
  EXPECT_EQ(View({"stock"}),
            R"({"text":"tea","quantity":5,"note":"","numbers":[]})"
            "\n");
  EXPECT_EQ(View({"stock", "--as-of", "@2", "--where",
                  "quantity < 2 AND row ->> '$.text' = 'milk'"}),
            R"({"text":"milk","quantity":1,"note":"","numbers":[]})"
            "\n");
  EXPECT_EQ(daybook_({"view", "stock", "--format", "csv"}).out,
            "text,quantity,note,numbers\r\ntea,5,,[]\r\n");
  EXPECT_THAT(daybook_({"view", "stock"}).out, HasSubstr("tea          5"));
}

TEST_F(ViewTest, AFoldThatFailsHalfWayPrintsNoRowAndSaysWhere) {
  ASSERT_OK(daybook::Append(daybook_.store(), "cart-1", ExpectedRevision::Any(),
                            Added("tea", 1), Added("tea", 666)));
  const CommandResult result = daybook_({"view", "stock"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("position 2"), HasSubstr("not this one")));
}

TEST_F(ViewTest, AnInterruptEndsTheFold) {
  Append("a", "t", "{}");
  SetReceivedSignal(2);
  const CommandResult result = daybook_({"view", "count"});
  SetReceivedSignal(0);
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_THAT(result.out, IsEmpty());
}

TEST_F(ViewTest, AnUnknownNameListsThoseThatAreKnown) {
  const CommandResult result = daybook_({"view", "sales"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.err,
            "daybook: there is no projection \"sales\": known are count, "
            "latest, timeline, cart, stock\n");
  EXPECT_THAT(daybook_({"view", "cart"}).err, HasSubstr("--with cart"));
  EXPECT_EQ(daybook_({"view", "latest", "--by", "tag"}).exit_code, 2);
  EXPECT_EQ(daybook_({"view", "count", "--by", "moon"}).exit_code, 2);
  EXPECT_EQ(daybook_({"view", "count", "--as-of", "#3"}).exit_code, 2);
  EXPECT_EQ(daybook_({"view", "count", "--where", "total > 1"}).exit_code, 2);
}

}  // namespace
}  // namespace daybook::tools
