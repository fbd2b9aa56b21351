// Consumer groups: how fast their members get through a log. Reactors: how long
// it takes until what was appended is answered.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "bench/check.h"
#include "bench/clock.h"
#include "bench/daybook_store.h"
#include "bench/files.h"
#include "bench/groups.h"
#include "bench/workload.h"
#include "daybook/bus/groups.h"
#include "daybook/bus/reactor.h"

namespace daybook::bench {
namespace {

constexpr int kMemberCount = 4;
constexpr uint64_t kLaneCount = 1'000;
constexpr size_t kSharedPayloadBytes = 100;
constexpr uint64_t kBatchCount = 1'000;
constexpr absl::Duration kPatience = absl::Minutes(1);

// --- Groups ------------------------------------------------------------------

// Small events in some streams, each of which is a lane.
class SharedStore {
 public:
  SharedStore(const Context& context, uint64_t event_count)
      : folder_(context.NewFolder("group-ack")),
        store_(OpenStore(folder_->path() + "/store",
                         context.options.memory_bytes)),
        event_count_(event_count) {
    for (uint64_t i = 0; i < event_count;) {
      AppendRequest request;
      for (const uint64_t end = std::min(i + kBatchCount, event_count); i < end;
           ++i) {
        request.events.push_back(
            {absl::StrCat("work-", i % kLaneCount),
             {.type = TypeOf(i),
              .payload = Payload(i).substr(0, kSharedPayloadBytes)}});
      }
      Check(store_->Append(request).status(), "append");
    }
    WaitUntilAtRest(store_.get());
    groups_ = Groups::Over(*store_);
  }

  // Members that take up to `poll_count` at once and acknowledge each by
  // itself, until all of the log is done.
  Sample GoThrough(size_t poll_count) {
    const auto group =
        Take(groups_->Open(absl::StrCat("members-", ++group_count_),
                           {.filter = {.category = "work"}}),
             "open a group");
    std::atomic<uint64_t> done_count = 0;
    std::atomic<int> failure_count = 0;
    std::vector<std::thread> members;
    const Stopwatch stopwatch;
    for (int i = 0; i < kMemberCount; ++i) {
      members.emplace_back([&] {
        try {
          Work(*group, poll_count, &done_count);
        } catch (const BenchError&) {
          ++failure_count;
        }
      });
    }
    for (std::thread& member : members) member.join();
    Sample sample;
    sample.seconds = stopwatch.Seconds();
    Check(failure_count == 0, "all members come through");
    Check(done_count == event_count_, "each event is done once");
    Check(group->Close(), "close the group");
    sample.value = static_cast<double>(event_count_) / sample.seconds;
    sample.counters["cpu"] =
        stopwatch.CpuSeconds() / static_cast<double>(event_count_);
    return sample;
  }

 private:
  void Work(ConsumerGroup& group, size_t poll_count,
            std::atomic<uint64_t>* done_count) const {
    const uint64_t member = Take(group.Join("member"), "join").id;
    while (*done_count < event_count_) {
      const std::vector<Delivery> deliveries =
          Take(group.Poll(member, poll_count, absl::Milliseconds(1)), "poll");
      for (const Delivery& delivery : deliveries) {
        Check(group.Ack(member, delivery.id), "acknowledge");
        ++*done_count;
      }
    }
    Check(group.Leave(member), "leave");
  }

  std::unique_ptr<Folder> folder_;
  std::unique_ptr<EventStore> store_;
  const uint64_t event_count_;
  std::unique_ptr<Groups> groups_;
  int group_count_ = 0;
};

// --- Reactors ----------------------------------------------------------------

// Answers each event by one.
absl::StatusOr<Reaction> Answer(const EventView& /*event*/,
                                std::string_view /*state*/) {
  return Reaction{.events = {{"answers", {.type = "answered"}}},
                  .state = "answered"};
}

// A store whose reactor has a thread of its own.
class AnsweredStore {
  static constexpr int64_t kFailed = -1;

 public:
  explicit AnsweredStore(const Context& context)
      : folder_(context.NewFolder("reactor-chain")),
        store_(OpenStore(folder_->path() + "/store",
                         context.options.memory_bytes)) {
    reactor_ = Take(Reactor::Open(*store_, "answering",
                                  {.filter = {.category = "ask"},
                                   .key =
                                       [](const EventView& event) {
                                         return std::string(event.stream);
                                       }},
                                  Answer),
                    "open a reactor");
    thread_ = std::thread([this] {
      while (true) {
        const auto step = reactor_->Step(kPatience);
        if (step.ok() && *step == 0) continue;
        answered_at_ = step.ok() ? NowNanos() : kFailed;
        answered_at_.notify_one();
        if (!step.ok()) return;
      }
    });
  }
  ~AnsweredStore() {
    reactor_->Cancel();
    thread_.join();
  }

  // Single appends, one after the other: p50 of the time from the call to the
  // answer.
  Sample Append(uint64_t count) {
    return Measure(count, "other-", [] { return NowNanos(); });
  }
  // The same until an answering event is stored, too.
  Sample Chain(uint64_t count) {
    return Measure(count, "ask-", [this] {
      answered_at_.wait(0);
      const int64_t at = answered_at_.exchange(0);
      Check(at != kFailed, "the reactor answers");
      return at;
    });
  }

 private:
  template <typename Await>
  Sample Measure(uint64_t count, std::string_view streams, Await await) {
    std::vector<int64_t> nanos(count);
    const Stopwatch stopwatch;
    for (uint64_t i = 0; i < count; ++i) {
      AppendRequest request;
      request.events.push_back(
          {absl::StrCat(std::string(streams), i % kLaneCount),
           {.type = TypeOf(i), .payload = Payload(i)}});
      const int64_t start = NowNanos();
      Check(store_->Append(request).status(), "append");
      nanos[i] = await() - start;
    }
    Sample sample;
    sample.seconds = stopwatch.Seconds();
    sample.value = Percentile(&nanos, 0.5);
    sample.counters["p99"] = Percentile(&nanos, 0.99);
    return sample;
  }

  std::unique_ptr<Folder> folder_;
  std::unique_ptr<EventStore> store_;
  std::unique_ptr<Reactor> reactor_;
  // When a step ended that answered something, or kFailed; 0 once that was
  // seen.
  std::atomic<int64_t> answered_at_ = 0;
  std::thread thread_;
};

}  // namespace

void RunBusGroups(const Context& context) {
  const Sizes& sizes = context.options.sizes;
  Lazy<SharedStore> shared([&] {
    return std::make_unique<SharedStore>(
        context, std::min<uint64_t>(sizes.read_event_count, 500'000));
  });
  const auto acknowledge = [&](size_t poll_count) {
    return [&, poll_count] { return shared->GoThrough(poll_count); };
  };
  constexpr Unit kRate = Unit::kEventsPerSecond;
  context.runner.Run(
      "group-ack", {{.name = "poll-64", .unit = kRate, .once = acknowledge(64)},
                    {.name = "poll-1", .unit = kRate, .once = acknowledge(1)}});

  Lazy<AnsweredStore> answered(
      [&] { return std::make_unique<AnsweredStore>(context); });
  const uint64_t count = std::min<uint64_t>(sizes.single_append_count, 4'000);
  context.runner.Run("reactor-chain",
                     {{.name = "append",
                       .unit = Unit::kSeconds,
                       .once = [&] { return answered->Append(count); }},
                      {.name = "chain", .unit = Unit::kSeconds, .once = [&] {
                         return answered->Chain(count);
                       }}});
}

}  // namespace daybook::bench
