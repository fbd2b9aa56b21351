// Durable subscriptions: checkpoints, what is handed out again, operators'
// actions, and WaitHandled().

#include <memory>
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

constexpr absl::Duration kSoon = absl::Seconds(30);
constexpr absl::Duration kNow = absl::ZeroDuration();

class DurableSubscriptionTest : public EventStoreContractTest {
 protected:
  using Handle = std::unique_ptr<Subscription>;

  static SubscribeOptions Named(std::string name, EventFilter filter = {}) {
    SubscribeOptions options;
    options.name = std::move(name);
    options.filter = std::move(filter);
    return options;
  }
  Handle Subscribe(const SubscribeOptions& options) {
    auto subscription = store().Subscribe(options);
    EXPECT_OK(subscription);
    return subscription.ok() ? *std::move(subscription) : nullptr;
  }
  // Takes what there is, without acknowledging it.
  std::vector<uint64_t> Take(Subscription& subscription) {
    std::vector<uint64_t> positions;
    while (subscription.next_position() < store().Head()) {
      const auto batch = subscription.Next(kNow);
      EXPECT_OK(batch);
      if (!batch.ok()) break;
      for (const EventView& event : batch->events) {
        positions.push_back(event.position.value());
      }
    }
    return positions;
  }
  // What a new subscription of the name is given.
  std::vector<uint64_t> TakeAgain(const SubscribeOptions& options) {
    return Take(*Subscribe(options));
  }
  Position CheckpointOf(std::string_view name) {
    return Value(store().GetSubscription(name)).checkpoint;
  }
};
DAYBOOK_FOR_EVERY_ENGINE(DurableSubscriptionTest);

// --- Checkpoints -------------------------------------------------------------

TEST_P(DurableSubscriptionTest, GoesOnAfterWhatWasAcknowledged) {
  AppendCounted("a", 5);
  {
    const Handle subscription = Subscribe(Named("s"));
    Take(*subscription);
    EXPECT_OK(subscription->Acknowledge(Position(2)));
  }
  EXPECT_THAT(TakeAgain(Named("s")), ElementsAre(3, 4));
}

TEST_P(DurableSubscriptionTest, NothingAcknowledgedComesAgainAfterACleanClose) {
  AppendCounted("a", 5);
  {
    const Handle subscription = Subscribe(Named("s"));
    Take(*subscription);
    EXPECT_OK(subscription->Acknowledge(Position(3)));
    Reopen();
  }
  EXPECT_THAT(TakeAgain(Named("s")), ElementsAre(4));
}

TEST_P(DurableSubscriptionTest, WithoutAcknowledgementAllComesAgain) {
  AppendCounted("a", 3);
  EXPECT_THAT(TakeAgain(Named("s")), ElementsAre(0, 1, 2));
  EXPECT_THAT(TakeAgain(Named("s")), ElementsAre(0, 1, 2));
}

TEST_P(DurableSubscriptionTest, AcknowledgingLessThanBeforeChangesNothing) {
  AppendCounted("a", 3);
  const Handle subscription = Subscribe(Named("s"));
  Take(*subscription);
  EXPECT_OK(subscription->Acknowledge(Position(1)));
  EXPECT_OK(subscription->Acknowledge(Position(0)));
  EXPECT_EQ(CheckpointOf("s"), Position(2));
}

TEST_P(DurableSubscriptionTest, WhatWasNotHandedOutCanNotBeAcknowledged) {
  AppendCounted("a", 3);
  SubscribeOptions options = Named("s");
  options.batch_count_max = 1;
  const Handle subscription = Subscribe(options);
  EXPECT_THAT(subscription->Acknowledge(Position(0)),
              StatusIs(kInvalidArgument));
  ASSERT_OK(subscription->Next(kSoon));
  EXPECT_OK(subscription->Acknowledge(Position(0)));
  EXPECT_THAT(subscription->Acknowledge(Position(1)),
              StatusIs(kInvalidArgument, HasSubstr("not handed out")));
  EXPECT_EQ(CheckpointOf("s"), Position(1));
}

TEST_P(DurableSubscriptionTest, ACheckpointIsPartOfTheStoreSoonEvenIfIdle) {
  AppendCounted("a", 3);
  const Handle subscription = Subscribe(Named("s"));
  Take(*subscription);
  ASSERT_OK(subscription->Acknowledge());
  while (Value(store().GetSubscription("s")).stored_checkpoint < Position(3)) {
    absl::SleepFor(absl::Milliseconds(5));
  }
}

