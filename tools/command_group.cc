// daybook group list, show, parked, retry, skip, reset, delete: how the
// consumer groups of a store stand, and what an operator may do about them.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "daybook/bus/groups.h"
#include "store/status_macros.h"
#include "store/status_message.h"
#include "tools/cli.h"
#include "tools/confirmed_change.h"
#include "tools/counted.h"
#include "tools/event_argument.h"
#include "tools/format_option.h"
#include "tools/group_text.h"
#include "tools/interrupt.h"
#include "tools/number_option.h"
#include "tools/point.h"
#include "tools/subscription_text.h"
#include "tools/table.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

// Parked events are read so many at a time.
constexpr size_t kPageCount = 1000;

CLI::App& Group(CLI::App& app) {
  return CommandGroup(app, "group", "consumer groups");
}

absl::Status WithGroups(
    CommandContext& context,
    absl::FunctionRef<absl::Status(Groups&, EventStore&)> use) {
  return context.WithStore([&](EventStore& store) {
    return use(*context.stores->OpenGroups(store, context.clock), store);
  });
}

absl::Status List(const std::string& format, CommandContext& context) {
  return WithGroups(context, [&](Groups& groups, EventStore&) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<GroupInfo> infos, groups.List());
    Table table(context, "no groups",
                {{.title = "name"},
                 {.title = "checkpoint", .align = Table::Align::kRight},
                 {.title = "outstanding", .align = Table::Align::kRight},
                 {.title = "parked", .align = Table::Align::kRight},
                 {.title = "lag (events, time)", .align = Table::Align::kRight},
                 {.title = "follows", .width_max = 60}});
    // What is damaged is told when all are listed.
    absl::Status status;
    for (const GroupInfo& info : infos) {
      status.Update(info.problem);
      if (format == "json") {
        context.out->Write(GroupJson(info) + "\n");
      } else if (!info.problem.ok()) {
        table.Add({info.name, "", "", "", "", "damaged"});
      } else {
        table.Add({info.name, absl::StrCat(info.checkpoint.value()),
                   Grouped(info.outstanding_count), Grouped(info.parked_count),
                   LagText(info), FilterText(info.filter)});
      }
    }
    if (format == "table") table.Finish();
    return status;
  });
}

absl::Status Show(const std::string& name, const std::string& format,
                  CommandContext& context) {
  return WithGroups(context, [&](Groups& groups, EventStore&) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(const GroupInfo info, groups.Get(name));
    if (format == "json") {
      context.out->Write(GroupJson(info) + "\n");
      return absl::OkStatus();
    }
    context.out->Write(Concat(
        "name           ", Escaped(info.name), "\nfollows        ",
        Escaped(FilterText(info.filter)), "\nlanes          ",
        Escaped(LanesText(info.lanes)), "\nattempts       ",
        info.retry.attempt_count_max, "\nlease          ",
        absl::FormatDuration(info.lease), "\ncreated at     ",
        TimeText(info.created_at), "\ncheckpoint     ", info.checkpoint.value(),
        "\nnext position  ", info.next_position.value(), "\noutstanding    ",
        Grouped(info.outstanding_count), "\nparked         ",
        Grouped(info.parked_count), "\nlag            ", LagText(info), "\n"));
    return absl::OkStatus();
  });
}

// Calls `each` for every parked event, in order, until it returns false.
absl::Status ForEachParked(
    Groups& groups, const std::string& name,
    absl::FunctionRef<absl::StatusOr<bool>(const ParkedEvent&)> each) {
  Position from;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(
        const std::vector<ParkedEvent> page,
        groups.Parked(name, {.from = from, .count_max = kPageCount}));
    for (const ParkedEvent& parked : page) {
      if (Interrupted()) return InterruptedError();
      DAYBOOK_ASSIGN_OR_RETURN(const bool go_on, each(parked));
      if (!go_on) return absl::OkStatus();
      from = parked.position.Next();
    }
    if (page.size() < kPageCount) return absl::OkStatus();
  }
}

struct ParkedArguments {
  std::string name;
  std::string format = "table";
  uint64_t limit = 1000;
};

