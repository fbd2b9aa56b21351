// Durable appends of one event each: alone, and 64 at once.

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench/check.h"
#include "bench/clock.h"
#include "bench/daybook_store.h"
#include "bench/floor_file.h"
#include "bench/floor_rocksdb.h"
#include "bench/groups.h"
#include "bench/peer.h"
#include "bench/repeat.h"
#include "bench/workload.h"

namespace daybook::bench {
namespace {

constexpr int kFlightCount = 64;
// Not one of those that are drawn.
constexpr uint32_t kHotStream = kStreamCount;

// A contestant with a folder, and the workload that goes on where its last
// round ended.
template <typename Store>
struct Bench {
  std::unique_ptr<Folder> folder;
  Workload workload;
  std::unique_ptr<Store> store;
};

using DaybookBench = Bench<EventStore>;
using PeerBench = Bench<Peer>;

std::vector<Batch> Singles(Workload* workload, uint64_t count) {
  std::vector<Batch> singles;
  singles.reserve(count);
  for (uint64_t i = 0; i < count; ++i)
    singles.push_back(workload->NextSingle());
  return singles;
}

std::vector<Batch> HotSingles(Workload* workload, uint64_t count) {
  std::vector<Batch> singles;
  singles.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    singles.push_back(workload->NextSingleOf(kHotStream));
  }
  return singles;
}

// The bytes that the floors write: the events of one writer as records.
std::vector<std::string> Records(uint64_t count) {
  Workload workload({});
  std::vector<std::string> records(count);
  for (uint64_t i = 0; i < count; ++i) {
    const Draw draw = workload.Next();
    AppendRecord(workload.Event(draw), draw.revision, draw.serial, &records[i]);
  }
  return records;
}

}  // namespace

