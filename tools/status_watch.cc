#include "tools/status_watch.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "tools/counted.h"
#include "tools/followers.h"
#include "tools/interrupt.h"
#include "tools/table.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

constexpr absl::Duration kInterval = absl::Seconds(1);
// How long nobody may hold the store, as for who follows it.
constexpr absl::Duration kPatience = absl::Seconds(10);
// Of one interval; of more events the newest stand for all.
constexpr uint64_t kCountedMax = 20'000;
constexpr size_t kCategoriesShown = 8;
constexpr char kClearScreen[] = "\x1b[H\x1b[2J";

std::string PerSecond(uint64_t count, absl::Duration time) {
  const double seconds = std::max(absl::ToDoubleSeconds(time), 0.001);
  return Grouped(static_cast<uint64_t>(static_cast<double>(count) / seconds));
}

// How many events of each category stand at [from, to), about, the most first.
absl::StatusOr<std::vector<std::pair<std::string, uint64_t>>> CountCategories(
    EventStore& store, Position from, Position to) {
  std::map<std::string, uint64_t, std::less<>> counts;
  if (from < to) {
    const uint64_t count = to.value() - from.value();
    const uint64_t looked_at = std::min(count, kCountedMax);
    from = Position(to.value() - looked_at);
    DAYBOOK_ASSIGN_OR_RETURN(
        EventCursor cursor, store.ReadLog({.from = from, .to = to.Previous()}));
    for (const EventView& event : cursor) {
      ++counts[std::string(CategoryOf(event.stream))];
    }
    DAYBOOK_RETURN_IF_ERROR(cursor.status());
    for (auto& [category, counted] : counts) {
      counted = counted * count / looked_at;
    }
  }
  std::vector<std::pair<std::string, uint64_t>> sorted(counts.begin(),
                                                       counts.end());
  std::stable_sort(
      sorted.begin(), sorted.end(),
      [](const auto& a, const auto& b) { return a.second > b.second; });
  if (sorted.size() > kCategoriesShown) sorted.resize(kCategoriesShown);
  return sorted;
}

absl::Status Show(EventStore& store, const StoreStatus& before,
                  const StoreStatus& now, absl::Duration time,
                  CommandContext& context) {
  Output& out = *context.out;
  out.Write(Concat(
      Escaped(now.path), ": ", Counted(now.head.value(), "event"), ", ",
      PerSecond(now.head.value() - before.head.value(), time), " a second in ",
      PerSecond(now.appends - before.appends, time), " appends and ",
      PerSecond(now.syncs - before.syncs, time), " syncs, ",
      now.health.ok() ? "ok" : Escaped(now.health.ToString()), "\n"));
  DAYBOOK_ASSIGN_OR_RETURN(const auto categories,
                           CountCategories(store, before.head, now.head));
  Table rates(out, context.terminal,
              {{.title = "category"},
               {.title = "events/s", .align = Table::Align::kRight}});
  for (const auto& [category, count] : categories) {
    rates.Add({category, PerSecond(count, time)});
  }
  rates.Finish();
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<Follower> followers,
                           ListFollowers(store, context));
  Table table(out, context.terminal,
              {{.title = "follows"},
               {.title = "name"},
               {.title = "state"},
               {.title = "checkpoint", .align = Table::Align::kRight},
               {.title = "lag (events, time)", .align = Table::Align::kRight},
               {.title = "parked", .align = Table::Align::kRight}});
  for (const Follower& follower : followers) {
    table.Add({follower.kind, follower.name, follower.state,
               Grouped(follower.checkpoint.value()), LagText(follower),
               Grouped(follower.parked_count)});
  }
  table.Finish();
  out.Flush();
  return absl::OkStatus();
}

}  // namespace

absl::Status WatchStatus(EventStore& store, CommandContext& context) {
  StoreStatus before = store.Status();
  absl::Duration before_at = context.clock->Monotonic();
  absl::Duration seen_at = before_at;
  while (!Interrupted() && context.out->ok()) {
    context.sleep(kInterval);
    const StoreStatus now = store.Status();
    const absl::Duration now_at = context.clock->Monotonic();
    if (context.terminal.output_is_terminal) context.out->Write(kClearScreen);
    // A holder that was started anew counts from zero.
    if (now.appends < before.appends) before = now;
    absl::Status status = now.health;
    if (!absl::IsUnavailable(status)) {
      status = Show(store, before, now, now_at - before_at, context);
    }
    // Another one may take its place.
    if (absl::IsUnavailable(status) && now_at - seen_at < kPatience) {
      context.out->Write(Concat(Escaped(std::string(status.message())), "\n"));
      context.out->Flush();
      continue;
    }
    DAYBOOK_RETURN_IF_ERROR(status);
    before = now;
    before_at = seen_at = now_at;
  }
  return absl::OkStatus();
}

}  // namespace daybook::tools