absl::Status ShowParked(const ParkedArguments& arguments,
                        CommandContext& context) {
  return WithGroups(
      context, [&](Groups& groups, EventStore& store) -> absl::Status {
        Table table(context, "no parked events",
                    {{.title = "position", .align = Table::Align::kRight},
                     {.title = "stream", .width_max = 40},
                     {.title = "type", .width_max = 40},
                     {.title = "attempts", .align = Table::Align::kRight},
                     {.title = "parked at"},
                     {.title = "cause"}});
        uint64_t left = arguments.limit;
        bool is_more = false;
        absl::Status status = ForEachParked(
            groups, arguments.name,
            [&](const ParkedEvent& parked) -> absl::StatusOr<bool> {
              if (left == 0) is_more = true;
              if (left == 0 || !context.out->ok()) return false;
              --left;
              DAYBOOK_ASSIGN_OR_RETURN(const Event event,
                                       store.ReadEvent(parked.position));
              if (arguments.format == "json") {
                context.out->Write(ParkedJson(parked, event) + "\n");
              } else {
                table.Add({absl::StrCat(parked.position.value()),
                           Concat(event.stream, "#", event.revision.value()),
                           event.type, absl::StrCat(parked.attempt_count),
                           TimeText(parked.parked_at), parked.cause});
              }
              return true;
            });
        // What was found before an error, too.
        if (arguments.format == "table" &&
            (status.ok() || left < arguments.limit)) {
          table.Finish();
        }
        if (status.ok() && is_more) {
          DAYBOOK_ASSIGN_OR_RETURN(const GroupInfo info,
                                   groups.Get(arguments.name));
          context.Say(Concat("these are the first ", Grouped(arguments.limit),
                             " of ", Grouped(info.parked_count),
                             " parked events: --limit lists more"));
        }
        return status;
      });
}

struct ChangeArguments {
  std::string name;
  std::string event;
  bool all = false;
  std::string to;
  bool yes = false;
  std::string reason;
};

Operation OperationOf(const ChangeArguments& arguments,
                      const CommandContext& context) {
  return {.user = context.user,
          .command = context.command_line,
          .reason = arguments.reason};
}

// That it is done to all that are parked, once for all of them.
absl::Status RecordChangeOfAll(const ChangeArguments& arguments,
                               size_t event_count, EventStore& store,
                               CommandContext& context) {
  if (event_count == 0) return absl::OkStatus();
  Operation operation = OperationOf(arguments, context);
  const std::string count = Counted(event_count, "event");
  operation.reason = operation.reason.empty()
                         ? count
                         : Concat(operation.reason, " (", count, ")");
  return store.RecordOperation(operation).status();
}

// The parked events that are named: one, or all.
absl::StatusOr<std::vector<Position>> Chosen(const ChangeArguments& arguments,
                                             Groups& groups, EventStore& store,
                                             CommandContext& context) {
  if (arguments.all == !arguments.event.empty()) {
    return absl::InvalidArgumentError("name one event, or --all");
  }
  std::vector<Position> chosen;
  std::optional<Position> wanted;
  if (!arguments.all) {
    DAYBOOK_ASSIGN_OR_RETURN(
        wanted, FindEventArgument(arguments.event, store, context));
  }
  DAYBOOK_RETURN_IF_ERROR(
      ForEachParked(groups, arguments.name,
                    [&](const ParkedEvent& parked) -> absl::StatusOr<bool> {
                      if (!wanted.has_value() || parked.position == *wanted) {
                        chosen.push_back(parked.position);
                      }
                      return true;
                    }));
  if (wanted.has_value() && chosen.empty()) {
    return absl::NotFoundError(
        Concat("the event at position ", wanted->value(), " is not parked"));
  }
  return chosen;
}

// Does `change` to one after the other, as far as that goes; what it says when
// it does not has how far it came.
absl::Status ChangeEach(const std::vector<Position>& chosen,
                        absl::FunctionRef<absl::Status(Position)> change) {
  size_t done_count = 0;
  for (const Position position : chosen) {
    absl::Status changed =
        Interrupted() ? InterruptedError() : change(position);
    if (!changed.ok()) {
      if (chosen.size() == 1) return changed;
      return WithMessage(
          changed, Concat("event @", position.value(), ": ", changed.message(),
                          "; done before: ", Grouped(done_count), " of ",
                          Counted(chosen.size(), "event")));
    }
    ++done_count;
  }
  return absl::OkStatus();
}

