// Subscriptions that call a handler, on their own thread and on an executor.

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "daybook/store/push_subscription.h"
#include "store/mutex.h"
#include "tests/store/contract.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr absl::Duration kSoon = absl::Seconds(30);

// Set once. Not absl::Notification, which ThreadSanitizer can't see into.
class Flag {
 public:
  void Set() {
    MutexLock lock(&mutex_);
    is_set_ = true;
    changed_.SignalAll();
  }
  void Wait() {
    MutexLock lock(&mutex_);
    while (!is_set_) changed_.Wait(&mutex_);
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool is_set_ ABSL_GUARDED_BY(mutex_) = false;
};

// Collects what a handler is given, and waits for it.
class Collector {
 public:
  BatchHandler Handler() {
    return [this](const EventBatch& batch) {
      EXPECT_FALSE(batch.events.empty());
      MutexLock lock(&mutex_);
      for (const EventView& event : batch.events) {
        positions_.push_back(event.position.value());
      }
      changed_.SignalAll();
      return absl::OkStatus();
    };
  }
  std::vector<uint64_t> WaitFor(size_t count) {
    MutexLock lock(&mutex_);
    while (positions_.size() < count) changed_.Wait(&mutex_);
    return positions_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::vector<uint64_t> positions_ ABSL_GUARDED_BY(mutex_);
};

class PushSubscriptionTest : public EventStoreContractTest {
 protected:
  using Handle = std::unique_ptr<PushSubscription>;

  Handle Start(BatchHandler handler, const SubscribeOptions& options = {},
               const PushOptions& push_options = {}) {
    auto started = PushSubscription::Start(store(), options, std::move(handler),
                                           push_options);
    EXPECT_OK(started);
    return started.ok() ? *std::move(started) : nullptr;
  }

