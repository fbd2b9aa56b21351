// shopctl: the command line of the shop. Everything that `daybook` can do, with
// the shop's own states and views; and three commands of its own.
//
//   shopctl simulate STORE [EVENTS [SEED]]  lets customers come and go
//   shopctl report STORE [THREADS]          sales now and half-way; rebuilds
//   shopctl saga STORE                      orders that go well, and do not
//
//   shopctl --store STORE fold cart-42 --with cart
//   shopctl --store STORE view sales-by-sku-and-hour

#include <cstdint>
#include <iostream>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "daybook/projections/registry.h"
#include "daybook/replay/views.h"
#include "daybook/store/event_store.h"
#include "daybook/tools/tool_main.h"
#include "examples/shop/registration.h"
#include "examples/shop/report.h"
#include "examples/shop/saga_demo.h"
#include "examples/shop/simulate.h"

namespace {

using daybook::EventStore;

// Argument `i` as a number; what it is if it is not there, nothing if it is no
// number.
template <typename Number>
bool ParseArgument(int argc, char** argv, int i, Number* number) {
  return i >= argc || absl::SimpleAtoi(argv[i], number);
}

absl::Status Usage() {
  return absl::InvalidArgumentError(
      "usage: shopctl simulate STORE [EVENTS [SEED]], shopctl report STORE "
      "[THREADS], shopctl saga STORE");
}

// Whatever a customer does is a transaction, as in a real shop, and one comes
// after the other. Only the durability is not a shop's: nothing is synced until
// the end, since after a power cut one simulates again.
absl::Status Simulate(int argc, char** argv) {
  shop::SimulationOptions options;
  if (argc < 3 || !ParseArgument(argc, argv, 3, &options.event_count) ||
      !ParseArgument(argc, argv, 4, &options.seed)) {
    return Usage();
  }
  shop::SimulatedClock clock;
  const auto ids = daybook::IdSource::Seeded(options.seed);
  const auto store =
      EventStore::Open(argv[2], {.durability = daybook::Durability::None(),
                                 .source = "/shop",
                                 .clock = &clock,
                                 .id_source = ids.get()});
  if (!store.ok()) return store.status();
  const absl::Time begin = absl::Now();
  {
    daybook::Views views(**store);
    if (absl::Status kept = shop::KeepViews(views); !kept.ok()) return kept;
    const auto report = shop::Simulate(**store, clock, options);
    if (!report.ok()) return report.status();
    if (absl::Status synced = (*store)->Sync(); !synced.ok()) return synced;
    const double seconds = absl::ToDoubleSeconds(absl::Now() - begin);
    const uint64_t events = (*store)->Head().value();
    std::cout << absl::StreamFormat(
        "%-34s %9d events  %6.2f s  %9.0f events/s\n"
        "  %d customers in %.0f hours, %d orders, %d of them cancelled,\n"
        "  %d coupons redeemed, %d refused; %d appends\n",
        "simulated, views kept meanwhile", events, seconds,
        static_cast<double>(events) / seconds, report->visits,
        absl::ToDoubleHours(clock.Now() - shop::SimulatedClock::Begin()),
        report->orders, report->cancelled, report->coupons_redeemed,
        report->coupons_refused, (*store)->Status().appends);
  }
  return (*store)->Close(absl::Seconds(10));
}

absl::Status Report(int argc, char** argv) {
  int thread_count = 2;
  if (argc < 3 || !ParseArgument(argc, argv, 3, &thread_count)) return Usage();
  const auto store = EventStore::Open(argv[2], {.create_if_missing = false});
  if (!store.ok()) return store.status();
  return shop::Report(**store, thread_count, std::cout);
}

absl::Status Saga(int argc, char** argv) {
  if (argc < 3) return Usage();
  const auto store = EventStore::Open(argv[2], {.source = "/shop"});
  if (!store.ok()) return store.status();
  absl::Status shown = shop::ShowSaga(**store, std::cout);
  return shown.ok() ? (*store)->Close(absl::Seconds(10)) : shown;
}

int ExitStatus(const absl::Status& status) {
  if (!status.ok()) std::cerr << "shopctl: " << status.message() << "\n";
  return status.ok() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command == "simulate") return ExitStatus(Simulate(argc, argv));
  if (command == "report") return ExitStatus(Report(argc, argv));
  if (command == "saga") return ExitStatus(Saga(argc, argv));

  daybook::Registry registry;
  shop::RegisterShop(registry);
  return daybook::ToolMain(argc, argv, registry);
}
