// daybook refold: whether stored rows and snapshots are what their events make
// of them.

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "daybook/replay/refold.h"
#include "daybook/replay/stored_views.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/damage_error.h"
#include "tools/format_option.h"
#include "tools/interrupt.h"
#include "tools/json_line.h"
#include "tools/number_option.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string name;
  std::string sample = "100%";
  int workers = 1;
  std::string format = "table";
};

// "1%" or "0.01".
absl::StatusOr<double> ParsePart(const std::string& text) {
  std::string number = text;
  const bool is_percent = number.ends_with('%');
  if (is_percent) number.pop_back();
  double part;
  if (absl::SimpleAtod(number, &part)) {
    if (is_percent) part /= 100;
    if (part > 0 && part <= 1) return part;
  }
  return absl::InvalidArgumentError(
      Concat("--sample ", Escaped(Quoted(text)),
             ": give a part above 0 and up to 1, or 1% to 100%"));
}

std::string OrNone(const std::optional<std::string>& json) {
  return json ? Escaped(*json) : "no row";
}

void Print(const std::string& view, const RefoldReport& report, bool as_json,
           CommandContext& context) {
  for (const RefoldDifference& row : report.differences) {
    if (as_json) {
      nlohmann::ordered_json line = {
          {"view", view},
          {"key", nlohmann::ordered_json::parse(row.key_json, nullptr, false)}};
      const auto add = [&](const char* name,
                           const std::optional<std::string>& json) {
        line[name] = json ? nlohmann::ordered_json::parse(*json, nullptr, false)
                          : nlohmann::ordered_json();
      };
      add("stored", row.stored_json);
      add("folded", row.folded_json);
      if (row.first_event) line["first_event"] = row.first_event->value();
      context.out->Write(JsonLine(line.dump()));
      continue;
    }
    context.out->Write(
        Concat(Escaped(view), " ", Escaped(row.key_json), "\n  stored  ",
               OrNone(row.stored_json), "\n  folded  ", OrNone(row.folded_json),
               row.first_event ? Concat("\n  differs from the event at @",
                                        row.first_event->value(), " on\n")
                               : std::string("\n  no event is about it\n")));
  }
  if (as_json) return;
  context.out->Write(Concat(
      "view ", Escaped(Quoted(view)), " up to @", report.next_position.value(),
      ": ", Counted(report.compared_count, "row"), " compared, ",
      Grouped(report.difference_count),
      report.difference_count == 1 ? " differs\n" : " differ\n"));
}

// Null if the program has no such projection.
std::shared_ptr<const AnyProjection> FindOwn(const CommandContext& context,
                                             const std::string& name) {
  if (context.registry == nullptr) return nullptr;
  return context.registry->FindProjection(name);
}

// The program's own projections that the store keeps rows of; or the named one.
absl::StatusOr<std::vector<std::string>> Chosen(const std::string& name,
                                                EventStore& store,
                                                CommandContext& context) {
  std::vector<std::string> names;
  const bool is_decider = context.registry != nullptr &&
                          context.registry->FindDecider(name) != nullptr;
  if (is_decider) return names;
  if (!name.empty()) return std::vector<std::string>{name};
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<ViewStatus> views,
                           ListViews(store, context.clock));
  if (views.empty()) context.Say("the store keeps no views");
  for (const ViewStatus& view : views) {
    if (FindOwn(context, view.name) != nullptr) {
      names.push_back(view.name);
    } else {
      context.Say(Concat("view ", Quoted(view.name), " is passed over: ",
                         context.program, " has no such projection"));
    }
  }
  return names;
}

