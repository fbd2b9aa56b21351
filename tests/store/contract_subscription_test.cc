// Subscriptions: what is handed out, from where, how far, and what ends them.
// Durable ones: contract_durable_subscription_test.cc.

#include <atomic>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/store/contract.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::Duration kSoon = absl::Seconds(30);
constexpr absl::Duration kNow = absl::ZeroDuration();

class SubscriptionTest : public EventStoreContractTest {
 protected:
  using Handle = std::unique_ptr<Subscription>;

  Handle Subscribe(const SubscribeOptions& options = {}) {
    auto subscription = reader().Subscribe(options);
    EXPECT_OK(subscription);
    return subscription.ok() ? *std::move(subscription) : nullptr;
  }
  Handle SubscribeTo(EventFilter filter) {
    SubscribeOptions options;
    options.filter = std::move(filter);
    return Subscribe(options);
  }
  Handle SubscribeFromEnd() {
    SubscribeOptions options;
    options.from = SubscribeFrom::End();
    return Subscribe(options);
  }

  // Everything that is handed out until it has come to the head.
  std::vector<Event> TakeAll(Subscription& subscription) {
    std::vector<Event> events;
    const Position head = store().Head();
    while (subscription.next_position() < head) {
      const auto batch = subscription.Next(kNow);
      EXPECT_OK(batch);
      if (!batch.ok()) break;
      EXPECT_LE(batch->next_position, store().Head());
      for (const EventView& event : batch->events) {
        events.push_back(event.ToEvent());
      }
    }
    return events;
  }
  std::vector<Event> TakeAll(EventFilter filter) {
    return TakeAll(*SubscribeTo(std::move(filter)));
  }
};
DAYBOOK_FOR_EVERY_ENGINE(SubscriptionTest);

// --- Where it begins, and what comes -----------------------------------------

TEST_P(SubscriptionTest, FirstGivesWhatThereIsThenWhatComes) {
  AppendCounted("a", 3);
  const Handle all = Subscribe();
  EXPECT_THAT(Positions(TakeAll(*all)), ElementsAre(0, 1, 2));

  AppendCounted("b", 2);
  EXPECT_THAT(Positions(TakeAll(*all)), ElementsAre(3, 4));
  AppendCounted("a", 1);
  EXPECT_THAT(Positions(TakeAll(*all)), ElementsAre(5));
}

TEST_P(SubscriptionTest, GivesEventsAsReadsDo) {
  NewEvent rich = MakeEvent("rich", {"tag:1", "tag:2", ""});
  rich.tags.pop_back();
  rich.metadata.correlation_id = "c";
  rich.metadata.fields["k"] = "v";
  rich.occurred_at = clock_.Now() - absl::Hours(1);
  rich.source = "/source";
  rich.content_type = "text/plain";
  Append("a", {rich, MakeEvent("plain")});
  EXPECT_EQ(TakeAll(EventFilter{}), ReadLog());
  EXPECT_EQ(TakeAll({.stream = "a"}), ReadLog());
  EXPECT_EQ(TakeAll({.query = OneItem({.tags = {"tag:2"}})}),
            ReadLog({.limit = 1}));
}

TEST_P(SubscriptionTest, FromTheEndGivesOnlyWhatComes) {
  AppendCounted("a", 3);
  const Handle subscription = SubscribeFromEnd();
  EXPECT_THAT(TakeAll(*subscription), IsEmpty());

  AppendCounted("a", 2);
  EXPECT_THAT(Positions(TakeAll(*subscription)), ElementsAre(3, 4));
}

TEST_P(SubscriptionTest, FromAPointBeginsThere) {
  AppendCounted("a", 5);
  SubscribeOptions options;
  options.from = SubscribeFrom::At(Position(3));
  EXPECT_THAT(Positions(TakeAll(*Subscribe(options))), ElementsAre(3, 4));
  options.filter.stream = "a";
  EXPECT_THAT(Positions(TakeAll(*Subscribe(options))), ElementsAre(3, 4));
}

TEST_P(SubscriptionTest, FromAPointToComeWaitsForIt) {
  AppendCounted("a", 1);
  SubscribeOptions options;
  options.from = SubscribeFrom::At(Position(3));
  const Handle subscription = Subscribe(options);
  ASSERT_OK_AND_ASSIGN(EventBatch nothing, subscription->Next(kNow));
  EXPECT_THAT(nothing.events, IsEmpty());

  AppendCounted("a", 4);
  EXPECT_THAT(Positions(TakeAll(*subscription)), ElementsAre(3, 4));
}

