// Eight threads append, eight follow, in every way there is, coming and going
// at random: what each was handed out must be what a read of the log gives for
// the same stretch. Run it under ThreadSanitizer too (tools/dev tsan).
//
// DAYBOOK_FAULT_SECONDS, DAYBOOK_SEED: tests/testing/fault_run.h.

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/store/event_store.h"
#include "daybook/store/push_subscription.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/mutex.h"
#include "tests/testing/engines.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using testing::Draw;
using testing::FaultRun;
using testing::OneIn;
using testing::Random;

constexpr int kAppenders = 8;
constexpr int kSubscribers = 8;

// What is kept of an event.
struct Seen {
  uint64_t position;
  uint64_t revision;
  std::string text;
  friend bool operator==(const Seen&, const Seen&) = default;
};
Seen SeenOf(const EventView& event) {
  return {event.position.value(), event.revision.value(),
          absl::StrCat(std::string(event.stream), "|", std::string(event.type),
                       "|", std::string(event.payload))};
}

// A filter, and the same said in other words.
struct Wanted {
  EventFilter filter;
  std::function<bool(const EventView&)> model;
};

bool HasTag(const EventView& event, std::string_view tag) {
  for (std::string_view each : event.tags) {
    if (each == tag) return true;
  }
  return false;
}

Wanted DrawWanted(Random& random) {
  const std::string n = absl::StrCat(Draw(random, 6));
  switch (Draw(random, 9)) {
    case 0:
      return {{.stream = "a-" + n},
              [n](const EventView& e) { return e.stream == "a-" + n; }};
    case 1:
      return {{.category = "a"},
              [](const EventView& e) { return e.stream.starts_with("a-"); }};
    case 2:
      return {{.stream_prefix = "b"},
              [](const EventView& e) { return e.stream.starts_with("b"); }};
    case 3:
      return {{.query = {{{.tags = {"tag:" + n}}}}},
              [n](const EventView& e) { return HasTag(e, "tag:" + n); }};
    case 4:
      return {{.query = {{{.types = {"type-" + n}, .tags = {"tag:1"}},
                          {.tags = {"rare"}}}}},
              [n](const EventView& e) {
                return (e.type == "type-" + n && HasTag(e, "tag:1")) ||
                       HasTag(e, "rare");
              }};
    case 5:
      return {
          {.where =
               [](const EventView& e) { return e.payload.size() % 3 == 0; }},
          [](const EventView& e) { return e.payload.size() % 3 == 0; }};
    case 6:
      return {{.stream = "b-" + n, .query = {{{.types = {"type-1"}}}}},
              [n](const EventView& e) {
                return e.stream == "b-" + n && e.type == "type-1";
              }};
    case 7:
      return {{.query = {{{.tags = {"rare"}}}}},
              [](const EventView& e) { return HasTag(e, "rare"); }};
    default:
      return {{}, [](const EventView&) { return true; }};
  }
}

class SubscriptionRaceTest
    : public ::testing::TestWithParam<testing::EngineFactory> {
 protected:
  void Open(Durability durability) {
    StoreOptions options;
    options.durability = durability;
    options.memory_budget = MemoryBudget::Create(16 << 20);
    engine_ = GetParam().make(options);
  }
  EventStore& store() { return engine_->store(); }

  // Every second one is beside the process that holds the store, where there is
  // such a thing.
  EventStore& store_of(int number) {
    return number % 2 == 0 ? engine_->store() : engine_->held();
  }

  void AppendUntilStopped(EventStore& store, uint64_t seed);
  // One subscriber's stay.
  void Follow(EventStore& store, Random& random, int number);
  void FollowPulled(EventStore& store, Random& random,
                    const SubscribeOptions& options, const Wanted& wanted);
  void FollowPushed(EventStore& store, Random& random,
                    const SubscribeOptions& options, const Wanted& wanted);
  // Whether `seen` is what is wanted of [begin, end).
  void Check(const Wanted& wanted, Position begin, Position end,
             const std::vector<Seen>& seen);

  std::unique_ptr<testing::Engine> engine_;
  const std::shared_ptr<Executor> executor_ = Executor::Threads(2);
  std::atomic<bool> stopped_ = false;
  std::atomic<uint64_t> appended_ = 0;
  std::atomic<uint64_t> handed_out_ = 0;
  std::atomic<uint64_t> stays_ = 0;
};