TEST_P(DurableSubscriptionTest, WithoutMatchesTheCheckpointAdvancesAllTheSame) {
  const Handle subscription = Subscribe(Named("s", {.stream = "rare"}));
  AppendCounted("often", 100);
  EXPECT_THAT(Take(*subscription), IsEmpty());
  EXPECT_EQ(CheckpointOf("s"), Position(100));
}

TEST_P(DurableSubscriptionTest, OneInAHundredThousandIsFoundAndTheRestPassed) {
  options_.durability = Durability::None();
  Open();
  constexpr uint64_t kRareAt = 100'000;
  const SubscribeOptions by_tag =
      Named("by-tag", {.query = OneItem({.tags = {"rare"}})});
  const SubscribeOptions by_where =
      Named("by-where",
            {.where = [](const EventView& e) { return e.type == "rare"; }});
  const std::vector<NewEvent> often(1000, MakeEvent("often", {"often"}));
  for (uint64_t i = 0; i < kRareAt; i += often.size()) Append("a", often);
  {
    // One has everything before it, the other half of it.
    const Handle where = Subscribe(by_where);
    EXPECT_THAT(Take(*where), IsEmpty());
    // A client tells the holder a moment later.
    EXPECT_OK(store().WaitHandled("by-where", Position(kRareAt - 1),
                                  absl::Seconds(60)));
    EXPECT_EQ(CheckpointOf("by-where"), Position(kRareAt));
    Append("a", {MakeEvent("rare", {"rare"})});
    for (uint64_t i = 0; i < kRareAt; i += often.size()) Append("a", often);
    EXPECT_THAT(Take(*where), ElementsAre(kRareAt));
    EXPECT_OK(where->Acknowledge());
    const Handle tag = Subscribe(by_tag);
    EXPECT_THAT(Take(*tag), ElementsAre(kRareAt));
    EXPECT_OK(tag->Acknowledge(Position(kRareAt)));
  }
  Reopen();
  EXPECT_EQ(CheckpointOf("by-tag"), store().Head());
  EXPECT_EQ(CheckpointOf("by-where"), store().Head());
}

TEST_P(DurableSubscriptionTest, WhatIsHandedOutHoldsTheCheckpointBack) {
  AppendCounted("often", 10);
  AppendCounted("rare", 1);
  AppendCounted("often", 10);
  const Handle subscription = Subscribe(Named("s", {.stream = "rare"}));
  EXPECT_THAT(Take(*subscription), ElementsAre(10));
  AppendCounted("often", 10);
  EXPECT_THAT(Take(*subscription), IsEmpty());
  EXPECT_LE(CheckpointOf("s"), Position(10));

  EXPECT_OK(subscription->Acknowledge(Position(10)));
  EXPECT_EQ(CheckpointOf("s"), Position(31));
}

TEST_P(DurableSubscriptionTest, BeginsWhereItIsToldOnlyTheFirstTime) {
  AppendCounted("a", 4);
  SubscribeOptions options = Named("s");
  options.from = SubscribeFrom::End();
  EXPECT_THAT(TakeAgain(options), IsEmpty());
  AppendCounted("a", 1);
  EXPECT_THAT(TakeAgain(options), ElementsAre(4));
  options.from = SubscribeFrom::Beginning();
  EXPECT_THAT(TakeAgain(options), ElementsAre(4));
}

TEST_P(DurableSubscriptionTest, AfterClosingAcknowledgingIsUnavailable) {
  AppendCounted("a", 1);
  const Handle subscription = Subscribe(Named("s"));
  Take(*subscription);
  ASSERT_OK(store().Close(kSoon));
  EXPECT_THAT(subscription->Acknowledge(), StatusIs(kUnavailable));
}

// --- Names and filters -------------------------------------------------------

TEST_P(DurableSubscriptionTest, BadNamesAreRefused) {
  for (const std::string& name : {std::string(257, 'n'), std::string("a\0b", 3),
                                  std::string("\xff"), std::string("$mine")}) {
    EXPECT_THAT(store().Subscribe(Named(name)), StatusIs(kInvalidArgument));
    EXPECT_THAT(store().DeleteSubscription(name), StatusIs(kInvalidArgument));
  }
  EXPECT_OK(store().Subscribe(Named(std::string(256, 'n'))));
  EXPECT_THAT(store().GetSubscription(""), StatusIs(kInvalidArgument));
}

TEST_P(DurableSubscriptionTest, IsOpenOnceAtATime) {
  Handle subscription = Subscribe(Named("s"));
  EXPECT_THAT(store().Subscribe(Named("s")),
              StatusIs(kFailedPrecondition, HasSubstr("open already")));
  EXPECT_OK(store().Subscribe(Named("t")));
  subscription.reset();
  EXPECT_OK(store().Subscribe(Named("s")));
}