void RunAppendGroup(const Context& context) {
  const Options& options = context.options;
  const uint64_t single_count = options.sizes.single_append_count;
  const uint64_t flight_count = options.sizes.inflight_append_count;

  Lazy<std::vector<std::string>> records([&] {
    return std::make_unique<std::vector<std::string>>(Records(single_count));
  });
  Lazy<Folder> files([&] { return context.NewFolder("append-files"); });
  // Fresh for each round: a growing file must not become an old one.
  const auto file = [&](const char* name, FileGrowth growth) {
    return Contestant{name, Unit::kEventsPerSecond, [&, growth] {
                        SyncedFile out(files->path() + "/log", growth);
                        return Repeat(single_count, [&](uint64_t i) {
                          out.Append((*records)[i]);
                        });
                      }};
  };

  struct Rocks {
    std::unique_ptr<Folder> folder;
    std::unique_ptr<RocksFloor> floor;
    uint64_t position = 0;
  };
  const auto make_rocks = [&](const char* name, Wal wal) {
    return Lazy<Rocks>([&context, &options, name, wal] {
      auto rocks = std::make_unique<Rocks>();
      rocks->folder = context.NewFolder(name);
      rocks->floor = std::make_unique<RocksFloor>(
          rocks->folder->path(),
          RocksFloor::Settings{wal, options.memory_bytes});
      return rocks;
    });
  };
  Lazy<Rocks> rocks_default = make_rocks("append-rocksdb", Wal::kDefault);
  Lazy<Rocks> rocks = make_rocks("append-rocksdb-wal", Wal::kPreallocated);
  const auto put = [&](Rocks& to) {
    return Repeat(single_count, [&](uint64_t i) {
      to.floor->AppendOne(to.position++, (*records)[i]);
    });
  };
  const auto put_from_threads = [&](Rocks& to) {
    std::atomic<uint64_t> next = 0;
    const uint64_t count = single_count * 4;
    std::vector<std::thread> threads;
    const Stopwatch stopwatch;
    for (int t = 0; t < kFlightCount; ++t) {
      threads.emplace_back([&] {
        for (uint64_t i; (i = next.fetch_add(1)) < count;) {
          to.floor->AppendOne(to.position + i, (*records)[i % single_count]);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    to.position += count;
    Sample sample;
    sample.seconds = stopwatch.Seconds();
    sample.value = static_cast<double>(count) / sample.seconds;
    return sample;
  };

  // Every store starts with an event in each stream, so that appends meet
  // streams that exist.
  const auto make_daybook = [&](const char* name, bool tags) {
    return Lazy<DaybookBench>([&context, &options, name, tags] {
      auto bench = std::make_unique<DaybookBench>(
          DaybookBench{context.NewFolder(name), Workload({.tags = tags}), {}});
      bench->store =
          OpenStore(bench->folder->path() + "/store", options.memory_bytes);
      for (const Batch& batch : bench->workload.FirstEvents()) {
        Check(bench->store->Append(batch.request).status(), "append");
      }
      Check(
          bench->store->Append(bench->workload.NextSingleOf(kHotStream).request)
              .status(),
          "append");
      WaitForIndexes(bench->store.get());
      return bench;
    });
  };
  Lazy<DaybookBench> plain = make_daybook("append-daybook", false);
  Lazy<DaybookBench> tagged = make_daybook("append-daybook-tagged", true);

  const auto make_peer = [&](const char* name, auto open) {
    return Lazy<PeerBench>([&context, &options, name, open] {
      auto bench = std::make_unique<PeerBench>(
          PeerBench{context.NewFolder(name), Workload({}), {}});
      bench->store = open(bench->folder->path(),
                          PeerSettings{.memory_bytes = options.memory_bytes});
      for (const Batch& batch : bench->workload.FirstEvents()) {
        bench->store->Append(batch.request);
      }
      return bench;
    });
  };
  Lazy<PeerBench> sqlite = make_peer("append-sqlite", OpenSqlitePeer);
  Lazy<PeerBench> lmdb = make_peer("append-lmdb", OpenLmdbPeer);
  const auto append_to_peer = [&](PeerBench& peer) {
    const std::vector<Batch> singles = Singles(&peer.workload, single_count);
    return Repeat(single_count,
                  [&](uint64_t i) { peer.store->Append(singles[i].request); });
  };

  const auto in_flight = [&](DaybookBench& bench, bool hot) {
    const std::vector<Batch> singles =
        hot ? HotSingles(&bench.workload, flight_count)
            : Singles(&bench.workload, flight_count);
    return AppendInFlight(bench.store.get(), singles, kFlightCount);
  };
  const auto from_threads = [&](DaybookBench& bench, bool hot) {
    std::vector<Batch> singles = hot ? HotSingles(&bench.workload, flight_count)
                                     : Singles(&bench.workload, flight_count);
    // Threads that wait can't agree on whose turn it is on one stream: they
    // expect that it exists. They are spread as if it were many.
    for (size_t i = 0; hot && i < singles.size(); ++i) {
      singles[i].request.expectations[0].expected = ExpectedRevision::Exists();
      singles[i].streams[0] = static_cast<uint32_t>(i);
    }
    return AppendFromThreads(bench.store.get(), singles, kFlightCount);
  };

  constexpr Unit kRate = Unit::kEventsPerSecond;
  context.runner.Run(
      "append",
      {
          file("write-growing", FileGrowth::kGrowing),
          file("write-allocated", FileGrowth::kAllocated),
          file("write-zeroed", FileGrowth::kZeroed),
          {"rocksdb-put-default-wal", kRate,
           [&] { return put(*rocks_default); }},
          {"rocksdb-put", kRate, [&] { return put(*rocks); }},
          {"rocksdb-put-64-threads", kRate,
           [&] { return put_from_threads(*rocks); }},
          {"daybook", kRate,
           [&] {
             return AppendOneByOne(plain->store.get(),
                                   Singles(&plain->workload, single_count));
           }},
          {"sqlite", kRate, [&] { return append_to_peer(*sqlite); }},
          {"lmdb", kRate, [&] { return append_to_peer(*lmdb); }},
          {"daybook-64", kRate, [&] { return in_flight(*plain, false); }},
          {"daybook-64-hot", kRate, [&] { return in_flight(*plain, true); }},
          {"daybook-64-threads", kRate,
           [&] { return from_threads(*plain, false); }},
          {"daybook-64-threads-hot", kRate,
           [&] { return from_threads(*plain, true); }},
          {"daybook-64-tagged", kRate,
           [&] { return in_flight(*tagged, false); }},
          {"daybook-64-tagged-hot", kRate,
           [&] { return in_flight(*tagged, true); }},
      });
}

}  // namespace daybook::bench