TEST_P(SubscriptionTest, ManyMayFollowTheSame) {
  const Handle one = Subscribe();
  ASSERT_OK_AND_ASSIGN(const Handle two, store().Subscribe());
  AppendCounted("a", 2);
  ASSERT_OK_AND_ASSIGN(const Handle three, store().Subscribe());
  for (const Handle* each : {&one, &two, &three}) {
    EXPECT_THAT(Positions(TakeAll(**each)), ElementsAre(0, 1));
  }
}

TEST_P(SubscriptionTest, SystemEventsAreEventsOfTheLog) {
  AppendCounted("a", 1);
  ASSERT_OK(store().SetStreamMetadata("a", {.max_count = 5}));
  EXPECT_THAT(TakeAll(EventFilter{}), SizeIs(2));
  EXPECT_THAT(TakeAll({.stream = "$$a"}), SizeIs(1));
}

// --- What is wanted ----------------------------------------------------------

class FilteredSubscriptionTest : public SubscriptionTest {
 protected:
  // The same events before and while the subscriber follows.
  std::vector<uint64_t> TakeOldAndNew(EventFilter filter) {
    AppendMixture();
    const Handle subscription = SubscribeTo(std::move(filter));
    std::vector<uint64_t> positions = Positions(TakeAll(*subscription));
    AppendMixture();
    for (uint64_t position : Positions(TakeAll(*subscription))) {
      positions.push_back(position);
    }
    return positions;
  }
  void AppendMixture() {
    Append("order-1", {MakeEvent("placed", {"customer:7"})});
    Append("order-2", {MakeEvent("placed", {"customer:8"}),
                       MakeEvent("paid", {"customer:8", "card"})});
    Append("orderly", {MakeEvent("placed", {"customer:7", "card"})});
  }
};
DAYBOOK_FOR_EVERY_ENGINE(FilteredSubscriptionTest);

TEST_P(FilteredSubscriptionTest, OfAStream) {
  EXPECT_THAT(TakeOldAndNew({.stream = "order-2"}), ElementsAre(1, 2, 5, 6));
}
TEST_P(FilteredSubscriptionTest, OfAStreamThatIsStillToCome) {
  const Handle subscription = SubscribeTo({.stream = "order-2"});
  EXPECT_THAT(TakeAll(*subscription), IsEmpty());
  AppendMixture();
  EXPECT_THAT(Positions(TakeAll(*subscription)), ElementsAre(1, 2));
}
TEST_P(FilteredSubscriptionTest, OfACategory) {
  EXPECT_THAT(TakeOldAndNew({.category = "order"}),
              ElementsAre(0, 1, 2, 4, 5, 6));
}
TEST_P(FilteredSubscriptionTest, OfAPrefixOfStreams) {
  EXPECT_THAT(TakeOldAndNew({.stream_prefix = "orderl"}), ElementsAre(3, 7));
}
TEST_P(FilteredSubscriptionTest, OfTypes) {
  EXPECT_THAT(TakeOldAndNew({.query = OneItem({.types = {"paid", "x"}})}),
              ElementsAre(2, 6));
}
TEST_P(FilteredSubscriptionTest, OfTags) {
  EXPECT_THAT(TakeOldAndNew({.query = OneItem({.tags = {"customer:7"}})}),
              ElementsAre(0, 3, 4, 7));
}
TEST_P(FilteredSubscriptionTest, OfAnyItemOfAQuery) {
  EXPECT_THAT(TakeOldAndNew({.query = {{{.types = {"paid"}},
                                        {.tags = {"customer:7", "card"}}}}}),
              ElementsAre(2, 3, 6, 7));
}
TEST_P(FilteredSubscriptionTest, OfAllThatIsGiven) {
  EXPECT_THAT(
      TakeOldAndNew(
          {.category = "order",
           .query = OneItem({.tags = {"customer:8"}}),
           .where = [](const EventView& e) { return e.type == "paid"; }}),
      ElementsAre(2, 6));
}
TEST_P(FilteredSubscriptionTest, OfAStreamAndAQuery) {
  EXPECT_THAT(TakeOldAndNew({.stream = "order-2",
                             .query = OneItem({.types = {"placed"}})}),
              ElementsAre(1, 5));
}

