// What deciding costs beside appending what was decided.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/check.h"
#include "bench/daybook_store.h"
#include "bench/files.h"
#include "bench/groups.h"
#include "bench/repeat.h"
#include "bench/typed_events.h"
#include "daybook/projections/typed_event.h"
#include "daybook/replay/state_cache.h"
#include "daybook/replay/transact.h"

namespace daybook::bench {
namespace {

constexpr int kThreadCount = 64;
// Drawn in turn. A multiple of the threads: no two ever meet in one.
constexpr uint64_t kStockCount = 64 * 1'000;
constexpr uint64_t kFirstEventCount = 10;

std::string StreamName(uint64_t number) {
  return absl::StrCat("stock-", number % kStockCount);
}

// Streams of a few events, and the states of all of them in a cache.
class TransactStore {
 public:
  explicit TransactStore(const Context& context)
      : folder_(context.NewFolder("transact-daybook")),
        store_(OpenStore(folder_->path() + "/store",
                         context.options.memory_bytes)),
        cache_(*store_, kStockCount) {
    constexpr uint64_t kTogether = 100;
    for (uint64_t stream = 0; stream < kStockCount;) {
      AppendRequest request;
      for (const uint64_t end = stream + kTogether; stream < end; ++stream) {
        for (uint64_t i = 0; i < kFirstEventCount; ++i) {
          request.events.push_back(
              {StreamName(stream),
               Take(MakeEvent(*store_, MakeMoved(i)), "make an event")});
        }
      }
      Check(store_->Append(std::move(request)).status(), "append");
    }
    WaitUntilAtRest(store_.get());
    for (uint64_t stream = 0; stream < kStockCount; ++stream) {
      Check(cache_.Fold(StreamName(stream)).status(), "fold");
    }
  }

  // What a transaction appends, without looking.
  void AppendOne(uint64_t number) {
    Check(Append(*store_, StreamName(number), ExpectedRevision::Exists(),
                 MakeMoved(number))
              .status(),
          "append");
  }

  void TransactOne(uint64_t number, bool cached) {
    const auto decide = [&](const Sum& sum,
                            Emit<Movements>& emit) -> absl::Status {
      Check(sum.count() >= kFirstEventCount, "the state is whole");
      emit(MakeMoved(number));
      return absl::OkStatus();
    };
    Check(Transact<Movements>(*store_, StreamName(number), decide,
                              {.cache = cached ? &cache_ : nullptr})
              .status(),
          "transact");
  }

 private:
  std::unique_ptr<Folder> folder_;
  std::unique_ptr<EventStore> store_;
  StateCache<Movements> cache_;
};

}  // namespace

void RunTransactGroup(const Context& context) {
  Lazy<TransactStore> store(
      [&] { return std::make_unique<TransactStore>(context); });
  const Sizes& sizes = context.options.sizes;
  uint64_t next = 0;
  // Streams are drawn on from round to round.
  const auto repeat = [&](int thread_count, auto operation) {
    const uint64_t count = thread_count == 1 ? sizes.single_append_count
                                             : sizes.inflight_append_count;
    *store;  // made before the clock runs
    const uint64_t first = next;
    next += count;
    const auto at = [&, first](uint64_t i) { operation(first + i); };
    return thread_count == 1 ? Repeat(count, at)
                             : RepeatFromThreads(thread_count, count, at);
  };
  const auto append = [&](uint64_t i) { store->AppendOne(i); };
  const auto transact = [&](uint64_t i) { store->TransactOne(i, false); };
  const auto cached = [&](uint64_t i) { store->TransactOne(i, true); };
  constexpr Unit kRate = Unit::kEventsPerSecond;
  context.runner.Run(
      "transact",
      {{.name = "append",
        .unit = kRate,
        .once = [&] { return repeat(1, append); }},
       {.name = "daybook",
        .unit = kRate,
        .once = [&] { return repeat(1, transact); }},
       {.name = "daybook-cached",
        .unit = kRate,
        .once = [&] { return repeat(1, cached); }},
       {.name = "append-64-threads",
        .unit = kRate,
        .once = [&] { return repeat(kThreadCount, append); }},
       {.name = "daybook-64-threads",
        .unit = kRate,
        .once = [&] { return repeat(kThreadCount, transact); }},
       {.name = "daybook-64-threads-cached", .unit = kRate, .once = [&] {
          return repeat(kThreadCount, cached);
        }}});
}

}  // namespace daybook::bench
