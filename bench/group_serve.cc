// A store through the socket of its holder: catching up, delivery, and appends,
// each beside the same in process. Client and holder are one process here, with
// the socket between them.

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bench/check.h"
#include "bench/clock.h"
#include "bench/daybook_store.h"
#include "bench/files.h"
#include "bench/groups.h"
#include "bench/record.h"
#include "bench/workload.h"
#include "daybook/server/remote_store.h"
#include "daybook/server/store_server.h"
#include "daybook/store/push_subscription.h"
#include "daybook/store/subscription.h"

namespace daybook::bench {
namespace {

constexpr uint64_t kBatchCount = 1'000;
constexpr absl::Duration kPatience = absl::Minutes(1);
// Latency is that of single events, not of a queue.
constexpr absl::Duration kPause = absl::Microseconds(500);

class ServedStore {
 public:
  ServedStore(const Context& context, uint64_t event_count)
      : folder_(context.NewFolder("serve")),
        held_(OpenStore(folder_->path() + "/store",
                        context.options.memory_bytes)),
        workload_({.seed = 1, .tags = false}) {
    for (uint64_t done = 0; done < event_count; done += kBatchCount) {
      Check(held_->Append(workload_.NextBatch(kBatchCount).request).status(),
            "append");
    }
    WaitUntilAtRest(held_.get());
    server_ =
        Take(StoreServer::Start(*held_, folder_->path() + "/store"), "serve");
    remote_ = Take(RemoteStore::Connect(folder_->path() + "/store"), "connect");
  }
  ~ServedStore() {
    remote_.reset();
    server_.reset();
  }

  EventStore& held() { return *held_; }
  EventStore& remote() { return *remote_; }
  std::vector<Batch> Singles(uint64_t count) {
    std::vector<Batch> singles;
    for (uint64_t i = 0; i < count; ++i) {
      singles.push_back(workload_.NextSingle());
    }
    return singles;
  }

 private:
  std::unique_ptr<Folder> folder_;
  std::unique_ptr<EventStore> held_;
  Workload workload_;
  std::unique_ptr<StoreServer> server_;
  std::unique_ptr<EventStore> remote_;
};

void CatchUp(EventStore& store, uint64_t count, Fold* fold) {
  const auto subscription = Take(store.Subscribe(), "subscribe");
  while (subscription->next_position() < Position(count)) {
    const EventBatch batch = Take(subscription->Next(kPatience), "next");
    for (const EventView& event : batch.events) {
      fold->Add(event.revision.value(), event.type, event.payload);
    }
  }
}

// How long after the answer to an append in process a handler at the other end
// of the socket had the event.
Sample MeasureDelivery(ServedStore& served, uint64_t count) {
  const std::vector<Batch> singles = served.Singles(count);
  const uint64_t first = served.held().Head().value();
  std::vector<std::atomic<int64_t>> handled(count);
  SubscribeOptions options;
  options.from = SubscribeFrom::End();
  const auto subscription = Take(
      PushSubscription::Start(served.remote(), options,
                              [&](const EventBatch& batch) {
                                const int64_t now = NowNanos();
                                for (const EventView& event : batch.events) {
                                  handled[event.position.value() - first] = now;
                                }
                                return absl::OkStatus();
                              }),
      "subscribe");
  std::vector<int64_t> nanos(count);
  std::vector<int64_t> answered(count);
  const Stopwatch stopwatch;
  for (uint64_t i = 0; i < count; ++i) {
    Check(served.held().Append(singles[i].request).status(), "append");
    answered[i] = NowNanos();
    absl::SleepFor(kPause);
  }
  Sample sample;
  sample.seconds = stopwatch.Seconds();
  for (uint64_t i = 0; i < count; ++i) {
    while (handled[i] == 0) absl::SleepFor(absl::Milliseconds(1));
    nanos[i] = std::max<int64_t>(0, handled[i] - answered[i]);
  }
  sample.value = Percentile(&nanos, 0.5);
  sample.counters["p99"] = Percentile(&nanos, 0.99);
  return sample;
}

}  // namespace

void RunServeGroups(const Context& context) {
  const Sizes& sizes = context.options.sizes;
  const uint64_t log_count =
      std::min<uint64_t>(sizes.read_event_count, 1'000'000);
  Lazy<ServedStore> served(
      [&] { return std::make_unique<ServedStore>(context, log_count); });
  const auto read = [&](const char* name,
                        std::function<void(ServedStore&, Fold*)> run) {
    return Contestant{
        .name = name,
        .unit = Unit::kEventsPerSecond,
        .timed =
            [&served, run = std::move(run)](benchmark::State& state) {
              ServedStore& store = *served;
              for (auto _ : state) {
                Fold fold;
                run(store, &fold);
                benchmark::DoNotOptimize(fold.mix);
              }
            },
        .events_per_iteration = static_cast<double>(log_count)};
  };
  context.runner.Run(
      "socket-catch-up",
      {read("visitor",
            [log_count](ServedStore& store, Fold* fold) {
              FoldLog(&store.held(), log_count, fold);
            }),
       read("cursor",
            [log_count](ServedStore& store, Fold* fold) {
              FoldLog(&store.remote(), log_count, fold);
            }),
       read("subscription", [log_count](ServedStore& store, Fold* fold) {
         CatchUp(store.remote(), log_count, fold);
       })});

  const uint64_t delivery_count =
      std::min<uint64_t>(sizes.single_append_count, 4'000);
  context.runner.Run("socket-delivery",
                     {{.name = "thread", .unit = Unit::kSeconds, .once = [&] {
                         return MeasureDelivery(*served, delivery_count);
                       }}});

  const auto in_flight = [&](bool is_remote) {
    return [&, is_remote] {
      const std::vector<Batch> singles =
          served->Singles(sizes.inflight_append_count);
      return AppendInFlight(is_remote ? &served->remote() : &served->held(),
                            singles, 64);
    };
  };
  const auto one_by_one = [&](bool is_remote) {
    return [&, is_remote] {
      const std::vector<Batch> singles =
          served->Singles(sizes.single_append_count);
      return AppendOneByOne(is_remote ? &served->remote() : &served->held(),
                            singles);
    };
  };
  constexpr Unit kRate = Unit::kEventsPerSecond;
  context.runner.Run(
      "socket-append",
      {{.name = "held", .unit = kRate, .once = one_by_one(false)},
       {.name = "remote", .unit = kRate, .once = one_by_one(true)},
       {.name = "64-in-flight-held", .unit = kRate, .once = in_flight(false)},
       {.name = "64-in-flight-remote",
        .unit = kRate,
        .once = in_flight(true)}});
}

}  // namespace daybook::bench
