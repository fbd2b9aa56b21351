// Loading a state through a snapshot: streams of 10, 10,000 and very many
// events, of which the last ten came after the snapshot.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/check.h"
#include "bench/daybook_store.h"
#include "bench/files.h"
#include "bench/groups.h"
#include "bench/workload.h"
#include "daybook/projections/any_decider.h"
#include "daybook/replay/any_snapshots.h"
#include "google/protobuf/wrappers.pb.h"

namespace daybook::bench {
namespace {

// As many as the shortest stream has.
constexpr uint64_t kNewCount = 10;

// Adds up what it reads; its state is small, as that of most things is.
class Adder final : public AnyDecider {
 public:
  Adder()
      : AnyDecider("adder", 1, Query(),
                   google::protobuf::UInt64Value::default_instance()) {}
  absl::Status Evolve(const EventView& event,
                      google::protobuf::Message* state) const override {
    auto* const sum = static_cast<google::protobuf::UInt64Value*>(state);
    sum->set_value(sum->value() * 31 + event.payload.size() +
                   event.revision.value());
    return absl::OkStatus();
  }
};

struct LoadedStream {
  const char* name;
  uint32_t stream;
  uint64_t length;
};

std::vector<LoadedStream> StreamsOf(const Sizes& sizes) {
  return {{"10", 200'000, kNewCount},
          {"10k", 300'000, 10'000},
          {"long", 400'000, sizes.long_stream_count}};
}

// The streams, and snapshots of all but their last events.
class LoadStore {
 public:
  explicit LoadStore(const Context& context)
      : folder_(context.NewFolder("load-daybook")),
        store_(OpenStore(folder_->path() + "/store",
                         context.options.memory_bytes)),
        // None is written while loads are measured.
        snapshots_(*store_, std::make_shared<const Adder>(),
                   {.event_count = kNewCount + 1,
                    .replay_time = absl::InfiniteDuration()}) {
    Workload workload({});
    for (const LoadedStream& loaded : StreamsOf(context.options.sizes)) {
      AppendTo(&workload, loaded.stream, loaded.length - kNewCount);
      Load(loaded);
      snapshots_.Flush();
      AppendTo(&workload, loaded.stream, kNewCount);
    }
    WaitUntilAtRest(store_.get());
  }

  AnyFolded Load(const LoadedStream& loaded) {
    absl::StatusOr<AnyFolded> folded =
        snapshots_.Fold(Workload::StreamName(loaded.stream));
    Check(folded.status(), "load");
    return *std::move(folded);
  }

 private:
  void AppendTo(Workload* workload, uint32_t stream, uint64_t count) {
    while (count > 0) {
      Batch batch;
      for (; count > 0 && batch.streams.size() < 1'000; --count) {
        workload->AddTo(&batch, workload->NextOf(stream));
      }
      Check(store_->Append(batch.request).status(), "append");
    }
  }

  std::unique_ptr<Folder> folder_;
  std::unique_ptr<EventStore> store_;
  AnySnapshots snapshots_;
};

}  // namespace

void RunLoadGroup(const Context& context) {
  Lazy<LoadStore> store([&] { return std::make_unique<LoadStore>(context); });
  std::vector<Contestant> contestants;
  for (const LoadedStream& loaded : StreamsOf(context.options.sizes)) {
    contestants.push_back(
        {.name = loaded.name,
         .unit = Unit::kSeconds,
         .once = {},
         .timed = [&store, loaded](benchmark::State& state) {
           Check(store->Load(loaded).trail.event_count == loaded.length,
                 "whole stream loaded");
           for (auto unused : state) {
             static_cast<void>(unused);
             benchmark::DoNotOptimize(store->Load(loaded).place);
           }
         }});
  }
  context.runner.Run("load-snapshot", std::move(contestants));
}

}  // namespace daybook::bench
