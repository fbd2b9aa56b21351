// daybook projection list, status and park: the views that a store keeps.

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/replay/stored_views.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/format_option.h"
#include "tools/json_line.h"
#include "tools/row_printer.h"
#include "tools/table.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string name;
  std::string format = "table";
};

// More events than this are a lag, as for a view that is followed.
constexpr uint64_t kLagEventCount = 4096;

// What a view that nobody follows just now is to an operator.
std::string StateText(const ViewStatus& view) {
  if (view.state == ViewState::kBuilding) return "building";
  if (view.parked_count > 0) return "parked";
  return view.lag_events > kLagEventCount ? "lagging" : "running";
}

std::string Versions(const ViewStatus& view) {
  std::string versions;
  for (const int version : view.kept_versions) {
    absl::StrAppend(&versions, versions.empty() ? "" : " ", version);
  }
  return versions;
}

Json ToJson(const ViewStatus& view) {
  return {{"name", view.name},
          {"mode", ToString(view.mode)},
          {"state", StateText(view)},
          {"version", view.version},
          {"next_position", view.next_position.value()},
          {"lag_events", view.lag_events},
          {"lag_seconds", absl::ToDoubleSeconds(view.lag)},
          {"parked", view.parked_count},
          {"kept_versions", view.kept_versions}};
}

std::string LagText(const ViewStatus& view) {
  if (view.lag_events == 0) return "0";
  return Concat(Grouped(view.lag_events), ", ",
                absl::FormatDuration(absl::Trunc(view.lag, absl::Seconds(1))));
}

absl::Status List(const Arguments& arguments, CommandContext& context) {
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<ViewStatus> views,
                             ListViews(store, context.clock));
    if (arguments.format == "json") {
      for (const ViewStatus& view : views) {
        context.out->Write(JsonLine(ToJson(view).dump()));
      }
      return absl::OkStatus();
    }
    Table table(context, "no views",
                {{.title = "mode"},
                 {.title = "state"},
                 {.title = "version", .align = Table::Align::kRight},
                 {.title = "next position", .align = Table::Align::kRight},
                 {.title = "lag (events, time)", .align = Table::Align::kRight},
                 {.title = "parked", .align = Table::Align::kRight},
                 {.title = "kept"},
                 {.title = "view"}});
    for (const ViewStatus& view : views) {
      table.Add({std::string(ToString(view.mode)), StateText(view),
                 absl::StrCat(view.version),
                 absl::StrCat(view.next_position.value()), LagText(view),
                 absl::StrCat(view.parked_count), Versions(view), view.name});
    }
    table.Finish();
    return absl::OkStatus();
  });
}

absl::Status Status(const Arguments& arguments, CommandContext& context) {
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<ViewStatus> views,
                             ListViews(store, context.clock));
    const auto view =
        std::ranges::find(views, arguments.name, &ViewStatus::name);
    if (view == views.end()) {
      return absl::NotFoundError(Concat("the store keeps no view ",
                                        Escaped(Quoted(arguments.name)),
                                        ": see `projection list`"));
    }
    if (arguments.format == "json") {
      context.out->Write(JsonLine(ToJson(*view).dump()));
      return absl::OkStatus();
    }
    context.out->Write(
        Concat("view           ", Escaped(view->name), "\nmode           ",
               ToString(view->mode), "\nstate          ", StateText(*view),
               "\nversion        ", view->version, "\nnext position  ",
               view->next_position.value(), "\nlag            ", LagText(*view),
               "\nparked rows    ", view->parked_count, "\nkept versions  ",
               Versions(*view), "\n"));
    return absl::OkStatus();
  });
}

absl::Status Park(const Arguments& arguments, CommandContext& context) {
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<ParkedKey> parked,
                             ListParked(store, arguments.name));
    if (arguments.format == "json") {
      for (const ParkedKey& row : parked) {
        const Json line = {{"key", Json::parse(row.key_json, nullptr, false)},
                           {"position", row.position.value()},
                           {"stream", row.stream},
                           {"revision", row.revision.value()},
                           {"cause", row.cause.ToString()},
                           {"parked_at", TimeText(row.parked_at)}};
        context.out->Write(JsonLine(line.dump()));
      }
      return absl::OkStatus();
    }
    Table table(context, "no parked rows",
                {{.title = "position", .align = Table::Align::kRight},
                 {.title = "stream"},
                 {.title = "since"},
                 {.title = "key"},
                 {.title = "cause"}});
    for (const ParkedKey& row : parked) {
      table.Add({absl::StrCat(row.position.value()), row.stream,
                 TimeText(row.parked_at), row.key_json, row.cause.ToString()});
    }
    table.Finish();
    return absl::OkStatus();
  });
}

CLI::App& AddToGroup(CLI::App& app, const std::string& name,
                     const std::string& description, const std::string& example,
                     Arguments& arguments) {
  CLI::App& group = CommandGroup(app, "projection", "views that a store keeps");
  CLI::App& command = AddCommand(group, name, description, example);
  AddFormatOrJson(command, arguments.format);
  return command;
}

}  // namespace

void RegisterProjectionList(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command =
      AddToGroup(app, "list", "which views there are, and how far they are",
                 "daybook projection list", *arguments);
  SetBody(command, context, [arguments](CommandContext& running) {
    return List(*arguments, running);
  });
}

void RegisterProjectionStatus(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command =
      AddToGroup(app, "status", "how far one view is, and what it lacks",
                 "daybook projection status sales-by-sku", *arguments);
  command.add_option("view", arguments->name, "which one")->required();
  SetBody(command, context, [arguments](CommandContext& running) {
    return Status(*arguments, running);
  });
}

void RegisterProjectionPark(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command =
      AddToGroup(app, "park",
                 "rows of a view that stand still since an event could not be "
                 "applied to them, and why",
                 "daybook projection park sales-by-sku", *arguments);
  command.add_option("view", arguments->name, "which one")->required();
  SetBody(command, context, [arguments](CommandContext& running) {
    return Park(*arguments, running);
  });
}

}  // namespace daybook::tools
