// daybook health: whether all is well with a store, for cron and probes.

#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "daybook/bus/schedules.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/followers.h"
#include "tools/number_option.h"
#include "tools/text.h"
#include "tools/text_option.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string max_lag;
  std::string min_disk;
  uint64_t max_parked = std::numeric_limits<uint64_t>::max();
};

// Of schedules so many are looked at, those that are due first.
constexpr size_t kSchedulesLookedAt = 1000;

// What was looked at: one line each.
class Report {
 public:
  void Add(bool is_well, std::string_view what) {
    text_ += Concat(is_well ? "ok    " : "BAD   ", Escaped(what), "\n");
    if (!is_well) ++bad_count_;
  }
  const std::string& text() const { return text_; }
  int bad_count() const { return bad_count_; }

 private:
  std::string text_;
  int bad_count_ = 0;
};

// Of the file system: how much is free, of all that a program may use.
absl::StatusOr<double> FreePercent(const std::string& folder) {
  struct statvfs found {};
  if (statvfs(folder.c_str(), &found) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("look at ", folder));
  }
  const double usable = static_cast<double>(found.f_blocks - found.f_bfree) +
                        static_cast<double>(found.f_bavail);
  if (usable <= 0) return 100.0;
  return 100.0 * static_cast<double>(found.f_bavail) / usable;
}

absl::StatusOr<double> ParsePercent(const std::string& text) {
  double percent = 0;
  if (!absl::SimpleAtod(absl::StripSuffix(text, "%"), &percent) ||
      !std::isfinite(percent) || percent < 0 || percent > 100) {
    return absl::InvalidArgumentError(
        Concat("--min-disk ", text, " is no percentage, such as 10%"));
  }
  return percent;
}

// What is pending, and when the first was due; what is damaged, and what
// failed, which an operator can only look at. Says nothing where there is none.
void AddSchedules(EventStore& store, absl::Duration lag_max, absl::Time now,
                  Report* report) {
  const std::unique_ptr<Schedules> schedules = Schedules::Over(store);
  const absl::StatusOr<std::vector<ScheduleInfo>> pending =
      schedules->Pending(kSchedulesLookedAt);
  const absl::StatusOr<std::vector<ScheduleInfo>> failed =
      schedules->Failed(kSchedulesLookedAt);
  absl::Status status = pending.status();
  status.Update(failed.status());
  if (!status.ok()) {
    report->Add(false, Concat("schedules: ", status.message()));
    return;
  }
  if (pending->empty() && failed->empty()) return;
  const auto count = [](size_t n, std::string_view what) {
    return Concat(Grouped(n), n < kSchedulesLookedAt ? " " : " or more ", what);
  };
  std::string text = Concat("schedules: ", count(pending->size(), "pending"));
  absl::Duration late;
  size_t damaged_count = 0;
  for (const ScheduleInfo& info : *pending) {
    late = std::max(late, now - info.due);
    if (info.state == ScheduleInfo::State::kDamaged) ++damaged_count;
  }
  size_t failed_count = 0;
  for (const ScheduleInfo& info : *failed) {
    ++(info.state == ScheduleInfo::State::kDamaged ? damaged_count
                                                   : failed_count);
  }
  if (late > absl::ZeroDuration()) {
    text += Concat(", the first due for ",
                   absl::FormatDuration(absl::Trunc(late, absl::Seconds(1))));
  }
  if (damaged_count > 0) text += ", " + count(damaged_count, "damaged");
  if (failed_count > 0) text += ", " + count(failed_count, "failed");
  report->Add(late <= lag_max && damaged_count == 0, text);
}

absl::Status Health(const Arguments& arguments, CommandContext& context) {
  absl::Duration lag_max = absl::InfiniteDuration();
  if (!arguments.max_lag.empty() &&
      (!absl::ParseDuration(arguments.max_lag, &lag_max) ||
       lag_max < absl::ZeroDuration())) {
    return absl::InvalidArgumentError(Concat(
        "--max-lag ", arguments.max_lag, " is no duration, such as 60s or 5m"));
  }
  double disk_min = 0;
  if (!arguments.min_disk.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(disk_min, ParsePercent(arguments.min_disk));
  }
  return context.WithStore([&](EventStore& store) -> absl::Status {
    Report report;
    const StoreStatus status = store.Status();
    report.Add(status.health.ok(),
               status.health.ok()
                   ? "appends"
                   : Concat("appends: ", status.health.ToString()));
    report.Add(status.audit_health.ok(),
               status.audit_health.ok()
                   ? "audit tree"
                   : Concat("audit tree: ", status.audit_health.ToString()));
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<Follower> followers,
                             ListFollowers(store, context));
    for (const Follower& follower : followers) {
      const bool is_known = follower.problem.ok();
      const bool has_parked = is_known && follower.parked_count > 0;
      report.Add(is_known && follower.lag <= lag_max &&
                     follower.parked_count <= arguments.max_parked,
                 Concat(follower.kind, " ", follower.name, ": ",
                        is_known ? Concat("lag ", LagText(follower))
                                 : std::string(follower.problem.message()),
                        has_parked ? Concat(", parked ",
                                            Grouped(follower.parked_count))
                                   : std::string()));
    }
    AddSchedules(store, lag_max, context.clock->Now(), &report);
    if (!arguments.min_disk.empty()) {
      DAYBOOK_ASSIGN_OR_RETURN(const double free, FreePercent(status.path));
      report.Add(free >= disk_min,
                 Concat("disk: ", std::floor(free * 10) / 10, " % free"));
    }
    context.out->Write(report.text());
    if (report.bad_count() == 0) return absl::OkStatus();
    return absl::UnavailableError(
        report.bad_count() == 1 ? "one thing is not as it should be"
                                : "some things are not as they should be");
  });
}

}  // namespace

void RegisterHealth(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command =
      AddCommand(app, "health",
                 "whether all is well with the store: exit code 0; 1 for what "
                 "is not, others where the store does not open",
                 "daybook health --max-lag 60s --max-parked 0 --min-disk 10%");
  command
      .add_option("--max-lag", arguments->max_lag,
                  "how far each subscription, group and view may be behind, "
                  "and how late a schedule")
      ->check(NotEmpty())
      ->type_name("DURATION");
  command
      .add_option("--max-parked", arguments->max_parked,
                  "how much each group and view may have parked")
      ->check(WholeNumber())
      ->type_name("N");
  command
      .add_option("--min-disk", arguments->min_disk,
                  "how much of the store's file system must be free")
      ->check(NotEmpty())
      ->type_name("PERCENT");
  SetBody(command, context, [arguments](CommandContext& running) {
    return Health(*arguments, running);
  });
}

}  // namespace daybook::tools
