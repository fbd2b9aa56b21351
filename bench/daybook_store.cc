#include "bench/daybook_store.h"

#include <unistd.h>

#include <atomic>
#include <semaphore>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bench/check.h"
#include "bench/clock.h"
#include "bench/files.h"

namespace daybook::bench {
namespace {

constexpr absl::Duration kPatience = absl::Minutes(10);

// Counts what happens between its making and Finish().
class AppendMeter {
 public:
  AppendMeter(EventStore* store, size_t count)
      : store_(store), before_(store->Status()), nanos_(count) {}

  int64_t* nanos(size_t i) { return &nanos_[i]; }

  // Call when the last append was answered.
  Sample Finish() {
    const auto count = static_cast<double>(nanos_.size());
    const double acked_seconds = stopwatch_.Seconds();
    WaitForIndexes(store_);
    const double seconds = stopwatch_.Seconds();
    const StoreStatus after = store_->Status();
    Sample sample;
    sample.seconds = seconds;
    sample.value = count / seconds;
    sample.counters["acked"] = count / acked_seconds;
    sample.counters["cpu"] = stopwatch_.CpuSeconds() / count;
    sample.counters["p50"] = Percentile(&nanos_, 0.5);
    sample.counters["p99"] = Percentile(&nanos_, 0.99);
    const auto syncs = static_cast<double>(after.syncs - before_.syncs);
    if (syncs > 0) {
      sample.counters["per_flush"] =
          static_cast<double>(after.appends - before_.appends) / syncs;
    }
    return sample;
  }

 private:
  EventStore* store_;
  StoreStatus before_;
  std::vector<int64_t> nanos_;
  Stopwatch stopwatch_;
};

}  // namespace

std::unique_ptr<EventStore> OpenStore(const std::string& path,
                                      size_t memory_bytes,
                                      Compression compression) {
  StoreOptions options;
  options.source = "/daybook";
  options.compression = compression;
  // Reading again what a head covers is measured apart (group_audit.cc).
  options.tree_heads = TreeHeadOptions::OnDemand();
  options.memory_budget = MemoryBudget::Create(memory_bytes);
  return Take(EventStore::Open(path, options), "open store");
}

void WaitForIndexes(EventStore* store) {
  Check(store->WaitForIndexes(kPatience), "wait for indexes");
}

void WaitUntilAtRest(EventStore* store) {
  WaitForIndexes(store);
  const std::string path = store->Status().path;
  constexpr int kQuietSeconds = 2;
  uint64_t before = 0;
  for (int quiet = 0; quiet < kQuietSeconds;) {
    const uint64_t now = BytesOnDisk(path);
    quiet = now == before ? quiet + 1 : 0;
    before = now;
    absl::SleepFor(absl::Seconds(1));
  }
  // Synced appends would else wait for what the kernel has still to write.
  sync();
}

void CloseStore(std::unique_ptr<EventStore> store) {
  Check(store->Close(kPatience), "close store");
}

void FoldStream(EventStore* store, std::string_view stream, Fold* fold) {
  EventCursor cursor = Take(store->ReadStream(stream), "read stream");
  while (cursor.Next()) {
    const EventView& event = cursor.event();
    fold->Add(event.revision.value(), event.type, event.payload);
  }
  Check(cursor.status(), "read stream");
}

void FoldLog(EventStore* store, uint64_t count, Fold* fold) {
  ReadLogOptions options;
  options.limit = count;
  EventCursor cursor = Take(store->ReadLog(options), "read log");
  while (cursor.Next()) {
    const EventView& event = cursor.event();
    fold->Add(event.revision.value(), event.type, event.payload);
  }
  Check(cursor.status(), "read log");
}

Sample AppendOneByOne(EventStore* store, const std::vector<Batch>& singles) {
  AppendMeter meter(store, singles.size());
  for (size_t i = 0; i < singles.size(); ++i) {
    const int64_t start = NowNanos();
    Check(store->Append(singles[i].request).status(), "append");
    *meter.nanos(i) = NowNanos() - start;
  }
  return meter.Finish();
}

Sample AppendInFlight(EventStore* store, const std::vector<Batch>& singles,
                      int flight_count) {
  std::counting_semaphore<> room(flight_count);
  std::atomic<uint64_t> failure_count = 0;
  AppendMeter meter(store, singles.size());
  for (size_t i = 0; i < singles.size(); ++i) {
    room.acquire();
    int64_t* nanos = meter.nanos(i);
    *nanos = NowNanos();
    store->AppendAsync(
        singles[i].request,
        [nanos, &room, &failure_count](absl::StatusOr<AppendResult> result) {
          *nanos = NowNanos() - *nanos;
          if (!result.ok()) failure_count.fetch_add(1);
          room.release();
        });
  }
  for (int i = 0; i < flight_count; ++i) room.acquire();
  Check(failure_count == 0, "all appends in flight succeed");
  return meter.Finish();
}

Sample AppendFromThreads(EventStore* store, const std::vector<Batch>& singles,
                         int thread_count) {
  std::vector<std::vector<size_t>> shares(thread_count);
  for (size_t i = 0; i < singles.size(); ++i) {
    shares[singles[i].streams[0] % thread_count].push_back(i);
  }
  std::atomic<uint64_t> failure_count = 0;
  std::atomic<bool> go = false;
  std::vector<std::thread> threads;
  AppendMeter* started = nullptr;
  for (const std::vector<size_t>& share : shares) {
    threads.emplace_back([&, &share = share] {
      go.wait(false);
      for (const size_t i : share) {
        const int64_t start = NowNanos();
        if (!store->Append(singles[i].request).ok()) failure_count.fetch_add(1);
        *started->nanos(i) = NowNanos() - start;
      }
    });
  }
  AppendMeter meter(store, singles.size());
  started = &meter;
  go = true;
  go.notify_all();
  for (std::thread& thread : threads) thread.join();
  Check(failure_count == 0, "all appends from threads succeed");
  return meter.Finish();
}

}  // namespace daybook::bench
