// daybook serve: holds a store, so that other processes can use it together.

#include <unistd.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "daybook/bus/schedules.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/interrupt.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  bool fire_schedules = false;
};

// Says what went wrong with schedules since it was last asked.
class ScheduleReport {
 public:
  explicit ScheduleReport(const Scheduler* scheduler)
      : scheduler_(*scheduler) {}

  void Tell(CommandContext& context) {
    if (const uint64_t count = scheduler_.failed_count(); count > told_count_) {
      context.Say(Concat(Counted(count - told_count_, "schedule"), " failed: `",
                         context.program, " schedule list --failed` says why"));
      told_count_ = count;
    }
    absl::Status status = scheduler_.status();
    if (status == told_) return;
    told_ = std::move(status);
    if (!told_.ok()) {
      context.Say(Concat("schedules: ", std::string(told_.message())));
    }
  }

 private:
  const Scheduler& scheduler_;
  uint64_t told_count_ = 0;
  absl::Status told_;
};

absl::Status Serve(const Arguments& arguments, CommandContext& context) {
  return context.WithServedStore(
      [&](EventStore& store, const absl::Status& served) -> absl::Status {
        DAYBOOK_RETURN_IF_ERROR(served);
        context.out->Write(
            Concat("serving ", Escaped(context.store_path), ": pid ", getpid(),
                   ", ", Counted(store.Head().value(), "event"), "\n"));
        context.out->Flush();
        std::unique_ptr<Scheduler> scheduler;
        std::optional<ScheduleReport> report;
        if (arguments.fire_schedules) {
          DAYBOOK_ASSIGN_OR_RETURN(
              scheduler, Scheduler::Start(store, {.clock = context.clock}));
          report.emplace(scheduler.get());
        }
        absl::Status health;
        while (!Interrupted() && health.ok()) {
          context.sleep(absl::Seconds(1));
          if (report.has_value()) report->Tell(context);
          // Whoever watches over the process can start it anew.
          health = store.Status().health;
        }
        return health;
      });
}

}  // namespace

void RegisterServe(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      app, "serve",
      "hold the store and let other processes use it, until interrupted",
      "daybook serve &\n"
      "daybook append order-42 --type order-placed\n"
      "daybook tail --follow\n"
      "daybook serve --fire-schedules");
  command.add_flag("--fire-schedules", arguments->fire_schedules,
                   "append what is scheduled when it is due; without it "
                   "nobody does, unless a program runs a scheduler");
  SetBody(command, context, [arguments](CommandContext& running) {
    return Serve(*arguments, running);
  });
}

}  // namespace daybook::tools
