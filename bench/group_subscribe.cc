// Subscriptions: how soon a handler sees what was committed, what it costs who
// appends, and how fast one catches up.

#include <time.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bench/check.h"
#include "bench/clock.h"
#include "bench/daybook_store.h"
#include "bench/follow.h"
#include "bench/groups.h"
#include "bench/record.h"
#include "bench/workload.h"
#include "daybook/store/push_subscription.h"
#include "daybook/store/subscription.h"

namespace daybook::bench {
namespace {

constexpr int kFollowerCount = 8;

SubscribeOptions FromEnd() {
  SubscribeOptions options;
  options.from = SubscribeFrom::End();
  return options;
}

// --- Catching up -------------------------------------------------------------

void CatchUpTogether(EventStore& store, Fold* fold) {
  std::vector<Fold> folds(kFollowerCount);
  std::vector<std::thread> threads;
  std::atomic<int> failures = 0;
  for (Fold& each : folds) {
    threads.emplace_back([&] {
      try {
        CatchUp(store, &each);
      } catch (const BenchError&) {
        ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Check(failures == 0, "all catch up");
  for (const Fold& each : folds) fold->mix += each.mix;
}

// --- What it costs who appends -----------------------------------------------

// Processor time of this thread.
double ThreadSeconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_nsec) * 1e-9;
}

// Runs `append` while `count` handlers follow, and waits until each has
// everything. A counter, `thread_cpu`: what an append took of this thread's
// processor time.
Sample AppendFollowed(FollowedStore& followed, int count,
                      const std::function<Sample()>& append) {
  std::vector<std::unique_ptr<PushSubscription>> subscriptions;
  std::vector<std::atomic<uint64_t>> seen(static_cast<size_t>(count));
  const uint64_t first = followed.store().Head().value();
  for (std::atomic<uint64_t>& each : seen) {
    subscriptions.push_back(
        Take(PushSubscription::Start(followed.store(), FromEnd(),
                                     [&each](const EventBatch& batch) {
                                       each += batch.events.size();
                                       return absl::OkStatus();
                                     }),
             "subscribe"));
  }
  const double before = ThreadSeconds();
  Sample sample = append();
  const uint64_t appended = followed.store().Head().value() - first;
  sample.counters["thread_cpu"] =
      (ThreadSeconds() - before) / static_cast<double>(appended);
  for (std::atomic<uint64_t>& each : seen) {
    while (each < appended) absl::SleepFor(absl::Milliseconds(1));
  }
  return sample;
}

}  // namespace

void RunSubscribeGroups(const Context& context) {
  const Sizes& sizes = context.options.sizes;
  const uint64_t log_count =
      std::min<uint64_t>(sizes.read_event_count, 1'000'000);
  Lazy<FollowedStore> followed([&] {
    return std::make_unique<FollowedStore>(context, "subscribe", log_count);
  });
  const auto read = [&](const char* name, double events,
                        std::function<void(EventStore&, Fold*)> run) {
    return Contestant{
        .name = name,
        .unit = Unit::kEventsPerSecond,
        .timed =
            [&followed, run = std::move(run)](benchmark::State& state) {
              EventStore& store = followed->store();
              for (auto _ : state) {
                Fold fold;
                run(store, &fold);
                benchmark::DoNotOptimize(fold.mix);
              }
            },
        .events_per_iteration = events};
  };
  const auto count = static_cast<double>(log_count);
  context.runner.Run(
      "catch-up",
      {read("visitor", count,
            [log_count](EventStore& store, Fold* fold) {
              FoldLog(&store, log_count, fold);
            }),
       read("subscription", count, CatchUp),
       read("8-subscriptions", count * kFollowerCount, CatchUpTogether)});

  const uint64_t delivery_count =
      std::min<uint64_t>(sizes.single_append_count, 4'000);
  const auto delivery = [&](const PushOptions& push_options) {
    return [&, push_options] {
      EventStore& store = followed->store();
      return MeasureDelivery(store, store, followed->Singles(delivery_count),
                             push_options);
    };
  };
  context.runner.Run(
      "delivery",
      {{.name = "thread", .unit = Unit::kSeconds, .once = delivery({})},
       {.name = "executor",
        .unit = Unit::kSeconds,
        .once = delivery({.executor = Executor::Threads(1)})}});

  const auto one_by_one = [&](int followers) {
    return [&, followers] {
      const std::vector<Batch> singles =
          followed->Singles(sizes.single_append_count);
      return AppendFollowed(*followed, followers, [&] {
        return AppendOneByOne(&followed->store(), singles);
      });
    };
  };
  const auto in_flight = [&](int followers) {
    return [&, followers] {
      const std::vector<Batch> singles =
          followed->Singles(sizes.inflight_append_count);
      return AppendFollowed(*followed, followers, [&] {
        return AppendInFlight(&followed->store(), singles, 64);
      });
    };
  };
  constexpr Unit kRate = Unit::kEventsPerSecond;
  context.runner.Run(
      "append-followed",
      {{.name = "none", .unit = kRate, .once = one_by_one(0)},
       {.name = "1", .unit = kRate, .once = one_by_one(1)},
       {.name = "8", .unit = kRate, .once = one_by_one(kFollowerCount)},
       {.name = "64-in-flight-none", .unit = kRate, .once = in_flight(0)},
       {.name = "64-in-flight-1", .unit = kRate, .once = in_flight(1)},
       {.name = "64-in-flight-8",
        .unit = kRate,
        .once = in_flight(kFollowerCount)}});
}

}  // namespace daybook::bench