void Print(const std::string& decider, const SnapshotRefoldReport& report,
           bool as_json, CommandContext& context) {
  for (const SnapshotDifference& snapshot : report.differences) {
    if (as_json) {
      nlohmann::ordered_json line = {
          {"decider", decider},
          {"stream", snapshot.stream},
          {"position", snapshot.position.value()},
          {"stored",
           nlohmann::ordered_json::parse(snapshot.stored_json, nullptr, false)},
          {"folded", nlohmann::ordered_json::parse(snapshot.folded_json,
                                                   nullptr, false)}};
      if (snapshot.first_event) {
        line["first_event"] = snapshot.first_event->value();
      }
      context.out->Write(JsonLine(line.dump()));
      continue;
    }
    context.out->Write(Concat(
        Escaped(decider), " ", Escaped(snapshot.stream), " at @",
        snapshot.position.value(), "\n  stored  ",
        Escaped(snapshot.stored_json), "\n  folded  ",
        Escaped(snapshot.folded_json),
        snapshot.first_event ? Concat("\n  differs from the event at @",
                                      snapshot.first_event->value(), " on\n")
                             : std::string("\n")));
  }
  if (as_json || report.compared_count + report.passed_over_count == 0) return;
  context.out->Write(Concat("snapshots of ", Escaped(Quoted(decider)), ": ",
                            Grouped(report.compared_count), " compared, ",
                            Grouped(report.difference_count), " differ, ",
                            Grouped(report.passed_over_count),
                            " passed over\n"));
}

// Of the deciders that are called for; returns how many differ.
absl::StatusOr<uint64_t> RefoldStates(const Arguments& arguments,
                                      const RefoldOptions& options,
                                      EventStore& store,
                                      CommandContext& context) {
  uint64_t difference_count = 0;
  if (context.registry == nullptr) return difference_count;
  for (const auto& decider : context.registry->deciders()) {
    if (!arguments.name.empty() && arguments.name != decider->name()) continue;
    if (Interrupted()) return InterruptedError();
    DAYBOOK_ASSIGN_OR_RETURN(const SnapshotRefoldReport report,
                             RefoldSnapshots(store, *decider, options));
    Print(decider->name(), report, arguments.format == "json", context);
    difference_count += report.difference_count;
  }
  return difference_count;
}

absl::Status Refold(const Arguments& arguments, CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const double sample, ParsePart(arguments.sample));
  const RefoldOptions options{.sample = sample,
                              .worker_count = arguments.workers};
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(uint64_t difference_count,
                             RefoldStates(arguments, options, store, context));
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                             Chosen(arguments.name, store, context));
    for (const std::string& name : names) {
      if (Interrupted()) return InterruptedError();
      const auto projection = FindOwn(context, name);
      if (projection == nullptr) {
        return absl::InvalidArgumentError(Concat(
            context.program, " has no projection ", Escaped(Quoted(name)),
            ": use the program that makes this view"));
      }
      DAYBOOK_ASSIGN_OR_RETURN(
          const RefoldReport report,
          daybook::Refold(
              store, projection,
              {.sample = sample, .worker_count = arguments.workers}));
      Print(name, report, arguments.format == "json", context);
      difference_count += report.difference_count;
    }
    if (difference_count == 0) return absl::OkStatus();
    return DamageFoundError(Concat(
        Counted(difference_count, "row is not what its events make of it",
                "rows are not what their events make of them"),
        ": rebuild the views, and raise the version of a projection "
        "that changed"));
  });
}

}  // namespace

void RegisterRefold(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      app, "refold",
      "fold views and states from zero and compare them with the stored rows "
      "and snapshots, byte for byte; for what the program itself can fold. "
      "Changes nothing; exits with 5 if something differs",
      "daybook refold\ndaybook refold sales-by-sku --sample 1% --workers 2");
  command.add_option("view", arguments->name,
                     "which view or decider; default: all");
  command
      .add_option("--sample", arguments->sample,
                  "which part of the rows, such as 1%; always the same ones")
      ->type_name("PART");
  command.add_option("--workers", arguments->workers, "how many threads")
      ->check(WholeNumber(1, 64))
      ->type_name("N");
  AddFormatOrJson(command, arguments->format);
  SetBody(command, context, [arguments](CommandContext& running) {
    return Refold(*arguments, running);
  });
}

}  // namespace daybook::tools