void SubscriptionRaceTest::AppendUntilStopped(EventStore& store,
                                              uint64_t seed) {
  Random random(seed);
  while (!stopped_) {
    AppendRequest request;
    const uint64_t count =
        OneIn(random, 20) ? Draw(random, 400) + 1 : Draw(random, 4) + 1;
    for (uint64_t i = 0; i < count; ++i) {
      NewEvent event;
      event.type = absl::StrCat("type-", Draw(random, 6));
      event.payload.assign(Draw(random, 300), static_cast<char>('a' + i % 26));
      event.tags.push_back(absl::StrCat("tag:", Draw(random, 6)));
      if (OneIn(random, 5000)) event.tags.emplace_back("rare");
      request.events.push_back(
          {absl::StrCat(OneIn(random, 2) ? "a-" : "b-", Draw(random, 6)),
           std::move(event)});
    }
    EXPECT_OK(store.Append(request));
    appended_ += count;
    if (OneIn(random, 50)) absl::SleepFor(absl::Milliseconds(Draw(random, 5)));
  }
}

void SubscriptionRaceTest::Check(const Wanted& wanted, Position begin,
                                 Position end, const std::vector<Seen>& seen) {
  ASSERT_LE(end, store().Head());
  if (begin >= end) {
    ASSERT_TRUE(seen.empty());
    return;
  }
  ASSERT_OK_AND_ASSIGN(EventCursor cursor,
                       store().ReadLog({.from = begin, .to = end.Previous()}));
  size_t at = 0;
  for (const EventView& event : cursor) {
    if (!wanted.model(event)) continue;
    ASSERT_LT(at, seen.size()) << "position " << event.position << " of ["
                               << begin << ", " << end << ") is missing";
    ASSERT_EQ(seen[at].position, event.position.value())
        << "of [" << begin << ", " << end << ")";
    ASSERT_EQ(seen[at], SeenOf(event));
    ++at;
  }
  ASSERT_OK(cursor.status());
  ASSERT_EQ(at, seen.size())
      << "position " << seen[at].position << " is too many";
  handed_out_ += seen.size();
  ++stays_;
}

void SubscriptionRaceTest::FollowPulled(EventStore& store, Random& random,
                                        const SubscribeOptions& options,
                                        const Wanted& wanted) {
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Subscription> subscription,
                       store.Subscribe(options));
  const Position begin = subscription->next_position();
  std::vector<Seen> seen;
  Position end = begin;
  const uint64_t steps = Draw(random, 200);
  for (uint64_t i = 0; i < steps && seen.size() < 50'000; ++i) {
    ASSERT_OK_AND_ASSIGN(
        const EventBatch batch,
        subscription->Next(absl::Microseconds(Draw(random, 3000))));
    ASSERT_LE(batch.events.size(), options.batch_count_max);
    ASSERT_GE(batch.next_position, end);
    if (options.durable_only && batch.next_position > begin) {
      ASSERT_LE(batch.next_position, store.DurableHead());
    }
    for (const EventView& event : batch.events) seen.push_back(SeenOf(event));
    end = batch.next_position;
    if (OneIn(random, 3)) {
      ASSERT_OK(subscription->Acknowledge());
    }
    // A slow one falls behind what is in memory.
    if (OneIn(random, 50)) absl::SleepFor(absl::Milliseconds(Draw(random, 50)));
  }
  Check(wanted, begin, end, seen);
}

void SubscriptionRaceTest::FollowPushed(EventStore& store, Random& random,
                                        const SubscribeOptions& options,
                                        const Wanted& wanted) {
  // The handler and this thread in turn.
  Mutex mutex;
  std::vector<Seen> seen;
  Position end;
  std::optional<Position> begin;
  PushOptions push_options;
  if (OneIn(random, 2)) push_options.executor = executor_;
  SubscribeOptions from_known = options;
  from_known.from = SubscribeFrom::At(store.Head());
  begin = end = *from_known.from.position();
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<PushSubscription> subscription,
                       PushSubscription::Start(
                           store, from_known,
                           [&](const EventBatch& batch) {
                             MutexLock lock(&mutex);
                             for (const EventView& event : batch.events) {
                               seen.push_back(SeenOf(event));
                             }
                             end = batch.next_position;
                             return absl::OkStatus();
                           },
                           push_options));
  absl::SleepFor(absl::Milliseconds(Draw(random, 30)));
  subscription.reset();
  MutexLock lock(&mutex);
  Check(wanted, *begin, end, seen);
}

