// Reading: streams of known length, hot and cold, and the whole log.
//
// All contestants read stores of the same composition: streams of 10, 100,
// 1,000 events and one long one, spread evenly among events of 100,000 other
// streams, as they would be had they been written over the store's whole life.

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/check.h"
#include "bench/clock.h"
#include "bench/daybook_store.h"
#include "bench/files.h"
#include "bench/floor_rocksdb.h"
#include "bench/groups.h"
#include "bench/peer.h"
#include "bench/record.h"
#include "bench/workload.h"

namespace daybook::bench {
namespace {

// Streams of one length. Numbers are above those of the other streams.
struct StreamClass {
  const char* name;
  uint32_t first_stream;
  uint32_t stream_count;
  uint64_t length;

  std::string StreamName(uint64_t i) const {
    return Workload::StreamName(first_stream +
                                static_cast<uint32_t>(i % stream_count));
  }
};

std::vector<StreamClass> ClassesOf(const Sizes& sizes) {
  return {{"10", 200'000, 1'000, 10},
          {"100", 300'000, 500, 100},
          {"1k", 400'000, 100, 1'000},
          {"long", 500'000, 1, sizes.long_stream_count}};
}

// How many streams are read from a cold store, and of those the ones that only
// warm up what leads to every stream (index and filter blocks, branches).
constexpr int kColdCount = 24;
constexpr int kColdWarmupCount = 4;

// Calls `visit` for each event of a store, in the order of the log.
void ForEachEvent(const std::vector<StreamClass>& classes, uint64_t other_count,
                  Workload* workload,
                  const std::function<void(const Draw&)>& visit) {
  std::vector<uint32_t> special;
  for (const StreamClass& streams : classes) {
    for (uint32_t i = 0; i < streams.stream_count; ++i) {
      special.insert(special.end(), streams.length, streams.first_stream + i);
    }
  }
  Random random(7);
  for (size_t i = special.size(); i > 1; --i) {
    std::swap(special[i - 1], special[random.Below(static_cast<uint32_t>(i))]);
  }
  const uint64_t total = special.size() + other_count;
  uint64_t taken = 0;
  for (uint64_t i = 0; i < total; ++i) {
    if ((i + 1) * special.size() / total > taken) {
      visit(workload->NextOf(special[taken++]));
    } else {
      visit(workload->Next());
    }
  }
}

// Hands the same events over in batches of 1,000.
void ForEachBatch(const std::vector<StreamClass>& classes, uint64_t other_count,
                  const std::function<void(const Batch&)>& visit) {
  Workload workload({});
  Batch batch;
  ForEachEvent(classes, other_count, &workload, [&](const Draw& draw) {
    workload.AddTo(&batch, draw);
    if (batch.streams.size() < 1'000) return;
    visit(batch);
    batch = Batch();
  });
  if (!batch.streams.empty()) visit(batch);
}

std::unique_ptr<RocksFloor> LoadFloor(const std::string& path,
                                      const Options& options) {
  const std::vector<StreamClass> classes = ClassesOf(options.sizes);
  const uint64_t other_count = options.sizes.peer_read_event_count;
  auto floor = std::make_unique<RocksFloor>(
      path, RocksFloor::Settings{.memory_bytes = options.memory_bytes});
  std::string record;
  {
    Workload workload({});
    ForEachEvent(classes, other_count, &workload, [&](const Draw& draw) {
      record.clear();
      AppendRecord(workload.Event(draw), draw.revision, draw.serial, &record);
      floor->LoadEvent(draw.serial, record);
    });
  }
  // Stream by stream: only their lengths matter here.
  Workload workload({});
  const auto load = [&](uint32_t stream, uint64_t length) {
    for (uint64_t i = 0; i < length; ++i) {
      const Draw draw = workload.NextOf(stream);
      record.clear();
      AppendRecord(workload.Event(draw), draw.revision, draw.serial, &record);
      floor->LoadStreamEvent(draw.stream, draw.revision, record);
    }
  };
  for (uint32_t stream = 0; stream < kStreamCount; ++stream) {
    load(stream, other_count / kStreamCount);
  }
  for (const StreamClass& streams : classes) {
    for (uint32_t i = 0; i < streams.stream_count; ++i) {
      load(streams.first_stream + i, streams.length);
    }
  }
  floor->Settle();
  return floor;
}

// What all contestants have in common for the measurements below.
class Reader {
 public:
  virtual ~Reader() = default;
  virtual void ReadStream(const StreamClass& streams, uint64_t i,
                          Fold* fold) = 0;
  // `cold`: for few reads all over the place.
  virtual void Reopen(bool cold) = 0;
  virtual const std::string& path() const = 0;
};

class DaybookReader : public Reader {
 public:
  explicit DaybookReader(const Context& context)
      : options_(context.options), folder_(context.NewFolder("read-daybook")) {
    Open();
    ForEachBatch(ClassesOf(options_.sizes), options_.sizes.read_event_count,
                 [&](const Batch& batch) {
                   Check(store_->Append(batch.request).status(), "append");
                 });
    WaitUntilAtRest(store_.get());
  }
  void ReadStream(const StreamClass& streams, uint64_t i, Fold* fold) override {
    FoldStream(store_.get(), streams.StreamName(i), fold);
  }
  void Reopen(bool /*cold*/) override {
    CloseStore(std::move(store_));
    Open();
  }
  const std::string& path() const override { return folder_->path(); }
  EventStore* store() { return store_.get(); }

 private:
  void Open() {
    store_ = OpenStore(folder_->path() + "/store", options_.memory_bytes);
  }
  const Options& options_;
  std::unique_ptr<Folder> folder_;
  std::unique_ptr<EventStore> store_;
};

class FloorReader : public Reader {
 public:
  explicit FloorReader(const Context& context)
      : options_(context.options),
        folder_(context.NewFolder("read-rocksdb")),
        floor_(LoadFloor(folder_->path(), options_)) {}
  void ReadStream(const StreamClass& streams, uint64_t i, Fold* fold) override {
    floor_->FoldStream(
        streams.first_stream + static_cast<uint32_t>(i % streams.stream_count),
        fold);
  }
  void Reopen(bool /*cold*/) override {
    floor_.reset();
    floor_ = std::make_unique<RocksFloor>(
        folder_->path(),
        RocksFloor::Settings{.memory_bytes = options_.memory_bytes});
  }
  const std::string& path() const override { return folder_->path(); }
  const RocksFloor& floor() const { return *floor_; }

 private:
  const Options& options_;
  std::unique_ptr<Folder> folder_;
  std::unique_ptr<RocksFloor> floor_;
};

class PeerReader : public Reader {
 public:
  using OpenPeer = std::unique_ptr<Peer> (*)(const std::string&,
                                             const PeerSettings&);
  PeerReader(const Context& context, const std::string& name, OpenPeer open)
      : options_(context.options),
        folder_(context.NewFolder(name)),
        open_(open) {
    Open(/*cold=*/false);
    ForEachBatch(ClassesOf(options_.sizes),
                 options_.sizes.peer_read_event_count,
                 [&](const Batch& batch) { peer_->Append(batch.request); });
    // What was written last sits elsewhere until then.
    Reopen(/*cold=*/false);
  }
  void ReadStream(const StreamClass& streams, uint64_t i, Fold* fold) override {
    peer_->ReadStream(streams.StreamName(i), fold);
  }
  void Reopen(bool cold) override {
    peer_.reset();
    Open(cold);
  }
  const std::string& path() const override { return folder_->path(); }
  Peer* peer() { return peer_.get(); }

 private:
  void Open(bool cold) {
    peer_ = open_(folder_->path(),
                  PeerSettings{.scattered_reads = cold,
                               .memory_bytes = options_.memory_bytes});
  }
  const Options& options_;
  std::unique_ptr<Folder> folder_;
  OpenPeer open_;
  std::unique_ptr<Peer> peer_;
};

// A stream whose events came one at a time, each long after the last: daybook
// derived each by itself, so that nothing of the stream is together.
class SparseStore {
 public:
  explicit SparseStore(const Context& context)
      : folder_(context.NewFolder("read-daybook-sparse")),
        store_(OpenStore(folder_->path() + "/store",
                         context.options.memory_bytes)) {
    Workload workload({});
    for (int i = 0; i < 1'000; ++i) {
      Batch batch = workload.NextBatch(9);
      workload.AddTo(&batch, workload.NextOf(kStream));
      Check(store_->Append(batch.request).status(), "append");
      WaitForIndexes(store_.get());
    }
    WaitUntilAtRest(store_.get());
  }
  void Read(Fold* fold) {
    FoldStream(store_.get(), Workload::StreamName(kStream), fold);
  }

 private:
  static constexpr uint32_t kStream = 600'000;
  std::unique_ptr<Folder> folder_;
  std::unique_ptr<EventStore> store_;
};

// The same few streams over and over: everything is cached.
void ReadHot(benchmark::State& state, Reader* reader,
             const StreamClass& streams) {
  constexpr uint64_t kHotCount = 16;
  for (uint64_t i = 0; i < kHotCount; ++i) {
    Fold fold;
    reader->ReadStream(streams, i, &fold);
    Check(fold.count == streams.length, "whole stream read");
  }
  Fold fold;
  uint64_t i = 0;
  for (auto unused : state) {
    static_cast<void>(unused);
    reader->ReadStream(streams, i++ % kHotCount, &fold);
    benchmark::DoNotOptimize(fold.mix);
  }
}

// A different stream each time, of a store just opened whose files are not in
// the page cache. The value is the median time; counters: first (seconds of
// the very first read), reads (read calls) and read_bytes (from the device),
// both a stream, once what leads to every stream is warm.
Sample ReadCold(Reader* reader, const StreamClass& streams) {
  const int count =
      static_cast<int>(std::min<uint64_t>(kColdCount, streams.stream_count));
  const int warmup_count = count > 1 ? kColdWarmupCount : 0;
  static uint64_t next = 0;
  // A long stream is no scattered read.
  reader->Reopen(/*cold=*/streams.length <= 1'000);
  std::vector<double> seconds;
  Sample sample;
  ReadCounters total;
  for (int i = 0; i < count; ++i) {
    DropPageCache(reader->path());
    Fold fold;
    const ReadCounters before = ReadsNow();
    const Stopwatch stopwatch;
    // Far from the last one.
    reader->ReadStream(streams, next += 37, &fold);
    seconds.push_back(stopwatch.Seconds());
    const ReadCounters reads = ReadsBetween(before, ReadsNow());
    Check(fold.count == streams.length, "whole stream read");
    if (i == 0) sample.counters["first"] = seconds[0];
    if (i < warmup_count) {
      if (i + 1 == warmup_count) seconds.clear();
      continue;
    }
    total.calls += reads.calls;
    total.device_bytes += reads.device_bytes;
    total.known = reads.known;
  }
  if (total.known) {
    const auto n = static_cast<double>(seconds.size());
    sample.counters["reads"] = static_cast<double>(total.calls) / n;
    sample.counters["read_bytes"] = static_cast<double>(total.device_bytes) / n;
  }
  sample.value = Median(seconds);
  for (const double s : seconds) sample.seconds += s;
  return sample;
}

}  // namespace

void RunReadGroups(const Context& context) {
  const Options& options = context.options;
  Lazy<DaybookReader> daybook(
      [&] { return std::make_unique<DaybookReader>(context); });
  Lazy<FloorReader> rocks(
      [&] { return std::make_unique<FloorReader>(context); });
  Lazy<PeerReader> sqlite([&] {
    return std::make_unique<PeerReader>(context, "read-sqlite", OpenSqlitePeer);
  });
  Lazy<PeerReader> lmdb([&] {
    return std::make_unique<PeerReader>(context, "read-lmdb", OpenLmdbPeer);
  });
  Lazy<SparseStore> sparse(
      [&] { return std::make_unique<SparseStore>(context); });
  struct Named {
    std::string name;
    std::function<Reader*()> reader;
  };
  const std::vector<Named> readers = {
      {"iterator", [&] { return &*rocks; }},
      {"daybook", [&] { return &*daybook; }},
      {"sqlite", [&] { return &*sqlite; }},
      {"lmdb", [&] { return &*lmdb; }},
  };

  for (const StreamClass& streams : ClassesOf(options.sizes)) {
    std::vector<Contestant> contestants;
    for (const Named& named : readers) {
      contestants.push_back(
          {.name = named.name,
           .unit = Unit::kSeconds,
           .once = {},
           .timed = [&, reader = named.reader](benchmark::State& state) {
             ReadHot(state, reader(), streams);
           }});
    }
    if (streams.length == 1'000) {
      contestants.push_back({.name = "daybook-sparse",
                             .unit = Unit::kSeconds,
                             .once = {},
                             .timed = [&](benchmark::State& state) {
                               Fold fold;
                               sparse->Read(&fold);
                               for (auto unused : state) {
                                 static_cast<void>(unused);
                                 sparse->Read(&fold);
                               }
                               benchmark::DoNotOptimize(fold.mix);
                             }});
    }
    context.runner.Run(std::string("stream-hot-") + streams.name,
                       std::move(contestants));
  }

  // The events that fit into memory, read again and again.
  const uint64_t hot_count =
      std::min<uint64_t>(1'000'000, options.sizes.peer_read_event_count +
                                        options.sizes.long_stream_count);
  // Records one after the other, as they would lie in a file.
  Lazy<std::vector<std::string>> records([&] {
    auto result = std::make_unique<std::vector<std::string>>();
    Workload workload({});
    const uint64_t count = std::min<uint64_t>(hot_count, 200'000);
    for (uint64_t i = 0; i < count; ++i) {
      const Draw draw = workload.Next();
      AppendRecord(workload.Event(draw), draw.revision, draw.serial,
                   &result->emplace_back());
    }
    return result;
  });
  const auto log = [&](const char* name, std::function<void(Fold*)> read) {
    return Contestant{.name = name,
                      .unit = Unit::kEventsPerSecond,
                      .once = {},
                      .timed =
                          [hot_count, read](benchmark::State& state) {
                            Fold warm;
                            read(&warm);
                            Fold fold;
                            for (auto unused : state) {
                              static_cast<void>(unused);
                              fold = Fold();
                              read(&fold);
                              benchmark::DoNotOptimize(fold.mix);
                            }
                            Check(fold.count == hot_count, "all events read");
                          },
                      .events_per_iteration = static_cast<double>(hot_count)};
  };
  context.runner.Run(
      "log-hot",
      {log("decode",
           [&](Fold* fold) {
             RecordView view;
             for (uint64_t i = 0; i < hot_count; ++i) {
               Check(ReadRecord((*records)[i % records->size()], &view),
                     "decode");
               fold->Add(view.revision, view.type, view.payload);
             }
           }),
       log("iterator",
           [&](Fold* fold) {
             rocks->floor().FoldLog(hot_count, /*decode=*/false, fold);
           }),
       log("iterator-and-decode",
           [&](Fold* fold) {
             rocks->floor().FoldLog(hot_count, /*decode=*/true, fold);
           }),
       log("daybook",
           [&](Fold* fold) { FoldLog(daybook->store(), hot_count, fold); }),
       log("sqlite",
           [&](Fold* fold) { sqlite->peer()->ReadLog(hot_count, fold); }),
       log("lmdb",
           [&](Fold* fold) { lmdb->peer()->ReadLog(hot_count, fold); })});

  for (const StreamClass& streams : ClassesOf(options.sizes)) {
    std::vector<Contestant> contestants;
    for (const Named& named : readers) {
      contestants.push_back(
          {named.name, Unit::kSeconds,
           [&, reader = named.reader] { return ReadCold(reader(), streams); }});
    }
    context.runner.Run(std::string("stream-cold-") + streams.name,
                       std::move(contestants),
                       std::min(options.sizes.rounds, 3));
  }

  // Everything there is, from the device.
  const auto log_cold = [&](Reader* reader,
                            const std::function<void(Fold*)>& read) {
    reader->Reopen(/*cold=*/false);
    DropPageCache(reader->path());
    const Stopwatch stopwatch;
    Fold fold;
    read(&fold);
    Sample sample;
    sample.seconds = stopwatch.Seconds();
    sample.value = static_cast<double>(fold.count) / sample.seconds;
    sample.counters["events"] = static_cast<double>(fold.count);
    return sample;
  };
  constexpr Unit kRate = Unit::kEventsPerSecond;
  constexpr uint64_t kAll = uint64_t{1} << 62;
  context.runner.Run("log-cold",
                     {{"iterator-and-decode", kRate,
                       [&] {
                         return log_cold(&*rocks, [&](Fold* fold) {
                           rocks->floor().FoldLog(kAll, /*decode=*/true, fold);
                         });
                       }},
                      {"daybook", kRate,
                       [&] {
                         return log_cold(&*daybook, [&](Fold* fold) {
                           FoldLog(daybook->store(), kAll, fold);
                         });
                       }},
                      {"sqlite", kRate,
                       [&] {
                         return log_cold(&*sqlite, [&](Fold* fold) {
                           sqlite->peer()->ReadLog(kAll, fold);
                         });
                       }},
                      {"lmdb", kRate,
                       [&] {
                         return log_cold(&*lmdb, [&](Fold* fold) {
                           lmdb->peer()->ReadLog(kAll, fold);
                         });
                       }}},
                     std::min(options.sizes.rounds, 2));
}

}  // namespace daybook::bench
