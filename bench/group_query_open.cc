// Queries by tag, and opening: both on a store of events with four tags each.

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/check.h"
#include "bench/child.h"
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
  Workload workload({.tags = true, .event_count = event_count});
  for (uint64_t i = 0; i < event_count; i += kBatchCount) {
    append(workload.NextBatch(std::min(kBatchCount, event_count - i)).request);
  }
}

// A store of daybook that is closed between measurements, or kept open.
class TaggedStore {
 public:
  TaggedStore(const Context& context, const std::string& name,
              uint64_t event_count)
      : options_(context.options), folder_(context.NewFolder(name)) {
    ForEachBatch(event_count, [&](const AppendRequest& request) {
      Check(store()->Append(request).status(), "append");
    });
    WaitUntilAtRest(store());
  }

  std::string path() const { return folder_->path() + "/store"; }
  EventStore* store() {
    if (store_ == nullptr) store_ = OpenStore(path(), options_.memory_bytes);
    return store_.get();
  }
  void Close() {
    if (store_ != nullptr) CloseStore(std::move(store_));
  }

 private:
  const Options& options_;
  std::unique_ptr<Folder> folder_;
  std::unique_ptr<EventStore> store_;
};

class TaggedPeer {
 public:
  using OpenPeer = std::unique_ptr<Peer> (*)(const std::string&,
                                             const PeerSettings&);
  TaggedPeer(const Context& context, const std::string& name, OpenPeer open)
      : options_(context.options),
        folder_(context.NewFolder(name)),
        open_(open) {
    Reopen();
    ForEachBatch(options_.sizes.peer_tagged_event_count,
                 [&](const AppendRequest& request) { peer_->Append(request); });
    Reopen();
  }
  void Reopen() {
    Close();
    peer_ = open_(
        folder_->path(),
        PeerSettings{.tags = true, .memory_bytes = options_.memory_bytes});
  }
  void Close() { peer_.reset(); }
  Peer* peer() { return peer_.get(); }
  const std::string& path() const { return folder_->path(); }

 private:
  const Options& options_;
  std::unique_ptr<Folder> folder_;
  OpenPeer open_;
  std::unique_ptr<Peer> peer_;
};

Query TagQuery(const std::string& tag) {
  Query query;
  query.items.push_back({.tags = {tag}});
  return query;
}

void FoldQuery(EventStore* store, const std::string& tag, uint64_t limit,
               Fold* fold) {
  ReadLogOptions options;
  options.limit = limit;
  EventCursor cursor = Take(store->ReadQuery(TagQuery(tag), options), "query");
  while (cursor.Next()) {
    const EventView& event = cursor.event();
    fold->Add(event.revision.value(), event.type, event.payload);
  }
  Check(cursor.status(), "query");
}

using ReadTag = std::function<void(uint64_t limit, Fold* fold)>;

Contestant First(const char* name, ReadTag read) {
  return {.name = name,
          .unit = Unit::kSeconds,
          .once = {},
          .timed = [read](benchmark::State& state) {
            Fold warm;
            read(1, &warm);
            for (auto unused : state) {
              static_cast<void>(unused);
              Fold fold;
              read(1, &fold);
              Check(fold.count == 1, "first event found");
            }
          }};
}

Contestant Matches(const char* name, ReadTag read) {
  return {.name = name,
          .unit = Unit::kEventsPerSecond,
          .once =
              [read] {
                Fold fold;
                // Once to warm up: rates are of a hot store.
                read(kNoLimit >> 2, &fold);
                int repeat_count = 0;
                fold = Fold();
                const Stopwatch stopwatch;
                do {
                  read(kNoLimit >> 2, &fold);
                  ++repeat_count;
                } while (stopwatch.Seconds() < 0.2);
                Check(fold.count > 0, "events found");
                Sample sample;
                sample.seconds = stopwatch.Seconds();
                sample.value = static_cast<double>(fold.count) / sample.seconds;
                sample.counters["matches"] =
                    static_cast<double>(fold.count) / repeat_count;
                return sample;
              },
          .timed = {}};
}

