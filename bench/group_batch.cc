// Durable appends of 1,000 events each, sustained: the clock stops when all
// that daybook derives behind is there too.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/check.h"
#include "bench/clock.h"
#include "bench/daybook_store.h"
#include "bench/floor_rocksdb.h"
#include "bench/groups.h"
#include "bench/peer.h"
#include "bench/workload.h"

namespace daybook::bench {
namespace {

constexpr uint64_t kBatchCount = 1'000;

// Made beforehand: every contestant is given the same events in memory.
std::vector<Batch> Batches(uint64_t event_count, bool tags) {
  Workload workload({.tags = tags});
  std::vector<Batch> batches;
  for (uint64_t i = 0; i < event_count / kBatchCount; ++i) {
    batches.push_back(workload.NextBatch(kBatchCount));
  }
  return batches;
}

Sample Rate(const std::vector<Batch>& batches, const Stopwatch& stopwatch) {
  Sample sample;
  sample.seconds = stopwatch.Seconds();
  const auto count = static_cast<double>(batches.size() * kBatchCount);
  sample.value = count / sample.seconds;
  sample.counters["cpu"] = stopwatch.CpuSeconds() / count;
  return sample;
}

}  // namespace

void RunBatchGroup(const Context& context) {
  const Options& options = context.options;

  // A new store for every measurement.
  const auto daybook = [&](const std::vector<Batch>& batches) {
    const auto folder = context.NewFolder("batch-daybook");
    std::unique_ptr<EventStore> store =
        OpenStore(folder->path() + "/store", options.memory_bytes);
    const Stopwatch stopwatch;
    for (const Batch& batch : batches) {
      Check(store->Append(batch.request).status(), "append");
    }
    const double acked_seconds = stopwatch.Seconds();
    WaitForIndexes(store.get());
    Sample sample = Rate(batches, stopwatch);
    sample.counters["acked"] =
        static_cast<double>(batches.size() * kBatchCount) / acked_seconds;
    const StoreStatus status = store->Status();
    sample.counters["per_flush"] =
        static_cast<double>(status.appends) /
        static_cast<double>(std::max<uint64_t>(status.syncs, 1));
    return sample;
  };
  const auto rocks = [&](const std::vector<Batch>& batches, BatchForm form) {
    const auto folder = context.NewFolder("batch-rocksdb");
    RocksFloor floor(folder->path(), {.memory_bytes = options.memory_bytes});
    const Stopwatch stopwatch;
    for (const Batch& batch : batches) floor.AppendBatch(batch, form);
    return Rate(batches, stopwatch);
  };
  const auto peer = [&](const std::vector<Batch>& batches, bool tags,
                        auto open) {
    const auto folder = context.NewFolder("batch-peer");
    const std::unique_ptr<Peer> store =
        open(folder->path(),
             PeerSettings{.tags = tags, .memory_bytes = options.memory_bytes});
    const Stopwatch stopwatch;
    for (const Batch& batch : batches) store->Append(batch.request);
    return Rate(batches, stopwatch);
  };

  constexpr Unit kRate = Unit::kEventsPerSecond;
  {
    Lazy<std::vector<Batch>> batches([&] {
      return std::make_unique<std::vector<Batch>>(
          Batches(options.sizes.batch_event_count, false));
    });
    context.runner.Run(
        "batch",
        {{"rocksdb-one-value", kRate,
          [&] { return rocks(*batches, BatchForm::kOneValue); }},
         {"rocksdb-copy", kRate,
          [&] { return rocks(*batches, BatchForm::kCopy); }},
         {"daybook", kRate, [&] { return daybook(*batches); }},
         {"sqlite", kRate,
          [&] { return peer(*batches, false, OpenSqlitePeer); }},
         {"lmdb", kRate, [&] { return peer(*batches, false, OpenLmdbPeer); }}});
  }
  Lazy<std::vector<Batch>> batches([&] {
    return std::make_unique<std::vector<Batch>>(
        Batches(options.sizes.tagged_batch_event_count, true));
  });
  context.runner.Run(
      "batch-tagged",
      {{"rocksdb-copy-and-terms", kRate,
        [&] { return rocks(*batches, BatchForm::kCopyAndTerms); }},
       {"daybook", kRate, [&] { return daybook(*batches); }},
       {"sqlite", kRate, [&] { return peer(*batches, true, OpenSqlitePeer); }},
       {"lmdb", kRate, [&] { return peer(*batches, true, OpenLmdbPeer); }}});
}

}  // namespace daybook::bench
