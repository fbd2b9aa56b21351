// A store through the socket of its holder: catching up, delivery, and appends,
// each beside the same in process. Client and holder are one process here, with
// the socket between them.

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "bench/check.h"
#include "bench/daybook_store.h"
#include "bench/follow.h"
#include "bench/groups.h"
#include "bench/record.h"
#include "bench/workload.h"
#include "daybook/server/remote_store.h"
#include "daybook/server/store_server.h"

namespace daybook::bench {
namespace {

// What follows it does so through the socket, or beside that.
class ServedStore {
 public:
  ServedStore(const Context& context, uint64_t event_count)
      : store_(context, "serve", event_count),
        server_(Take(StoreServer::Start(held(), store_.folder()), "serve")),
        remote_(Take(RemoteStore::Connect(store_.folder()), "connect")) {}

  EventStore& held() { return store_.store(); }
  EventStore& remote() { return *remote_; }
  std::vector<Batch> Singles(uint64_t count) { return store_.Singles(count); }

 private:
  FollowedStore store_;
  std::unique_ptr<StoreServer> server_;
  std::unique_ptr<EventStore> remote_;
};

}  // namespace

void RunServeGroups(const Context& context) {
  const Sizes& sizes = context.options.sizes;
  const uint64_t log_count =
      std::min<uint64_t>(sizes.read_event_count, 1'000'000);
  Lazy<ServedStore> served(
      [&] { return std::make_unique<ServedStore>(context, log_count); });
  const auto read = [&](const char* name,
                        std::function<void(ServedStore&, Fold*)> run) {
    return Contestant{
        .name = name,
        .unit = Unit::kEventsPerSecond,
        .timed =
            [&served, run = std::move(run)](benchmark::State& state) {
              ServedStore& store = *served;
              for (auto _ : state) {
                Fold fold;
                run(store, &fold);
                benchmark::DoNotOptimize(fold.mix);
              }
            },
        .events_per_iteration = static_cast<double>(log_count)};
  };
  context.runner.Run("socket-catch-up",
                     {read("visitor",
                           [log_count](ServedStore& store, Fold* fold) {
                             FoldLog(&store.held(), log_count, fold);
                           }),
                      read("cursor",
                           [log_count](ServedStore& store, Fold* fold) {
                             FoldLog(&store.remote(), log_count, fold);
                           }),
                      read("subscription", [](ServedStore& store, Fold* fold) {
                        CatchUp(store.remote(), fold);
                      })});

  const uint64_t delivery_count =
      std::min<uint64_t>(sizes.single_append_count, 4'000);
  context.runner.Run("socket-delivery",
                     {{.name = "thread", .unit = Unit::kSeconds, .once = [&] {
                         return MeasureDelivery(
                             served->held(), served->remote(),
                             served->Singles(delivery_count));
                       }}});

  const auto in_flight = [&](bool is_remote) {
    return [&, is_remote] {
      const std::vector<Batch> singles =
          served->Singles(sizes.inflight_append_count);
      return AppendInFlight(is_remote ? &served->remote() : &served->held(),
                            singles, 64);
    };
  };
  const auto one_by_one = [&](bool is_remote) {
    return [&, is_remote] {
      const std::vector<Batch> singles =
          served->Singles(sizes.single_append_count);
      return AppendOneByOne(is_remote ? &served->remote() : &served->held(),
                            singles);
    };
  };
  constexpr Unit kRate = Unit::kEventsPerSecond;
  context.runner.Run(
      "socket-append",
      {{.name = "held", .unit = kRate, .once = one_by_one(false)},
       {.name = "remote", .unit = kRate, .once = one_by_one(true)},
       {.name = "64-in-flight-held", .unit = kRate, .once = in_flight(false)},
       {.name = "64-in-flight-remote",
        .unit = kRate,
        .once = in_flight(true)}});
}

}  // namespace daybook::bench