TEST_P(DurableSubscriptionTest, AnotherFilterMustBeAccepted) {
  AppendCounted("a", 2);
  AppendCounted("b", 2);
  SubscribeOptions options = Named("s", {.stream = "a"});
  {
    const Handle subscription = Subscribe(options);
    Take(*subscription);
    ASSERT_OK(subscription->Acknowledge());
  }
  options.filter.stream = "b";
  EXPECT_THAT(store().Subscribe(options),
              StatusIs(kFailedPrecondition, HasSubstr("other events")));
  options.accept_changed_filter = true;
  AppendCounted("b", 1);
  EXPECT_THAT(TakeAgain(options), ElementsAre(4));
  EXPECT_EQ(Value(store().GetSubscription("s")).filter.stream, "b");
}

TEST_P(DurableSubscriptionTest, BeyondTheHeadItDoesNotBegin) {
  SubscribeOptions options = Named("s");
  options.from = SubscribeFrom::At(Position(1));
  EXPECT_THAT(store().Subscribe(options), StatusIs(kInvalidArgument));
  EXPECT_THAT(store().GetSubscription("s"), StatusIs(kNotFound));
}

// --- Looking, resetting, deleting --------------------------------------------

TEST_P(DurableSubscriptionTest, InfoSaysWhatItFollowsAndHowFarBehindItIs) {
  const EventFilter filter = {
      .category = "order",
      .stream_prefix = "order-1",
      .query = {{{.types = {"placed"}, .tags = {"a", "b"}},
                 {.category = "order", .correlation_id = "c"}}}};
  AppendCounted("order-1", 2);
  clock_.Advance(absl::Seconds(60));
  AppendCounted("order-1", 3);
  clock_.Advance(absl::Seconds(5));
  const Handle subscription = Subscribe(Named("s", filter));

  const SubscriptionInfo info = Value(store().GetSubscription("s"));
  EXPECT_EQ(info.name, "s");
  EXPECT_TRUE(info.open);
  EXPECT_EQ(info.filter.category, "order");
  EXPECT_EQ(info.filter.stream_prefix, "order-1");
  ASSERT_EQ(info.filter.query.items.size(), 2u);
  EXPECT_EQ(info.filter.query.items[0].tags, filter.query.items[0].tags);
  EXPECT_EQ(info.filter.query.items[1].correlation_id, "c");
  EXPECT_EQ(info.created_at, clock_.Now());
  EXPECT_EQ(info.lag_count, 5u);
  EXPECT_EQ(info.lag, absl::Seconds(65));

  Take(*subscription);
  ASSERT_OK(subscription->Acknowledge());
  EXPECT_EQ(Value(store().GetSubscription("s")).lag_count, 0u);
  EXPECT_EQ(Value(store().GetSubscription("s")).lag, absl::ZeroDuration());
}

TEST_P(DurableSubscriptionTest, ListNamesAllInOrderOpenOrNot) {
  const Handle b = Subscribe(Named("b"));
  Subscribe(Named("a"));
  Subscribe(Named("c"));
  std::vector<std::string> names;
  for (const SubscriptionInfo& info : Value(reader().ListSubscriptions())) {
    names.push_back(info.name);
  }
  EXPECT_THAT(names, ElementsAre("a", "b", "c"));
}

TEST_P(DurableSubscriptionTest, ResetGoesBackOrForward) {
  AppendCounted("a", 4);
  {
    const Handle subscription = Subscribe(Named("s"));
    Take(*subscription);
    ASSERT_OK(subscription->Acknowledge());
  }
  ASSERT_OK(store().ResetSubscription("s", Position(2)));
  EXPECT_THAT(TakeAgain(Named("s")), ElementsAre(2, 3));
  Reopen();
  EXPECT_THAT(TakeAgain(Named("s")), ElementsAre(2, 3));
  ASSERT_OK(store().ResetSubscription("s", Position(4)));
  EXPECT_THAT(TakeAgain(Named("s")), IsEmpty());
}

TEST_P(DurableSubscriptionTest, ResetIsRefusedWhileOpenAndBeyondTheHead) {
  Handle subscription = Subscribe(Named("s"));
  EXPECT_THAT(store().ResetSubscription("s", Position(0)),
              StatusIs(kFailedPrecondition));
  EXPECT_THAT(store().DeleteSubscription("s"), StatusIs(kFailedPrecondition));
  subscription.reset();
  EXPECT_THAT(store().ResetSubscription("s", Position(1)),
              StatusIs(kInvalidArgument));
  EXPECT_THAT(store().ResetSubscription("t", Position(0)),
              StatusIs(kNotFound, HasSubstr("\"t\"")));
}

