// The events of `generate shop`; the command itself: generate_shop_test.cc.
// DAYBOOK_SEED: tests/tools/seeded_random.h.

#include "tools/shop.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/seeded_random.h"
#include "tools/shop.pb.h"

namespace daybook::tools {
namespace {

namespace v1 = daybook::shop::v1;

using ::daybook::testing::SeededRandom;
using ::testing::Contains;
using ::testing::StartsWith;

std::vector<StreamEvent> EventsOf(uint64_t seed, uint64_t streams,
                                  size_t count) {
  Shop shop(seed, streams);
  std::vector<StreamEvent> events;
  while (events.size() < count) shop.Step(count - events.size(), events);
  return events;
}

// All there is in each of them.
std::vector<std::string> TextsOf(const std::vector<StreamEvent>& events) {
  std::vector<std::string> texts;
  texts.reserve(events.size());
  for (const auto& [stream, event] : events) {
    texts.push_back(absl::StrCat(
        stream, " ", event.type, " ", absl::CHexEscape(event.payload), " ",
        absl::StrJoin(event.tags, ","), " ", event.id->ToString(), " ",
        absl::FormatTime(*event.occurred_at, absl::UTCTimeZone())));
  }
  return texts;
}

template <typename Message>
Message Parsed(const StreamEvent& event) {
  Message message;
  EXPECT_TRUE(message.ParseFromString(event.event.payload));
  EXPECT_EQ(message.SerializeAsString(), event.event.payload);
  return message;
}

// The number in the name of a stream: 7 of "cart-7".
uint64_t NumberOf(const StreamEvent& event) {
  return std::stoull(event.stream.substr(event.stream.find('-') + 1));
}

TEST(ShopTest, TheSameSeedAndStreamsGiveTheSameEventsToTheByte) {
  SeededRandom random;
  const uint64_t seed = random.Below(UINT64_MAX);
  EXPECT_EQ(TextsOf(EventsOf(seed, 100, 3000)),
            TextsOf(EventsOf(seed, 100, 3000)));
}

TEST(ShopTest, AnotherSeedOrNumberOfStreamsGivesOthers) {
  const std::vector<std::string> one = TextsOf(EventsOf(1, 100, 50));
  EXPECT_NE(one, TextsOf(EventsOf(2, 100, 50)));
  EXPECT_NE(one, TextsOf(EventsOf(1, 1000, 50)));
}

TEST(ShopTest, MoreEventsBeginWithTheSameOnes) {
  // But for the last ones, for which less room may be left.
  std::vector<std::string> few = TextsOf(EventsOf(1, 100, 1000));
  std::vector<std::string> many = TextsOf(EventsOf(1, 100, 2000));
  few.resize(990);
  many.resize(990);
  EXPECT_EQ(many, few);
}

TEST(ShopTest, AStepTakesNoMoreThanItsRoom) {
  SeededRandom random;
  Shop shop(random.Below(1'000'000), 20);
  for (int i = 0; i < 5000; ++i) {
    const uint64_t room = 1 + random.Below(3);
    std::vector<StreamEvent> events;
    shop.Step(room, events);
    ASSERT_GE(events.size(), 1u);
    ASSERT_LE(events.size(), room);
  }
}

TEST(ShopTest, StreamsAreNoMoreThanAskedFor) {
  for (const uint64_t count : {2u, 3u, 10u, 101u}) {
    std::set<std::string> names;
    for (const StreamEvent& event : EventsOf(1, count, 5000)) {
      names.insert(event.stream);
    }
    EXPECT_LE(names.size(), count);
    EXPECT_GE(names.size() + 1, count);
  }
}

TEST(ShopTest, AFewStreamsHaveMostOfTheEvents) {
  std::map<std::string, size_t> counts;
  const std::vector<StreamEvent> events = EventsOf(1, 2000, 20'000);
  for (const StreamEvent& event : events) ++counts[event.stream];
  std::vector<size_t> longest;
  longest.reserve(counts.size());
  for (const auto& [stream, count] : counts) longest.push_back(count);
  std::sort(longest.rbegin(), longest.rend());
  size_t of_first_tenth = 0;
  for (size_t i = 0; i < longest.size() / 10; ++i) of_first_tenth += longest[i];
  EXPECT_GT(of_first_tenth, events.size() / 2);
}

TEST(ShopTest, EveryEventHasAnIdATimeAndItsTags) {
  std::set<std::string> ids;
  absl::Time before = absl::InfinitePast();
  const std::vector<StreamEvent> events = EventsOf(1, 100, 3000);
  for (const StreamEvent& event : events) {
    ids.insert(event.event.id->ToString());
    ASSERT_GE(*event.event.occurred_at, before);
    before = *event.event.occurred_at;
    const std::string room = event.stream.substr(0, event.stream.find('-'));
    EXPECT_THAT(event.event.tags[0], StartsWith(room + ":"));
    EXPECT_THAT(event.event.tags, Contains(StartsWith("customer:")));
    EXPECT_EQ(event.event.content_type, "application/x-protobuf");
  }
  EXPECT_EQ(ids.size(), events.size());
}

// What a shop knows, told by its events alone: each payload parses as the
// message of its type, and agrees with the events before it.
class ShopLedger {
 public:
  void Take(const StreamEvent& event) {
    const std::string& type = event.event.type;
    const uint64_t number = NumberOf(event);
    if (type == "cart.opened") {
      EXPECT_EQ(Parsed<v1::CartOpened>(event).cart(), number);
      EXPECT_FALSE(open_[number]);
      open_[number] = true;
    } else if (type == "cart.item-added") {
      const auto added = Parsed<v1::ItemAdded>(event);
      EXPECT_TRUE(open_[number]);
      EXPECT_GE(added.quantity(), 1u);
      items_[number][added.sku()] += added.quantity();
      EXPECT_EQ(prices_.emplace(added.sku(), added.price_cents()).first->second,
                added.price_cents());
    } else if (type == "cart.item-removed") {
      const auto removed = Parsed<v1::ItemRemoved>(event);
      EXPECT_EQ(items_[number][removed.sku()], removed.quantity());
      items_[number].erase(removed.sku());
    } else if (type == "cart.checked-out") {
      const auto out = Parsed<v1::CartCheckedOut>(event);
      EXPECT_EQ(out.total_cents(), TotalOf(number));
      EXPECT_GT(out.order(), last_order_);
      last_order_ = out.order();
      total_cents_[out.order()] = out.total_cents();
      open_[number] = false;
    } else if (type == "order.placed") {
      const auto placed = Parsed<v1::OrderPlaced>(event);
      EXPECT_EQ(placed.order(), last_order_);
      EXPECT_EQ(placed.cart(), number);
      std::map<std::string, uint64_t> lines;
      for (const v1::OrderLine& line : placed.lines()) {
        lines[line.sku()] = line.quantity();
      }
      EXPECT_EQ(lines, items_[number]);
      items_[number].clear();
    } else if (type == "order.paid") {
      const auto paid = Parsed<v1::OrderPaid>(event);
      EXPECT_EQ(paid.amount_cents(), total_cents_[paid.order()]);
      EXPECT_NE(paid.method(), v1::PAYMENT_METHOD_UNSPECIFIED);
    } else {
      EXPECT_EQ(type, "order.shipped");
      EXPECT_THAT(Parsed<v1::OrderShipped>(event).parcel(), StartsWith("P"));
    }
    ++types_[type];
  }
  size_t type_count() const { return types_.size(); }

 private:
  uint64_t TotalOf(uint64_t cart) {
    uint64_t cents = 0;
    for (const auto& [sku, quantity] : items_[cart]) {
      cents += quantity * prices_[sku];
    }
    return cents;
  }

  std::map<uint64_t, bool> open_;
  std::map<uint64_t, std::map<std::string, uint64_t>> items_;
  std::map<std::string, uint64_t> prices_;
  std::map<uint64_t, uint64_t> total_cents_;
  uint64_t last_order_ = 0;
  std::map<std::string, int> types_;
};

TEST(ShopTest, PayloadsParseAndTellOneStory) {
  SeededRandom random;
  ShopLedger ledger;
  for (const StreamEvent& event : EventsOf(random.Below(1'000'000), 40, 5000)) {
    ledger.Take(event);
  }
  EXPECT_EQ(ledger.type_count(), 7u);
}

}  // namespace
}  // namespace daybook::tools
