// daybook schedule list, cancel: what is to be appended later.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "daybook/bus/schedules.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/confirmed_change.h"
#include "tools/format_option.h"
#include "tools/json_text.h"
#include "tools/number_option.h"
#include "tools/table.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

CLI::App& Group(CLI::App& app) {
  return CommandGroup(app, "schedule", "events that are appended later");
}

// "payment-reminded in order-42, ..."; of one that is damaged, what is wrong.
std::string EventsText(const ScheduleInfo& info) {
  if (info.state == ScheduleInfo::State::kDamaged) {
    return Concat("nothing: ", info.reason);
  }
  return absl::StrJoin(info.events, ", ",
                       [](std::string* out, const StreamEvent& event) {
                         *out += Concat(event.event.type, " in ", event.stream);
                       });
}

// As in JSON.
std::string_view StateText(ScheduleInfo::State state) {
  switch (state) {
    case ScheduleInfo::State::kPending:
      return "pending";
    case ScheduleInfo::State::kFired:
      return "fired";
    case ScheduleInfo::State::kCancelled:
      return "cancelled";
    case ScheduleInfo::State::kFailed:
      return "failed";
    case ScheduleInfo::State::kDamaged:
      return "damaged";
  }
  return "";
}

std::string ScheduleJson(const ScheduleInfo& info) {
  const std::string events = absl::StrJoin(
      info.events, ",", [](std::string* out, const StreamEvent& event) {
        *out += Concat("{\"stream\":", JsonString(event.stream),
                       ",\"type\":", JsonString(event.event.type), "}");
      });
  if (info.state == ScheduleInfo::State::kDamaged) {
    return Concat("{\"id\":", JsonString(info.id), ",\"due\":\"",
                  TimeText(info.due), "\",\"state\":\"", StateText(info.state),
                  "\",\"problem\":", JsonString(info.reason), "}");
  }
  const std::string reason =
      info.state == ScheduleInfo::State::kPending
          ? std::string()
          : Concat(",\"reason\":", JsonString(info.reason));
  return Concat("{\"id\":", JsonString(info.id), ",\"due\":\"",
                TimeText(info.due), "\",\"state\":\"", StateText(info.state),
                "\"", reason, ",\"position\":", info.position.value(),
                ",\"scheduled_at\":\"", TimeText(info.scheduled_at),
                "\",\"events\":[", events, "]}");
}

struct ListArguments {
  bool failed = false;
  uint64_t limit = 1000;
  std::string format = "table";
};

absl::Status List(const ListArguments& arguments, CommandContext& context) {
  return context.WithStore([&](EventStore& store) -> absl::Status {
    const std::unique_ptr<Schedules> schedules =
        Schedules::Over(store, {.clock = context.clock});
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<ScheduleInfo> infos,
                             arguments.failed
                                 ? schedules->Failed(arguments.limit)
                                 : schedules->Pending(arguments.limit));
    std::vector<Table::Column> columns = {{.title = "due"},
                                          {.title = "id", .width_max = 60},
                                          {.title = "appends"}};
    if (arguments.failed) columns.push_back({.title = "failed, as"});
    Table table(context,
                arguments.failed ? "no failed schedules" : "no schedules",
                columns);
    for (const ScheduleInfo& info : infos) {
      if (arguments.format == "json") {
        context.out->Write(ScheduleJson(info) + "\n");
      } else {
        std::vector<std::string> cells = {TimeText(info.due), info.id,
                                          EventsText(info)};
        if (arguments.failed) cells.push_back(info.reason);
        table.Add(cells);
      }
    }
    if (arguments.format == "table") table.Finish();
    return absl::OkStatus();
  });
}

struct CancelArguments {
  std::string id;
  std::string reason;
  bool yes = false;
};

absl::Status Cancel(const CancelArguments& arguments, CommandContext& context) {
  return context.WithStore([&](EventStore& store) -> absl::Status {
    const std::unique_ptr<Schedules> schedules =
        Schedules::Over(store, {.clock = context.clock});
    DAYBOOK_ASSIGN_OR_RETURN(const ScheduleInfo info,
                             schedules->Get(arguments.id));
    if (info.state != ScheduleInfo::State::kPending) {
      return absl::FailedPreconditionError(Concat(
          "schedule ", Quoted(arguments.id), " is not pending any more"));
    }
    const ConfirmedChange told = {
        "cancels", "cancelled",
        Concat("the schedule ", Escaped(info.id), ", due at ",
               TimeText(info.due), ": nothing of ", Escaped(EventsText(info)),
               " is ever appended.")};
    const auto change = [&]() -> absl::Status {
      DAYBOOK_RETURN_IF_ERROR(
          RecordOperation(context, store, arguments.reason));
      return schedules->Cancel(arguments.id, arguments.reason).status();
    };
    return ChangeIfConfirmed(told, arguments.yes, change, context);
  });
}

}  // namespace

void RegisterScheduleList(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<ListArguments>();
  CLI::App& command = AddCommand(Group(app), "list",
                                 "list what is pending, in the order it is due",
                                 "daybook schedule list --format json\n"
                                 "daybook schedule list --failed");
  command.add_flag("--failed", arguments->failed,
                   "those instead that came due and could never be appended, "
                   "with why; the latest first");
  command.add_option("--limit", arguments->limit, "how many at most (1000)")
      ->check(WholeNumber())
      ->type_name("N");
  AddFormatOrJson(command, arguments->format);
  SetBody(command, context, [arguments](CommandContext& running) {
    return List(*arguments, running);
  });
}

void RegisterScheduleCancel(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<CancelArguments>();
  CLI::App& command = AddCommand(
      Group(app), "cancel", "cancel one; shows what it would do until --yes",
      "daybook schedule cancel reminder-42 --yes --reason 'paid'");
  command.add_option("id", arguments->id, "its id")->required();
  command.add_flag("--yes", arguments->yes, "do it");
  AddReason(command, arguments->reason);
  SetBody(command, context, [arguments](CommandContext& running) {
    return Cancel(*arguments, running);
  });
}

}  // namespace daybook::tools
