// DAYBOOK_SEED: tests/tools/seeded_random.h.

#include "tools/known_appends.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/seeded_random.h"
#include "tools/append_window.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::SeededRandom;

AppendRequest Request(int number, int events = 1) {
  AppendRequest request;
  request.key = absl::StrCat("key ", number);
  for (int i = 0; i < events; ++i) {
    request.events.push_back({absl::StrCat("s-", i),
                              {.type = "t",
                               .payload = absl::StrCat(number),
                               .tags = {"a", "b"},
                               .metadata = {.actor = "me"},
                               .occurred_at = absl::FromUnixSeconds(number)}});
  }
  return request;
}

class KnownAppendsTest : public ::testing::Test {
 protected:
  // The end of the append.
  Position Append(const AppendRequest& request) {
    const absl::StatusOr<AppendResult> result = store_->Append(request);
    EXPECT_OK(result);
    return result.ok() ? result->last_position : Position();
  }

  std::unique_ptr<EventStore> store_ = EventStore::OpenInMemory();
  KnownAppends known_{*store_};
};

TEST_F(KnownAppendsTest, NothingIsKnownBeforeOneIsFound) {
  Append(Request(0));
  EXPECT_FALSE(known_.GoesOnWith(Request(0)));
}

TEST_F(KnownAppendsTest, WhatFollowsTheOneFoundIsKnown) {
  const Position first = Append(Request(0));
  Append(Request(1, 3));
  Append(Request(2));
  known_.Found(first);
  EXPECT_TRUE(known_.GoesOnWith(Request(1, 3)));
  EXPECT_TRUE(known_.GoesOnWith(Request(2)));
  EXPECT_FALSE(known_.GoesOnWith(Request(3)));
}

TEST_F(KnownAppendsTest, AFewAppendsOfOthersInBetweenArePassed) {
  const Position first = Append(Request(0));
  for (int i = 100; i < 110; ++i) Append(Request(i, 2));
  Append(Request(1));
  known_.Found(first);
  EXPECT_TRUE(known_.GoesOnWith(Request(1)));
}

TEST_F(KnownAppendsTest, AfterAMissItWaitsForTheNextOneFound) {
  const Position first = Append(Request(0));
  const Position second = Append(Request(1));
  Append(Request(2));
  known_.Found(first);
  EXPECT_FALSE(known_.GoesOnWith(Request(9)));
  EXPECT_FALSE(known_.GoesOnWith(Request(1)));
  known_.Found(second);
  EXPECT_TRUE(known_.GoesOnWith(Request(2)));
}

// Whatever differs, it is for the store to say what comes of it.
TEST_F(KnownAppendsTest, TheSameKeyWithAnyOtherContentIsNotKnown) {
  const Position first = Append(Request(0));
  Append(Request(1, 2));
  const auto known_with = [&](auto&& change) {
    AppendRequest request = Request(1, 2);
    change(request);
    known_.Found(first);
    return known_.GoesOnWith(request);
  };
  EXPECT_TRUE(known_with([](AppendRequest&) {}));
  EXPECT_FALSE(known_with([](auto& r) { r.events.pop_back(); }));
  EXPECT_FALSE(known_with([](auto& r) { r.events.push_back(r.events[0]); }));
  EXPECT_FALSE(known_with([](auto& r) { r.events[1].stream = "x"; }));
  EXPECT_FALSE(known_with([](auto& r) { r.events[1].event.type = "x"; }));
  EXPECT_FALSE(known_with([](auto& r) { r.events[1].event.payload = "x"; }));
  EXPECT_FALSE(
      known_with([](auto& r) { r.events[1].event.content_type = "x"; }));
  EXPECT_FALSE(known_with([](auto& r) { r.events[1].event.tags = {"a"}; }));
  EXPECT_FALSE(known_with([](auto& r) {
    r.events[1].event.tags = {"b", "a"};
  }));
  EXPECT_FALSE(
      known_with([](auto& r) { r.events[1].event.metadata.actor = ""; }));
  EXPECT_FALSE(
      known_with([](auto& r) { r.events[1].event.occurred_at.reset(); }));
  EXPECT_FALSE(known_with([](auto& r) { r.events[1].event.source = "/x"; }));
  EXPECT_FALSE(known_with([](auto& r) { r.events[1].event.id = EventId(); }));
  EXPECT_FALSE(
      known_with([](auto& r) { r.events[1].event.schema = SchemaHash(7); }));
}

// With or without it, a window appends and counts the same.
TEST_F(KnownAppendsTest, AWindowThatAsksItDoesAsOneThatDoesNot) {
  SeededRandom random;
  for (int round = 0; round < 100; ++round) {
    const auto plain = EventStore::OpenInMemory();
    const auto asking = EventStore::OpenInMemory();
    KnownAppends known(*asking);
    AppendWindow plain_window(*plain);
    AppendWindow asking_window(*asking, &known);
    for (int i = 0; i < 200; ++i) {
      // Mostly one after the other, over and over, with jumps.
      const int number = random.OneIn(15) ? static_cast<int>(random.Below(60))
                                          : i % (1 + round);
      const AppendRequest request = Request(number, 1 + number % 3);
      ASSERT_OK(plain_window.Add(request));
      ASSERT_OK(asking_window.Add(request));
    }
    ASSERT_OK(plain_window.Finish());
    ASSERT_OK(asking_window.Finish());
    ASSERT_EQ(asking->Head(), plain->Head());
    ASSERT_EQ(asking_window.events_appended(), plain_window.events_appended());
    ASSERT_EQ(asking_window.events_repeated(), plain_window.events_repeated());
  }
}

}  // namespace
}  // namespace daybook::tools