TEST_P(FilteredSubscriptionTest, ErrorOfWhereEndsIt) {
  AppendMixture();
  int asked = 0;
  const Handle subscription =
      SubscribeTo({.where = [&](const EventView&) -> absl::StatusOr<bool> {
        if (++asked < 3) return false;
        return absl::OutOfRangeError("no such column");
      }});
  EXPECT_THAT(subscription->Next(kSoon),
              StatusIs(absl::StatusCode::kOutOfRange, "no such column"));
  EXPECT_THAT(subscription->Next(kSoon),
              StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_EQ(asked, 3);
}

TEST_P(FilteredSubscriptionTest, AThrowOfWhereEndsItToo) {
  AppendMixture();
  const Handle subscription =
      SubscribeTo({.where = [](const EventView&) -> absl::StatusOr<bool> {
        throw std::runtime_error("out of luck");
      }});
  EXPECT_THAT(subscription->Next(kSoon),
              StatusIs(absl::StatusCode::kUnknown, HasSubstr("threw")));
  EXPECT_THAT(subscription->Next(kSoon), StatusIs(absl::StatusCode::kUnknown));
}

TEST_P(FilteredSubscriptionTest, ABatchWithoutEventsSaysHowFarItLooked) {
  const Handle subscription = SubscribeTo({.stream = "none"});
  AppendMixture();
  EXPECT_THAT(TakeAll(*subscription), IsEmpty());
  ASSERT_OK_AND_ASSIGN(EventBatch batch, subscription->Next(kNow));
  EXPECT_THAT(batch.events, IsEmpty());
  EXPECT_EQ(batch.next_position, Position(4));
}

TEST_P(FilteredSubscriptionTest, WhatAStreamHidesIsLeftOut) {
  AppendCounted("a", 5);
  ASSERT_OK(store().SetStreamMetadata("a", {.truncate_before = Revision(3)}));
  EXPECT_THAT(Positions(TakeAll({.stream = "a"})), ElementsAre(3, 4));

  ASSERT_OK(store().DeleteStream("a"));
  const Handle subscription = SubscribeTo({.stream = "a"});
  EXPECT_THAT(TakeAll(*subscription), IsEmpty());
  const AppendResult again = AppendCounted("a", 1);
  EXPECT_THAT(Positions(TakeAll(*subscription)),
              ElementsAre(again.first_position.value()));
}

TEST_P(FilteredSubscriptionTest, BadFiltersAreRefused) {
  const auto subscribe = [&](EventFilter filter) {
    SubscribeOptions options;
    options.filter = std::move(filter);
    return store().Subscribe(options);
  };
  EXPECT_THAT(subscribe({.stream = std::string(2000, 'x')}),
              StatusIs(kInvalidArgument));
  EXPECT_THAT(subscribe({.category = "\xff"}), StatusIs(kInvalidArgument));
  EXPECT_THAT(subscribe({.stream_prefix = std::string(2000, 'x')}),
              StatusIs(kInvalidArgument));
  EXPECT_THAT(subscribe({.query = Query{std::vector<QueryItem>(2000)}}),
              StatusIs(kInvalidArgument));
}

// --- Batches and waiting -----------------------------------------------------

TEST_P(SubscriptionTest, ABatchHoldsNoMoreThanAskedFor) {
  AppendCounted("a", 5);
  SubscribeOptions options;
  options.batch_count_max = 2;
  const Handle subscription = Subscribe(options);
  std::vector<size_t> counts;
  std::vector<uint64_t> reached;
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK_AND_ASSIGN(EventBatch batch, subscription->Next(kSoon));
    counts.push_back(batch.events.size());
    reached.push_back(batch.next_position.value());
    EXPECT_EQ(subscription->next_position(), batch.next_position);
  }
  EXPECT_THAT(counts, ElementsAre(2, 2, 1));
  EXPECT_THAT(reached, ElementsAre(2, 4, 5));
}

TEST_P(SubscriptionTest, NothingToComeIsAnEmptyBatchAfterTheTimeout) {
  AppendCounted("a", 1);
  const Handle subscription = SubscribeFromEnd();
  ASSERT_OK_AND_ASSIGN(EventBatch batch,
                       subscription->Next(absl::Milliseconds(1)));
  EXPECT_THAT(batch.events, IsEmpty());
  EXPECT_EQ(batch.next_position, Position(1));
}