absl::Status Retry(const ChangeArguments& arguments, CommandContext& context) {
  return WithGroups(
      context, [&](Groups& groups, EventStore& store) -> absl::Status {
        DAYBOOK_ASSIGN_OR_RETURN(const std::vector<Position> chosen,
                                 Chosen(arguments, groups, store, context));
        if (arguments.all) {
          DAYBOOK_RETURN_IF_ERROR(
              RecordChangeOfAll(arguments, chosen.size(), store, context));
        }
        DAYBOOK_RETURN_IF_ERROR(ChangeEach(chosen, [&](Position position) {
          return arguments.all ? groups.RetryRecorded(arguments.name, position)
                               : groups.Retry(arguments.name, position,
                                              OperationOf(arguments, context));
        }));
        context.out->Write(Concat("done: the group ", Escaped(arguments.name),
                                  " tries ", Counted(chosen.size(), "event"),
                                  " again.\n"));
        return absl::OkStatus();
      });
}

absl::Status Skip(const ChangeArguments& arguments, CommandContext& context) {
  return WithGroups(
      context, [&](Groups& groups, EventStore& store) -> absl::Status {
        DAYBOOK_ASSIGN_OR_RETURN(const std::vector<Position> chosen,
                                 Chosen(arguments, groups, store, context));
        return ChangeIfConfirmed(
            {"takes", "took",
             Concat(Counted(chosen.size(), "event"),
                    " for done that the group ", Escaped(arguments.name),
                    " could not handle.")},
            arguments.yes,
            [&]() -> absl::Status {
              if (arguments.all) {
                DAYBOOK_RETURN_IF_ERROR(RecordChangeOfAll(
                    arguments, chosen.size(), store, context));
              }
              return ChangeEach(chosen, [&](Position position) {
                return arguments.all
                           ? groups.SkipRecorded(arguments.name, position)
                           : groups.Skip(arguments.name, position,
                                         OperationOf(arguments, context));
              });
            },
            context);
      });
}

absl::Status Reset(const ChangeArguments& arguments, CommandContext& context) {
  return WithGroups(
      context, [&](Groups& groups, EventStore& store) -> absl::Status {
        DAYBOOK_ASSIGN_OR_RETURN(const GroupInfo info,
                                 groups.Get(arguments.name));
        DAYBOOK_ASSIGN_OR_RETURN(
            const Position to,
            PositionOf(arguments.to, info.filter.stream, store, context));
        if (to > store.Head()) {
          return absl::InvalidArgumentError(Concat("position ", to.value(),
                                                   " is beyond the head, ",
                                                   store.Head().value()));
        }
        std::string what =
            Concat("the group ", Escaped(info.name), " go on at position ",
                   to.value(), " instead of ", info.next_position.value(), ".");
        if (info.outstanding_count > 0) {
          what += Concat(" What was outstanding below, at most ",
                         Counted(info.outstanding_count, "event"),
                         ", is never given.");
        }
        return ChangeIfConfirmed(
            {"lets", "let", std::move(what)}, arguments.yes,
            [&] {
              return groups.Reset(info.name, to,
                                  OperationOf(arguments, context));
            },
            context);
      });
}

absl::Status Delete(const ChangeArguments& arguments, CommandContext& context) {
  return WithGroups(context, [&](Groups& groups, EventStore&) -> absl::Status {
    const absl::StatusOr<GroupInfo> info = groups.Get(arguments.name);
    // One that is damaged can be deleted, too.
    if (!info.ok() && !absl::IsDataLoss(info.status())) return info.status();
    const std::string standing =
        info.ok() ? Concat("has come to position ", info->checkpoint.value(),
                           " and has ", Counted(info->parked_count, "event"),
                           " parked")
                  : "is damaged";
    return ChangeIfConfirmed(
        {"forgets", "forgot",
         Concat("the group ", Escaped(arguments.name), ", which ", standing,
                "; one of that name begins anew.")},
        arguments.yes,
        [&] {
          return groups.Delete(arguments.name, OperationOf(arguments, context));
        },
        context);
  });
}