// Open() alone; counters: ready (until an append on top was durable, too).
Sample OpenTime(const TaggedStore& closed, size_t memory_bytes) {
  Sample sample;
  const Stopwatch stopwatch;
  std::unique_ptr<EventStore> store = OpenStore(closed.path(), memory_bytes);
  sample.seconds = sample.value = stopwatch.Seconds();
  Workload workload({.seed = 3});
  Check(store->Append(workload.NextBatch(1).request).status(), "append");
  sample.counters["ready"] = stopwatch.Seconds();
  CloseStore(std::move(store));
  return sample;
}

// Likewise after kill -9; counters: indexed (until everything is derived).
Sample OpenTimeAfterKill(const TaggedStore& closed, const Options& options) {
  static uint64_t seed = 100;
  ++seed;
  // At different moments of what goes on behind.
  const double seconds = options.sizes.kill_after_seconds *
                         (1 + 0.1 * static_cast<double>(seed % 7));
  const uint64_t acknowledged =
      AppendThenKill(closed.path(), options.memory_bytes, seed, seconds);
  Sample sample;
  const Stopwatch stopwatch;
  std::unique_ptr<EventStore> store =
      OpenStore(closed.path(), options.memory_bytes);
  sample.seconds = sample.value = stopwatch.Seconds();
  Check(store->Head().value() >= acknowledged,
        "everything acknowledged before kill -9 is there");
  WaitForIndexes(store.get());
  sample.counters["indexed"] = stopwatch.Seconds();
  CloseStore(std::move(store));
  return sample;
}

}  // namespace

void RunQueryAndOpenGroups(const Context& context) {
  const Options& options = context.options;
  Lazy<TaggedStore> large([&] {
    return std::make_unique<TaggedStore>(context, "tagged-large",
                                         options.sizes.tagged_event_count);
  });
  Lazy<TaggedStore> small([&] {
    return std::make_unique<TaggedStore>(context, "tagged-small",
                                         options.sizes.small_open_event_count);
  });
  Lazy<TaggedPeer> sqlite([&] {
    return std::make_unique<TaggedPeer>(context, "tagged-sqlite",
                                        OpenSqlitePeer);
  });
  Lazy<TaggedPeer> lmdb([&] {
    return std::make_unique<TaggedPeer>(context, "tagged-lmdb", OpenLmdbPeer);
  });

  for (const std::string tag : {kRareTag, kCampaignTag}) {
    const std::string group = tag == kRareTag ? "query-rare" : "query-campaign";
    const ReadTag from_daybook = [&, tag](uint64_t limit, Fold* fold) {
      FoldQuery(large->store(), tag, limit, fold);
    };
    const ReadTag from_sqlite = [&, tag](uint64_t limit, Fold* fold) {
      sqlite->peer()->ReadTag(tag, limit, fold);
    };
    const ReadTag from_lmdb = [&, tag](uint64_t limit, Fold* fold) {
      lmdb->peer()->ReadTag(tag, limit, fold);
    };
    context.runner.Run(group + "-first", {First("daybook", from_daybook),
                                          First("sqlite", from_sqlite),
                                          First("lmdb", from_lmdb)});
    context.runner.Run(
        group, {Matches("daybook", from_daybook),
                Matches("sqlite", from_sqlite), Matches("lmdb", from_lmdb)});
  }

  const auto open = [&](const char* name, Lazy<TaggedStore>& store) {
    return Contestant{name, Unit::kSeconds, [&] {
                        store->Close();
                        return OpenTime(*store, options.memory_bytes);
                      }};
  };
  const auto open_peer = [&](const char* name, Lazy<TaggedPeer>& peer) {
    return Contestant{name, Unit::kSeconds, [&] {
                        peer->Close();
                        const Stopwatch stopwatch;
                        peer->Reopen();
                        // SQLite opens its file when first asked something.
                        Fold fold;
                        peer->peer()->ReadLog(1, &fold);
                        Sample sample;
                        sample.seconds = sample.value = stopwatch.Seconds();
                        return sample;
                      }};
  };
  context.runner.Run(
      "open-clean", {open("daybook-small", small), open("daybook-large", large),
                     open_peer("sqlite", sqlite), open_peer("lmdb", lmdb)});
  const auto killed = [&](const char* name, Lazy<TaggedStore>& store) {
    return Contestant{name, Unit::kSeconds, [&] {
                        store->Close();
                        return OpenTimeAfterKill(*store, options);
                      }};
  };
  context.runner.Run("open-killed", {killed("daybook-small", small),
                                     killed("daybook-large", large)});
}

}  // namespace daybook::bench