TEST_P(DurableSubscriptionTest, DeletedItIsForgotten) {
  AppendCounted("a", 2);
  {
    const Handle subscription = Subscribe(Named("s", {.stream = "a"}));
    Take(*subscription);
    ASSERT_OK(subscription->Acknowledge());
  }
  ASSERT_OK(store().DeleteSubscription("s"));
  EXPECT_THAT(store().GetSubscription("s"), StatusIs(kNotFound));
  EXPECT_THAT(store().DeleteSubscription("s"), StatusIs(kNotFound));
  EXPECT_THAT(TakeAgain(Named("s")), ElementsAre(0, 1));
}

TEST_P(DurableSubscriptionTest, DamagedRowsAreToldOfAndCanBeDeleted) {
  Subscribe(Named("s"));
  RowBatch damage;
  damage.Put(std::string("\x07\x01s", 3), "short");
  ASSERT_OK(store().WriteRows(damage));
  Reopen();
  if (Persistent()) {
    EXPECT_THAT(store().Subscribe(Named("s")),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr("delete it")));
  }
  EXPECT_OK(store().DeleteSubscription("s"));
  EXPECT_OK(store().Subscribe(Named("s")));
}

TEST_P(DurableSubscriptionTest, ACheckpointBeyondTheLogIsRefusedUntilReset) {
  if (!Persistent()) GTEST_SKIP() << "nothing is read again";
  Subscribe(Named("s"));
  RowBatch ahead;
  ahead.Put(std::string("\x07\x01s", 3), std::string("\0\0\0\0\0\0\0\x09", 8));
  ASSERT_OK(store().WriteRows(ahead));
  Reopen();
  EXPECT_THAT(store().Subscribe(Named("s")),
              StatusIs(kFailedPrecondition, HasSubstr("reset it")));
  ASSERT_OK(store().ResetSubscription("s", Position(0)));
  EXPECT_OK(store().Subscribe(Named("s")));
}

// --- WaitHandled -------------------------------------------------------------

TEST_P(DurableSubscriptionTest, WaitHandledReturnsOnceItIsAcknowledged) {
  const Handle subscription = Subscribe(Named("s"));
  const AppendResult appended = AppendCounted("a", 1);
  EXPECT_THAT(store().WaitHandled("s", appended.last_position, kNow),
              StatusIs(kDeadlineExceeded, HasSubstr("not yet 0")));
  std::thread handler([&] {
    Take(*subscription);
    EXPECT_OK(subscription->Acknowledge());
  });
  EXPECT_OK(store().WaitHandled("s", appended.last_position, kSoon));
  handler.join();
  EXPECT_OK(store().WaitHandled("s", appended.last_position, kNow));
}

TEST_P(DurableSubscriptionTest, WaitHandledKnowsOneThatIsNotOpen) {
  AppendCounted("a", 2);
  {
    const Handle subscription = Subscribe(Named("s"));
    Take(*subscription);
    EXPECT_OK(subscription->Acknowledge(Position(0)));
  }
  Reopen();
  EXPECT_OK(store().WaitHandled("s", Position(0), kNow));
  EXPECT_THAT(store().WaitHandled("s", Position(1), kNow),
              StatusIs(kDeadlineExceeded));
}

TEST_P(DurableSubscriptionTest, WaitHandledOfNobodyIsNotFound) {
  EXPECT_THAT(store().WaitHandled("s", Position(0), kSoon),
              StatusIs(kNotFound));
  Subscribe(Named("s"));
  std::thread deleter([&] {
    absl::SleepFor(absl::Milliseconds(5));
    EXPECT_OK(store().DeleteSubscription("s"));
  });
  EXPECT_THAT(store().WaitHandled("s", Position(0), kSoon),
              StatusIs(kNotFound));
  deleter.join();
}

TEST_P(DurableSubscriptionTest, WaitHandledEndsWhenTheStoreCloses) {
  Subscribe(Named("s"));
  std::thread closer([&] {
    absl::SleepFor(absl::Milliseconds(5));
    EXPECT_OK(store().Close(kSoon));
  });
  EXPECT_THAT(store().WaitHandled("s", Position(0), kSoon),
              StatusIs(kUnavailable));
  closer.join();
}

}  // namespace
}  // namespace daybook
