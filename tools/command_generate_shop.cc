// daybook generate shop: the events of a made-up shop, a workload to try a
// store on.

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "daybook/store/event_store.h"
#include "daybook/store/limits.h"
#include "store/status_macros.h"
#include "tools/append_window.h"
#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/interrupt.h"
#include "tools/number_option.h"
#include "tools/pacer.h"
#include "tools/progress.h"
#include "tools/shop.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

// Empty for a number above 0.
std::string IsRate(const std::string& text) {
  double rate = 0;
  if (absl::SimpleAtod(text, &rate) && std::isfinite(rate) && rate > 0) {
    return "";
  }
  return Concat(Quoted(text), " is no number above 0");
}

// With a rate, an append holds no more than what is due in this time.
constexpr double kAppendSeconds = 0.05;

struct Arguments {
  uint64_t events = 0;
  uint64_t streams = 1000;
  uint64_t seed = 1;
  double rate = 0;
  uint64_t batch = 100;
  bool resume = false;

  // Events of one append, but for the one that a step has more.
  uint64_t BatchCount() const {
    if (rate <= 0) return batch;
    const double due = rate * kAppendSeconds;
    return static_cast<uint64_t>(
        std::clamp(due, 1.0, static_cast<double>(batch)));
  }
};

struct Counts {
  uint64_t events = 0;
  uint64_t appends = 0;
  std::map<std::string, uint64_t> by_type;
  absl::flat_hash_map<std::string, uint64_t> by_stream;

  void Add(const AppendRequest& request) {
    ++appends;
    events += request.events.size();
    for (const StreamEvent& event : request.events) {
      ++by_type[event.event.type];
      ++by_stream[event.stream];
    }
  }
};

void PrintSummary(CommandContext& context, const Counts& counts,
                  const AppendWindow& window, absl::Duration elapsed) {
  const double seconds = std::max(absl::ToDoubleSeconds(elapsed), 1e-3);
  const auto rate =
      static_cast<uint64_t>(static_cast<double>(counts.events) / seconds);
  context.out->Write(Concat("appended ",
                            Counted(window.events_appended(), "event"), " in ",
                            Counted(counts.appends, "append"), " in ",
                            Elapsed(elapsed), " (", Grouped(rate), "/s)"));
  if (window.events_repeated() > 0) {
    context.out->Write(Concat("; ", Grouped(window.events_repeated()),
                              window.events_repeated() == 1 ? " was" : " were",
                              " there already"));
  }
  context.out->Write("\n");
  for (const auto& [type, count] : counts.by_type) {
    context.out->Write(absl::StrFormat("  %-18s %12s\n", type, Grouped(count)));
  }
  const auto busiest = std::max_element(
      counts.by_stream.begin(), counts.by_stream.end(),
      [](const auto& a, const auto& b) {
        return std::pair(a.second, b.first) < std::pair(b.second, a.first);
      });
  if (busiest != counts.by_stream.end()) {
    context.out->Write(Concat("  ", Counted(counts.by_stream.size(), "stream"),
                              ", the longest ", busiest->first, " with ",
                              Counted(busiest->second, "event"), "\n"));
  }
}

absl::Status Failed(const absl::Status& status) {
  if (!absl::IsAlreadyExists(status)) return status;
  return absl::AlreadyExistsError(
      "the store holds a run of this seed with other options: --resume needs "
      "the same --events, --streams, --batch and --rate");
}

absl::Status Generate(CommandContext& context, EventStore& store,
                      const Arguments& arguments) {
  DAYBOOK_RETURN_IF_ERROR(Shop::Register(store));
  Shop shop(arguments.seed, arguments.streams);
  Pacer pacer(*context.clock, arguments.rate);
  Progress progress(context, "generate", arguments.events);
  AppendWindow window(store);
  Counts counts;
  const absl::Duration start = context.clock->Monotonic();
  while (counts.events < arguments.events && !Interrupted()) {
    const uint64_t left = arguments.events - counts.events;
    const uint64_t batch = std::min(left, arguments.BatchCount());
    AppendRequest request;
    if (arguments.resume) {
      request.key = Concat("shop:", arguments.seed, ":", counts.events);
    }
    while (request.events.size() < batch) {
      shop.Step(left - request.events.size(), request.events);
    }
    SleepUnlessInterrupted(pacer.Wait(counts.events));
    DAYBOOK_RETURN_IF_ERROR(window.Add(request, Failed));
    counts.Add(request);
    progress.Update(counts.events);
  }
  DAYBOOK_RETURN_IF_ERROR(window.Finish());
  progress.Clear();
  PrintSummary(context, counts, window, context.clock->Monotonic() - start);
  return Interrupted() ? InterruptedError() : absl::OkStatus();
}

}  // namespace

void RegisterGenerateShop(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "generate", "append made-up events"), "shop",
      "append the events of a made-up shop: carts and their orders\n\n"
      "A few carts are busy and most are not. Payloads are protobuf messages.\n"
      "The same --seed and --streams give the same events, ids and times too.",
      "daybook generate shop --events 1000000 --streams 10000\n"
      "daybook generate shop --events 600 --rate 10");
  command.add_option("--events", arguments->events, "how many")
      ->required()
      ->check(WholeNumber(1))
      ->type_name("N");
  command
      .add_option("--streams", arguments->streams,
                  "in how many streams at most, half of them carts and half "
                  "orders (default: 1000)")
      ->check(WholeNumber(2, 100'000'000))
      ->type_name("N");
  command.add_option("--seed", arguments->seed, "which events (default: 1)")
      ->check(WholeNumber())
      ->type_name("N");
  command
      .add_option("--rate", arguments->rate,
                  "how many events a second (default: as fast as it goes)")
      ->check(IsRate)
      ->type_name("R");
  command
      .add_option("--batch", arguments->batch,
                  "how many events an append holds (default: 100; fewer with a "
                  "low --rate)")
      ->check(WholeNumber(1, kAppendCountMax - 1))
      ->type_name("N");
  command.add_flag("--resume", arguments->resume,
                   "give each append a key, so that a run that was broken off "
                   "can be given again and appends only what is missing");
  SetBody(command, context, [arguments](CommandContext& the_context) {
    return the_context.WithStore([&](EventStore& store) {
      return Generate(the_context, store, *arguments);
    });
  });
}

}  // namespace daybook::tools
