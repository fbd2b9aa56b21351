// Typed events: folds of streams to a state, and of the log to a view's rows.
//
// The floor of a fold is the same parses and the same Evolve on payloads that
// lie in memory; that of a rebuild is the whole-log visitor on the same store.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/check.h"
#include "bench/daybook_store.h"
#include "bench/files.h"
#include "bench/groups.h"
#include "bench/typed_events.h"
#include "daybook/replay/fold.h"
#include "daybook/replay/view_fold.h"
#include "google/protobuf/arena.h"

namespace daybook::bench {
namespace {

constexpr uint64_t kBatchCount = 1'000;

struct TypedStream {
  std::string name;
  uint64_t length;
};

std::vector<TypedStream> StreamsOf(const Sizes& sizes) {
  return {{"10", 10}, {"1k", 1'000}, {"long", sizes.long_stream_count}};
}

// A stream of each length.
class TypedStore {
 public:
  explicit TypedStore(const Context& context)
      : folder_(context.NewFolder("typed-daybook")),
        store_(OpenStore(folder_->path() + "/store",
                         context.options.memory_bytes)) {
    uint64_t number = 0;
    for (const TypedStream& stream : StreamsOf(context.options.sizes)) {
      for (uint64_t left = stream.length; left > 0;) {
        std::vector<NewEvent> events;
        for (; left > 0 && events.size() < kBatchCount; --left) {
          absl::StatusOr<NewEvent> event =
              MakeEvent(*store_, MakeMoved(number++));
          Check(event.status(), "make an event");
          payloads_.push_back(event->payload);
          events.push_back(*std::move(event));
        }
        Check(store_->Append(stream.name, ExpectedRevision::Any(), events)
                  .status(),
              "append");
      }
    }
    WaitUntilAtRest(store_.get());
  }

  EventStore& store() { return *store_; }
  const std::vector<std::string>& payloads() const { return payloads_; }

 private:
  std::unique_ptr<Folder> folder_;
  std::unique_ptr<EventStore> store_;
  std::vector<std::string> payloads_;
};

void RunFolds(const Context& context, Lazy<TypedStore>& typed) {
  for (const TypedStream& stream : StreamsOf(context.options.sizes)) {
    context.runner.Run(
        "fold-" + stream.name,
        {{.name = "daybook",
          .unit = Unit::kSeconds,
          .timed =
              [&](benchmark::State& state) {
                *typed;  // made before the clock runs
                for (auto unused : state) {
                  static_cast<void>(unused);
                  const auto folded =
                      daybook::Fold<Movements>(typed->store(), stream.name);
                  Check(folded.status(), "fold");
                  Check(folded->state.count() == stream.length, "all folded");
                }
              }},
         {.name = "parse-and-evolve",
          .unit = Unit::kSeconds,
          .timed = [&](benchmark::State& state) {
            *typed;
            for (auto unused : state) {
              static_cast<void>(unused);
              google::protobuf::Arena arena;
              Sum sum;
              for (uint64_t i = 0; i < stream.length; ++i) {
                auto* const moved =
                    google::protobuf::Arena::CreateMessage<Moved>(&arena);
                Check(moved->ParseFromString(typed->payloads()[i]), "parse");
                Movements::Evolve(sum, *moved);
                if (i % kBatchCount == 0) arena.Reset();
              }
              benchmark::DoNotOptimize(sum.amount());
            }
          }}});
  }
}

void RunRebuild(const Context& context, Lazy<TypedStore>& typed) {
  const auto visit = [&](benchmark::State& state) {
    *typed;
    for (auto unused : state) {
      static_cast<void>(unused);
      absl::StatusOr<EventCursor> cursor = typed->store().ReadLog();
      Check(cursor.status(), "read the log");
      size_t bytes = 0;
      for (const EventView& event : *cursor) bytes += event.payload.size();
      Check(cursor->status(), "read the log");
      benchmark::DoNotOptimize(bytes);
    }
  };
  const auto rebuild = [&](int worker_count) {
    return [&typed, worker_count](benchmark::State& state) {
      for (auto unused : state) {
        static_cast<void>(unused);
        const auto rows =
            FoldView<BySku>(typed->store(), {.worker_count = worker_count});
        Check(rows.status(), "fold the view");
        benchmark::DoNotOptimize(rows->size());
      }
    };
  };
  double events = 0;
  for (const TypedStream& stream : StreamsOf(context.options.sizes)) {
    events += static_cast<double>(stream.length);
  }
  context.runner.Run("rebuild", {{.name = "visitor",
                                  .unit = Unit::kEventsPerSecond,
                                  .timed = visit,
                                  .events_per_iteration = events},
                                 {.name = "daybook-1",
                                  .unit = Unit::kEventsPerSecond,
                                  .timed = rebuild(1),
                                  .events_per_iteration = events},
                                 {.name = "daybook-2",
                                  .unit = Unit::kEventsPerSecond,
                                  .timed = rebuild(2),
                                  .events_per_iteration = events}});
}

}  // namespace

void RunFoldGroups(const Context& context) {
  Lazy<TypedStore> typed([&] { return std::make_unique<TypedStore>(context); });
  RunFolds(context, typed);
  RunRebuild(context, typed);
}

}  // namespace daybook::bench