  const std::shared_ptr<Executor> executor_ = Executor::Threads(2);
};
DAYBOOK_FOR_EVERY_ENGINE(PushSubscriptionTest);

TEST_P(PushSubscriptionTest, HandlesWhatThereIsAndWhatComes) {
  for (const bool own_thread : {true, false}) {
    Open();
    AppendCounted("a", 2);
    Collector collector;
    const Handle subscription =
        Start(collector.Handler(), {},
              {.executor = own_thread ? nullptr : executor_});
    EXPECT_THAT(collector.WaitFor(2), ElementsAre(0, 1));
    AppendCounted("a", 1);
    EXPECT_THAT(collector.WaitFor(3), ElementsAre(0, 1, 2));
    AppendCounted("a", 1);
    EXPECT_THAT(collector.WaitFor(4), ElementsAre(0, 1, 2, 3));
    EXPECT_OK(subscription->status());
  }
}

TEST_P(PushSubscriptionTest, WhatTheHandlerAcceptedIsAcknowledged) {
  SubscribeOptions options;
  options.name = "s";
  const AppendResult appended = AppendCounted("a", 2);
  Collector collector;
  const Handle subscription = Start(collector.Handler(), options);
  EXPECT_OK(store().WaitHandled("s", appended.last_position, kSoon));
}

TEST_P(PushSubscriptionTest, AFailureEndsItAndTheBatchComesAgain) {
  SubscribeOptions options;
  options.name = "s";
  AppendCounted("a", 1);
  {
    const Handle subscription = Start(
        [](const EventBatch&) { return absl::OutOfRangeError("no"); }, options);
    EXPECT_THAT(subscription->Await(kSoon),
                StatusIs(absl::StatusCode::kOutOfRange, "no"));
  }
  Collector collector;
  const Handle again = Start(collector.Handler(), options);
  EXPECT_THAT(collector.WaitFor(1), ElementsAre(0));
}

TEST_P(PushSubscriptionTest, WhatAHandlerThrowsEndsIt) {
  AppendCounted("a", 1);
  const Handle subscription = Start([](const EventBatch&) -> absl::Status {
    throw std::runtime_error("out of luck");
  });
  EXPECT_THAT(subscription->Await(kSoon),
              StatusIs(absl::StatusCode::kUnknown, HasSubstr("out of luck")));
}

// Who looks why it ended begins anew under its name.
TEST_P(PushSubscriptionTest, OneThatHasEndedLetsGoOfItsName) {
  SubscribeOptions options;
  options.name = "s";
  AppendCounted("a", 1);
  const Handle failed = Start(
      [](const EventBatch&) { return absl::OutOfRangeError("no"); }, options);
  EXPECT_FALSE(failed->Await(kSoon).ok());

  Collector collector;
  const Handle again = Start(collector.Handler(), options);

  EXPECT_THAT(collector.WaitFor(1), ElementsAre(0));
  failed->Cancel();
}

TEST_P(PushSubscriptionTest, CancelledItHandsOutNoMore) {
  for (const bool own_thread : {true, false}) {
    Open();
    std::atomic<int> handled = 0;
    const Handle subscription =
        Start([&](const EventBatch&) { return ++handled, absl::OkStatus(); },
              {}, {.executor = own_thread ? nullptr : executor_});
    EXPECT_THAT(subscription->Await(absl::Milliseconds(1)),
                StatusIs(kDeadlineExceeded));
    subscription->Cancel();
    EXPECT_THAT(subscription->Await(kSoon),
                StatusIs(absl::StatusCode::kCancelled));
    AppendCounted("a", 1);
    EXPECT_EQ(handled, 0);
  }
}

TEST_P(PushSubscriptionTest, DestroyingItWaitsForTheHandlerAndFreesTheName) {
  SubscribeOptions options;
  options.name = "s";
  for (const bool own_thread : {true, false}) {
    Open();
    AppendCounted("a", 1);
    Flag entered;
    std::atomic<bool> left = false;
    Handle subscription = Start(
        [&](const EventBatch&) {
          entered.Set();
          absl::SleepFor(absl::Milliseconds(10));
          left = true;
          return absl::OkStatus();
        },
        options, {.executor = own_thread ? nullptr : executor_});
    entered.Wait();
    subscription.reset();
    EXPECT_TRUE(left);
    EXPECT_OK(store().WaitHandled("s", Position(0), absl::ZeroDuration()));
    EXPECT_OK(store().Subscribe(options));
  }
}

TEST_P(PushSubscriptionTest, AHandlerMayDestroyItsOwn) {
  for (const bool own_thread : {true, false}) {
    Open();
    AppendCounted("a", 1);
    Handle subscription;
    Flag set;
    Flag destroyed;
    subscription = Start(
        [&](const EventBatch&) {
          set.Wait();
          subscription.reset();
          destroyed.Set();
          return absl::OkStatus();
        },
        {}, {.executor = own_thread ? nullptr : executor_});
    set.Set();
    destroyed.Wait();
  }
}

TEST_P(PushSubscriptionTest, AHandlerMayAppend) {
  std::atomic<int> handled = 0;
  Flag enough;
  const Handle subscription = Start([&](const EventBatch& batch) {
    for (size_t i = 0; i < batch.events.size(); ++i) {
      if (++handled == 10) enough.Set();
      if (handled < 10) AppendCounted("a", 1);
    }
    return absl::OkStatus();
  });
  AppendCounted("a", 1);
  enough.Wait();
}

TEST_P(PushSubscriptionTest, ManyShareFewThreads) {
  std::vector<std::unique_ptr<Collector>> collectors;
  std::vector<Handle> subscriptions;
  for (int i = 0; i < 50; ++i) {
    collectors.push_back(std::make_unique<Collector>());
    subscriptions.push_back(
        Start(collectors.back()->Handler(), {}, {.executor = executor_}));
  }
  for (int i = 0; i < 20; ++i) AppendCounted("a", 2);
  for (const auto& collector : collectors) collector->WaitFor(40);
}

TEST_P(PushSubscriptionTest, ClosingWaitsForTheBatchOfOneThatIsBehindNoLonger) {
  for (int i = 0; i < 30; ++i) AppendCounted("a", 300);
  Flag entered;
  Flag closing;
  const Handle subscription = Start([&](const EventBatch&) {
    entered.Set();
    closing.Wait();
    return absl::OkStatus();
  });
  entered.Wait();
  std::thread closer([&] { EXPECT_OK(store().Close(kSoon)); });
  EXPECT_THAT(store().WaitForEvent(Position(9'999), kSoon),
              StatusIs(kUnavailable));
  closing.Set();
  closer.join();
  EXPECT_THAT(subscription->Await(kSoon), StatusIs(kUnavailable));
}

TEST_P(PushSubscriptionTest, EndsWhenTheStoreCloses) {
  for (const bool own_thread : {true, false}) {
    Open();
    Collector collector;
    const Handle subscription =
        Start(collector.Handler(), {},
              {.executor = own_thread ? nullptr : executor_});
    AppendCounted("a", 1);
    collector.WaitFor(1);
    ASSERT_OK(store().Close(kSoon));
    EXPECT_THAT(subscription->Await(kSoon), StatusIs(kUnavailable));
  }
}

}  // namespace
}  // namespace daybook