TEST_P(SubscriptionTest, NextWaitsForAnEvent) {
  const Handle subscription = Subscribe();
  std::thread appender([&] {
    absl::SleepFor(absl::Milliseconds(5));
    AppendCounted("a", 1);
  });
  ASSERT_OK_AND_ASSIGN(EventBatch batch,
                       subscription->Next(absl::InfiniteDuration()));
  EXPECT_THAT(batch.events, SizeIs(1));
  appender.join();
}

TEST_P(SubscriptionTest, ViewsOfABatchHoldUntilTheNextOne) {
  const Handle subscription = Subscribe();
  AppendCounted("a", 1);
  ASSERT_OK_AND_ASSIGN(EventBatch batch, subscription->Next(kSoon));
  for (int i = 0; i < 100; ++i) AppendCounted("b", 20);
  EXPECT_EQ(batch.events[0].stream, "a");
  EXPECT_EQ(batch.events[0].payload, "payload of counted");
}

TEST_P(SubscriptionTest, SaysWhenItIsReady) {
  const Handle subscription = Subscribe();
  std::atomic<int> ready = 0;
  subscription->NotifyWhenReady([&] { ++ready; });
  EXPECT_EQ(ready, 0);
  AppendCounted("a", 1);
  // Soon, on a thread of its own maybe.
  while (ready == 0) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_EQ(ready, 1);

  // There is something to say still.
  subscription->NotifyWhenReady([&] { ++ready; });
  EXPECT_EQ(ready, 2);
}

TEST_P(SubscriptionTest, ReadyIsCalledWhenItIsCancelledOrTheStoreCloses) {
  const Handle cancelled = Subscribe();
  const Handle left = Subscribe();
  std::atomic<int> ready = 0;
  cancelled->NotifyWhenReady([&] { ++ready; });
  left->NotifyWhenReady([&] { ++ready; });
  cancelled->Cancel();
  EXPECT_EQ(ready, 1);
  ASSERT_OK(store().Close(kSoon));
  EXPECT_EQ(ready, 2);
}

TEST_P(SubscriptionTest, CancelEndsWhoWaitsAndAllThatFollow) {
  AppendCounted("a", 1);
  const Handle subscription = SubscribeFromEnd();
  std::thread canceller([&] {
    absl::SleepFor(absl::Milliseconds(5));
    subscription->Cancel();
  });
  EXPECT_THAT(subscription->Next(absl::InfiniteDuration()),
              StatusIs(absl::StatusCode::kCancelled));
  canceller.join();
  AppendCounted("a", 1);
  EXPECT_THAT(subscription->Next(kSoon),
              StatusIs(absl::StatusCode::kCancelled));
}

TEST_P(SubscriptionTest, ClosingTheStoreEndsWhoWaits) {
  const Handle subscription = Subscribe();
  std::thread closer([&] {
    absl::SleepFor(absl::Milliseconds(5));
    EXPECT_OK(store().Close(kSoon));
  });
  EXPECT_THAT(subscription->Next(absl::InfiniteDuration()),
              StatusIs(kUnavailable));
  closer.join();
  EXPECT_THAT(subscription->Next(kNow), StatusIs(kUnavailable));
  EXPECT_THAT(store().Subscribe(), StatusIs(kUnavailable));
}

TEST_P(SubscriptionTest, MayOutliveTheStore) {
  AppendCounted("a", 3);
  const Handle subscription = Subscribe();
  EXPECT_THAT(TakeAll(*subscription), SizeIs(3));
  Open();
  EXPECT_THAT(subscription->Next(kSoon), StatusIs(kUnavailable));
  EXPECT_OK(subscription->Acknowledge());
  subscription->Cancel();
}

TEST_P(SubscriptionTest, WithoutANameAcknowledgingDoesNothing) {
  AppendCounted("a", 1);
  const Handle subscription = Subscribe();
  TakeAll(*subscription);
  EXPECT_OK(subscription->Acknowledge());
  EXPECT_OK(subscription->Acknowledge(Position(0)));
  EXPECT_THAT(store().ListSubscriptions(), IsOkAndHolds(IsEmpty()));
}

}  // namespace
}  // namespace daybook