void SubscriptionRaceTest::Follow(EventStore& store, Random& random,
                                  int number) {
  const Wanted wanted = DrawWanted(random);
  SubscribeOptions options;
  options.filter = wanted.filter;
  options.batch_count_max = OneIn(random, 3) ? 1 + Draw(random, 5) : 1024;
  options.durable_only = OneIn(random, 4);
  switch (Draw(random, 4)) {
    case 0:
      options.from = SubscribeFrom::End();
      break;
    case 1:
      break;
    default:
      const uint64_t head = store.Head().value();
      options.from = SubscribeFrom::At(
          Position(head - std::min(head, Draw(random, 20'000))));
  }
  if (OneIn(random, 3)) {
    FollowPushed(store, random, options, wanted);
    return;
  }
  if (OneIn(random, 4)) {
    options.name = absl::StrCat("follower-", number);
    options.accept_changed_filter = true;
  }
  FollowPulled(store, random, options, wanted);
}

TEST_P(SubscriptionRaceTest, EverySubscribersListIsThatOfTheLog) {
  FaultRun run;
  Open(OneIn(run.random(), 2) ? Durability::Interval(absl::Milliseconds(5))
                              : Durability::None());
  std::vector<std::thread> appenders;
  std::vector<std::thread> subscribers;
  for (int i = 0; i < kAppenders; ++i) {
    appenders.emplace_back([&, i, seed = run.random()()] {
      AppendUntilStopped(store_of(i), seed);
    });
  }
  for (int i = 0; i < kSubscribers; ++i) {
    subscribers.emplace_back([&, i, seed = run.random()()] {
      Random random(seed);
      do {
        Follow(store_of(i), random, i);
      } while (run.TimeLeft() && !HasFailure());
    });
  }
  for (std::thread& subscriber : subscribers) subscriber.join();
  stopped_ = true;
  for (std::thread& appender : appenders) appender.join();
  run.Report(absl::StrCat(appended_.load(), " events appended, ",
                          handed_out_.load(), " handed out in ", stays_.load(),
                          " stays"));
}

// Between disk and memory, over and over: a subscriber that sleeps until what
// it needs has left the memory, and catches up with appends under way.
TEST_P(SubscriptionRaceTest, FallingBehindAndCatchingUpGivesAllInOrder) {
  FaultRun run;
  Open(Durability::None());
  std::thread appender(
      [&, seed = run.random()()] { AppendUntilStopped(store(), seed); });
  std::unique_ptr<Subscription> subscription = *store().Subscribe();
  uint64_t next = 0;
  while (run.More() && !HasFailure()) {
    if (OneIn(run.random(), 100)) absl::SleepFor(absl::Milliseconds(30));
    auto batch = subscription->Next(absl::Seconds(10));
    ASSERT_OK(batch);
    for (const EventView& event : batch->events) {
      ASSERT_EQ(event.position.value(), next++);
    }
    ASSERT_EQ(batch->next_position.value(), next);
  }
  stopped_ = true;
  appender.join();
  run.Report(absl::StrCat(next, " events"));
}

// One way to keep a store is enough.
std::vector<testing::EngineFactory> RaceEngines() {
  std::vector<testing::EngineFactory> engines = testing::Engines();
  std::erase_if(engines, [](const testing::EngineFactory& engine) {
    return engine.name.starts_with("RocksDb") && engine.name != "RocksDb";
  });
  return engines;
}
INSTANTIATE_TEST_SUITE_P(Engine, SubscriptionRaceTest,
                         ::testing::ValuesIn(RaceEngines()),
                         testing::EngineName);

}  // namespace
}  // namespace daybook
