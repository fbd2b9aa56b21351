// What an event takes on disk.

#include <memory>
#include <string>
#include <utility>

#include "bench/check.h"
#include "bench/clock.h"
#include "bench/daybook_store.h"
#include "bench/files.h"
#include "bench/groups.h"
#include "bench/peer.h"
#include "bench/record.h"
#include "bench/workload.h"

namespace daybook::bench {
namespace {

constexpr uint64_t kBatchCount = 1'000;

template <typename Append>
void ForEachBatch(uint64_t event_count, Append append) {
  Workload workload({});
  for (uint64_t i = 0; i < event_count; i += kBatchCount) {
    append(workload.NextBatch(kBatchCount));
  }
}

}  // namespace

void RunSpaceGroup(const Context& context) {
  const Options& options = context.options;
  const uint64_t event_count = options.sizes.space_event_count;
  const auto per_event = [&](uint64_t bytes) {
    return static_cast<double>(bytes) / static_cast<double>(event_count);
  };

  const auto sum = [&](bool json) {
    uint64_t bytes = 0;
    uint64_t position = 0;
    const Stopwatch stopwatch;
    ForEachBatch(event_count, [&](const Batch& batch) {
      for (size_t i = 0; i < batch.revisions.size(); ++i) {
        const StreamEvent& event = batch.request.events[i];
        bytes += json ? CloudEventBytes(event, batch.revisions[i], position++)
                      : NewEventBytes(event);
      }
    });
    return Sample{per_event(bytes), stopwatch.Seconds(), {}};
  };

  // The value is what is on disk after closing, in blocks, and so includes the
  // write-ahead log that the next append goes to; counters: what StoreStatus
  // says of the log, of the log with the stream copy, and of everything.
  const auto daybook = [&](Compression compression, bool singles) {
    const auto folder = context.NewFolder("space-daybook");
    const std::string path = folder->path() + "/store";
    const Stopwatch stopwatch;
    auto store = OpenStore(path, options.memory_bytes, compression);
    if (singles) {
      // As many small appends at once write them: 64 a commit.
      Workload workload({});
      std::vector<Batch> appends;
      for (uint64_t i = 0; i < event_count; ++i) {
        appends.push_back(workload.NextBatch(1));
      }
      AppendInFlight(store.get(), appends, 64);
    } else {
      ForEachBatch(event_count, [&](const Batch& batch) {
        Check(store->Append(batch.request).status(), "append");
      });
    }
    WaitForIndexes(store.get());
    CloseStore(std::move(store));
    // What was only in the write-ahead log gets into the log's files.
    store = OpenStore(path, options.memory_bytes, compression);
    WaitForIndexes(store.get());
    const StoreStatus status = store->Status();
    CloseStore(std::move(store));
    Sample sample;
    sample.value = per_event(BytesOnDisk(path));
    sample.seconds = stopwatch.Seconds();
    uint64_t all = status.log_bytes_on_disk;
    sample.counters["log"] = per_event(all);
    for (const FamilyStatus& family : status.families) {
      sample.counters["family_" + family.name] =
          per_event(family.bytes_on_disk);
      all += family.bytes_on_disk;
      if (family.name == "streams") {
        sample.counters["log_and_streams"] =
            per_event(status.log_bytes_on_disk + family.bytes_on_disk);
      }
    }
    sample.counters["all"] = per_event(all);
    return sample;
  };

  const auto peer = [&](auto open) {
    const auto folder = context.NewFolder("space-peer");
    const Stopwatch stopwatch;
    {
      const std::unique_ptr<Peer> store = open(
          folder->path(), PeerSettings{.memory_bytes = options.memory_bytes});
      ForEachBatch(event_count,
                   [&](const Batch& batch) { store->Append(batch.request); });
    }
    return Sample{
        per_event(BytesOnDisk(folder->path())), stopwatch.Seconds(), {}};
  };

  constexpr Unit kBytes = Unit::kBytes;
  context.runner.Run(
      "space",
      {{"new-events", kBytes, [&] { return sum(/*json=*/false); }},
       {"json", kBytes, [&] { return sum(/*json=*/true); }},
       {"daybook", kBytes, [&] { return daybook(Compression::kNone, false); }},
       {"daybook-singles", kBytes,
        [&] { return daybook(Compression::kNone, true); }},
       {"daybook-lz4", kBytes,
        [&] { return daybook(Compression::kLz4, false); }},
       {"daybook-zstd", kBytes,
        [&] { return daybook(Compression::kZstd, false); }},
       {"sqlite", kBytes, [&] { return peer(OpenSqlitePeer); }},
       {"lmdb", kBytes, [&] { return peer(OpenLmdbPeer); }}},
      /*rounds=*/1);
}

}  // namespace daybook::bench
