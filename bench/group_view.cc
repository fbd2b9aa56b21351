// Views that are kept while events come: what an inline one costs an append,
// and how far behind an async one is.

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
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
#include "bench/files.h"
#include "bench/groups.h"
#include "bench/repeat.h"
#include "bench/typed_events.h"
#include "daybook/projections/typed_event.h"
#include "daybook/replay/views.h"

namespace daybook::bench {
namespace {

constexpr absl::Duration kPatience = absl::Minutes(1);
constexpr uint64_t kBatchCount = 1'000;
// More than there are keys: every row is there from the start.
constexpr uint64_t kFirstEventCount = 3 * kSkuCount;

// Streams are drawn in turn.
std::string StreamName(uint64_t number) {
  return absl::StrCat("stock-", number % 1'000);
}

// A store with the view of what was moved by sku, or without it.
class ViewStore {
 public:
  ViewStore(const Context& context, const std::string& name,
            std::optional<ViewMode> mode)
      : folder_(context.NewFolder(name)),
        store_(OpenStore(folder_->path() + "/store",
                         context.options.memory_bytes)),
        views_(*store_) {
    for (uint64_t number = 0; number < kFirstEventCount;) {
      std::vector<NewEvent> events;
      for (uint64_t i = 0; i < kBatchCount; ++i) {
        events.push_back(
            Take(MakeEvent(*store_, MakeMoved(number++)), "make an event"));
      }
      Check(store_->Append(StreamName(number), ExpectedRevision::Any(), events)
                .status(),
            "append");
    }
    if (mode) {
      Check(views_.Add<BySku>(*mode), "add the view");
      Check(WaitFor(store_->Head().Previous()), "wait for the view");
    }
    WaitUntilAtRest(store_.get());
  }

  EventStore& store() { return *store_; }
  absl::Status WaitFor(Position position) {
    return views_.WaitFor(BySku::kName, position, kPatience);
  }
  uint64_t next_number() { return next_number_++; }

 private:
  std::unique_ptr<Folder> folder_;
  std::unique_ptr<EventStore> store_;
  Views views_;
  uint64_t next_number_ = 0;
};

Sample AppendOneByOne(ViewStore& store, uint64_t count) {
  return Repeat(count, [&](uint64_t) {
    const uint64_t number = store.next_number();
    Check(Append(store.store(), StreamName(number), ExpectedRevision::Any(),
                 MakeMoved(number))
              .status(),
          "append");
  });
}

// Appends at a rate, and asks again and again how long the view takes to have
// what was acknowledged last.
class LagMeter {
 public:
  explicit LagMeter(ViewStore& store) : store_(store) {}

  Sample Measure(double events_per_second, double seconds) {
    constexpr uint64_t kTogether = 50;
    std::thread prober([&] { Probe(); });
    const Stopwatch stopwatch;
    uint64_t appended = 0;
    while (stopwatch.Seconds() < seconds) {
      const double due = static_cast<double>(appended) / events_per_second;
      if (const double early = due - stopwatch.Seconds(); early > 0) {
        absl::SleepFor(absl::Seconds(early));
      }
      AppendTogether(kTogether);
      appended += kTogether;
    }
    Sample sample;
    sample.seconds = stopwatch.Seconds();
    while (open_count_ > 0) absl::SleepFor(absl::Milliseconds(1));
    is_done_ = true;
    prober.join();
    Check(failure_count_ == 0, "all appends and waits succeed");
    Check(!nanos_.empty(), "the lag was measured");
    sample.value = Percentile(&nanos_, 0.5);
    sample.counters["p99"] = Percentile(&nanos_, 0.99);
    sample.counters["max"] =
        static_cast<double>(*std::ranges::max_element(nanos_)) * 1e-9;
    sample.counters["rate"] = static_cast<double>(appended) / sample.seconds;
    sample.counters["probes"] = static_cast<double>(nanos_.size());
    return sample;
  }

 private:
  void AppendTogether(uint64_t count) {
    AppendRequest request;
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t number = store_.next_number();
      request.events.push_back(
          {StreamName(number),
           Take(MakeEvent(store_.store(), MakeMoved(number)),
                "make an event")});
    }
    ++open_count_;
    store_.store().AppendAsync(std::move(request),
                               [this](absl::StatusOr<AppendResult> result) {
                                 if (result.ok()) {
                                   acked_ = result->last_position.value() + 1;
                                 } else {
                                   ++failure_count_;
                                 }
                                 --open_count_;
                               });
  }

  void Probe() {
    uint64_t seen = 0;
    while (!is_done_) {
      const uint64_t acked = acked_;
      if (acked == seen) {
        absl::SleepFor(absl::Microseconds(20));
        continue;
      }
      seen = acked;
      const int64_t start = NowNanos();
      if (!store_.WaitFor(Position(acked - 1)).ok()) {
        ++failure_count_;
        return;
      }
      nanos_.push_back(NowNanos() - start);
    }
  }

  ViewStore& store_;
  std::vector<int64_t> nanos_;
  // The position after the last that was acknowledged; 0 before.
  std::atomic<uint64_t> acked_ = 0;
  std::atomic<uint64_t> open_count_ = 0;
  std::atomic<uint64_t> failure_count_ = 0;
  std::atomic<bool> is_done_ = false;
};

}  // namespace

void RunViewGroups(const Context& context) {
  const auto make = [&](const char* name, std::optional<ViewMode> mode) {
    return Lazy<ViewStore>([&context, name, mode] {
      return std::make_unique<ViewStore>(context, name, mode);
    });
  };
  Lazy<ViewStore> plain = make("view-daybook-none", std::nullopt);
  Lazy<ViewStore> with_inline = make("view-daybook-inline", ViewMode::kInline);
  Lazy<ViewStore> with_async = make("view-daybook-async", ViewMode::kAsync);
  const Sizes& sizes = context.options.sizes;
  const auto append = [&](Lazy<ViewStore>& store) {
    return [&] { return AppendOneByOne(*store, sizes.single_append_count); };
  };
  context.runner.Run(
      "append-view",
      {{.name = "none", .unit = Unit::kEventsPerSecond, .once = append(plain)},
       {.name = "inline",
        .unit = Unit::kEventsPerSecond,
        .once = append(with_inline)},
       {.name = "async",
        .unit = Unit::kEventsPerSecond,
        .once = append(with_async)}});
  context.runner.Run(
      "view-lag",
      {{.name = "daybook", .unit = Unit::kSeconds, .once = [&] {
          return LagMeter(*with_async).Measure(50'000, sizes.lag_seconds);
        }}});
}

}  // namespace daybook::bench