CLI::App& AddChange(CLI::App& app, const std::string& name,
                    const std::string& description, const std::string& example,
                    const std::shared_ptr<ChangeArguments>& arguments) {
  CLI::App& command = AddCommand(Group(app), name, description, example);
  command.add_option("name", arguments->name, "its name")->required();
  return command;
}

void AddEvents(CLI::App& command,
               const std::shared_ptr<ChangeArguments>& arguments) {
  command.add_option("event", arguments->event,
                     "the parked event: its position (@123) or id");
  command.add_flag("--all", arguments->all, "all that are parked");
}

}  // namespace

void RegisterGroupList(CLI::App& app, CommandContext& context) {
  auto format = std::make_shared<std::string>("table");
  CLI::App& command =
      AddCommand(Group(app), "list", "list them, with how far each has come",
                 "daybook group list --format json");
  AddFormatOrJson(command, *format);
  SetBody(command, context,
          [format](CommandContext& running) { return List(*format, running); });
}

void RegisterGroupShow(CLI::App& app, CommandContext& context) {
  struct Arguments {
    std::string name;
    std::string format = "table";
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command =
      AddCommand(Group(app), "show", "show one", "daybook group show mailers");
  command.add_option("name", arguments->name, "its name")->required();
  AddFormatOrJson(command, arguments->format);
  SetBody(command, context, [arguments](CommandContext& running) {
    return Show(arguments->name, arguments->format, running);
  });
}

void RegisterGroupParked(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<ParkedArguments>();
  CLI::App& command =
      AddCommand(Group(app), "parked",
                 "list the events that a group could not handle, and why",
                 "daybook group parked mailers --format json");
  command.add_option("name", arguments->name, "its name")->required();
  command.add_option("--limit", arguments->limit, "how many at most (1000)")
      ->check(WholeNumber())
      ->type_name("N");
  AddFormatOrJson(command, arguments->format);
  SetBody(command, context, [arguments](CommandContext& running) {
    return ShowParked(*arguments, running);
  });
}

void RegisterGroupRetry(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<ChangeArguments>();
  CLI::App& command = AddChange(
      app, "retry", "let a group try parked events again",
      "daybook group retry mailers @123\n"
      "daybook group retry mailers --all --reason 'the server is back'",
      arguments);
  AddEvents(command, arguments);
  AddReason(command, arguments->reason);
  SetBody(command, context, [arguments](CommandContext& running) {
    return Retry(*arguments, running);
  });
}

void RegisterGroupSkip(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<ChangeArguments>();
  CLI::App& command = AddChange(
      app, "skip",
      "take parked events for done; shows what it would do until --yes",
      "daybook group skip mailers @123 --yes --reason 'no such customer'",
      arguments);
  AddEvents(command, arguments);
  command.add_flag("--yes", arguments->yes, "do it");
  AddReason(command, arguments->reason)->required();
  SetBody(command, context, [arguments](CommandContext& running) {
    return Skip(*arguments, running);
  });
}

void RegisterGroupReset(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<ChangeArguments>();
  CLI::App& command = AddChange(
      app, "reset",
      "let one go on elsewhere; shows what it would do until --yes",
      "daybook group reset mailers --to yesterday\n"
      "daybook group reset mailers --to @0 --yes --reason 'mails lost'",
      arguments);
  command
      .add_option("--to", arguments->to,
                  Concat("the first event it looks at: ", kPointHelp))
      ->required()
      ->type_name("POINT");
  command.add_flag("--yes", arguments->yes, "do it");
  AddReason(command, arguments->reason);
  SetBody(command, context, [arguments](CommandContext& running) {
    return Reset(*arguments, running);
  });
}

void RegisterGroupDelete(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<ChangeArguments>();
  CLI::App& command = AddChange(
      app, "delete", "forget one; shows what it would do until --yes",
      "daybook group delete mailers --yes --reason 'no more mails'", arguments);
  command.add_flag("--yes", arguments->yes, "do it");
  AddReason(command, arguments->reason);
  SetBody(command, context, [arguments](CommandContext& running) {
    return Delete(*arguments, running);
  });
}

}  // namespace daybook::tools
