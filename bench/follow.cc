#include "bench/follow.h"

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bench/check.h"
#include "bench/clock.h"
#include "daybook/store/subscription.h"

namespace daybook::bench {
namespace {

constexpr uint64_t kBatchCount = 1'000;
constexpr absl::Duration kPatience = absl::Minutes(1);
// Latency is that of single events, not of a queue.
constexpr absl::Duration kPause = absl::Microseconds(500);

}  // namespace

FollowedStore::FollowedStore(const Context& context, const std::string& name,
                             uint64_t event_count)
    : folder_(context.NewFolder(name)),
      store_(OpenStore(folder(), context.options.memory_bytes)),
      workload_({.seed = 1, .tags = false}) {
  for (uint64_t done = 0; done < event_count; done += kBatchCount) {
    Check(store_->Append(workload_.NextBatch(kBatchCount).request).status(),
          "append");
  }
  WaitUntilAtRest(store_.get());
}

std::vector<Batch> FollowedStore::Singles(uint64_t count) {
  std::vector<Batch> singles;
  for (uint64_t i = 0; i < count; ++i) {
    singles.push_back(workload_.NextSingle());
  }
  return singles;
}

void CatchUp(EventStore& store, Fold* fold) {
  const auto subscription = Take(store.Subscribe(), "subscribe");
  const Position head = store.Head();
  while (subscription->next_position() < head) {
    const EventBatch batch = Take(subscription->Next(kPatience), "next");
    for (const EventView& event : batch.events) {
      fold->Add(event.revision.value(), event.type, event.payload);
    }
  }
}

Sample MeasureDelivery(EventStore& store, EventStore& followed,
                       const std::vector<Batch>& singles,
                       const PushOptions& push_options) {
  const uint64_t first = store.Head().value();
  std::vector<std::atomic<int64_t>> handled(singles.size());
  SubscribeOptions options;
  options.from = SubscribeFrom::End();
  const auto subscription =
      Take(PushSubscription::Start(
               followed, options,
               [&](const EventBatch& batch) {
                 const int64_t now = NowNanos();
                 for (const EventView& event : batch.events) {
                   handled[event.position.value() - first] = now;
                 }
                 return absl::OkStatus();
               },
               push_options),
           "subscribe");
  std::vector<int64_t> answered;
  const Stopwatch stopwatch;
  for (const Batch& single : singles) {
    Check(store.Append(single.request).status(), "append");
    answered.push_back(NowNanos());
    absl::SleepFor(kPause);
  }
  Sample sample;
  sample.seconds = stopwatch.Seconds();
  std::vector<int64_t> nanos;
  for (size_t i = 0; i < singles.size(); ++i) {
    while (handled[i] == 0) absl::SleepFor(absl::Milliseconds(1));
    nanos.push_back(std::max<int64_t>(0, handled[i] - answered[i]));
  }
  sample.value = Percentile(&nanos, 0.5);
  sample.counters["p99"] = Percentile(&nanos, 0.99);
  return sample;
}

}  // namespace daybook::bench
