// daybook subscription list, show, reset, delete: how far the durable
// subscriptions of a store have come, and what an operator may do about it.

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/confirmed_change.h"
#include "tools/counted.h"
#include "tools/format_option.h"
#include "tools/point.h"
#include "tools/subscription_text.h"
#include "tools/table.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

CLI::App& Group(CLI::App& app) {
  return CommandGroup(app, "subscription", "durable subscriptions");
}

absl::Status List(const std::string& format, CommandContext& context) {
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<SubscriptionInfo> infos,
                             store.ListSubscriptions());
    Table table(context, "no subscriptions",
                {{.title = "name"},
                 {.title = "checkpoint", .align = Table::Align::kRight},
                 {.title = "lag (events, time)", .align = Table::Align::kRight},
                 {.title = "follows", .width_max = 60}});
    for (const SubscriptionInfo& info : infos) {
      if (format == "json") {
        context.out->Write(SubscriptionJson(info) + "\n");
      } else {
        table.Add({info.name, absl::StrCat(info.checkpoint.value()),
                   LagText(info), FilterText(info.filter)});
      }
    }
    if (format == "table") table.Finish();
    return absl::OkStatus();
  });
}

absl::Status Show(const std::string& name, const std::string& format,
                  CommandContext& context) {
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(const SubscriptionInfo info,
                             store.GetSubscription(name));
    if (format == "json") {
      context.out->Write(SubscriptionJson(info) + "\n");
      return absl::OkStatus();
    }
    context.out->Write(
        Concat("name        ", Escaped(info.name), "\nfollows     ",
               Escaped(FilterText(info.filter)), "\ncreated at  ",
               TimeText(info.created_at), "\ncheckpoint  ",
               info.checkpoint.value(), "\nlag         ", LagText(info), "\n"));
    return absl::OkStatus();
  });
}

struct ChangeArguments {
  std::string name;
  std::string to;
  bool yes = false;
  std::string reason;
};

// Does it by `change` if that was asked for, and records it.
absl::Status Change(const ChangeArguments& arguments,
                    const ConfirmedChange& told,
                    absl::FunctionRef<absl::Status()> change, EventStore& store,
                    CommandContext& context) {
  const auto change_and_record = [&]() -> absl::Status {
    DAYBOOK_RETURN_IF_ERROR(change());
    return RecordOperation(context, store, arguments.reason);
  };
  return ChangeIfConfirmed(told, arguments.yes, change_and_record, context);
}

absl::Status Reset(const ChangeArguments& arguments, CommandContext& context) {
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(const SubscriptionInfo info,
                             store.GetSubscription(arguments.name));
    DAYBOOK_ASSIGN_OR_RETURN(
        const Position to,
        PositionOf(arguments.to, info.filter.stream, store, context));
    if (to > store.Head()) {
      return absl::InvalidArgumentError(Concat("position ", to.value(),
                                               " is beyond the head, ",
                                               store.Head().value()));
    }
    const bool back = to < info.checkpoint;
    const uint64_t count = back ? info.checkpoint.value() - to.value()
                                : to.value() - info.checkpoint.value();
    return Change(
        arguments,
        {"moves", "moved",
         Concat("the subscription ", Escaped(info.name), " from position ",
                info.checkpoint.value(), " to ", to.value(), ": it ",
                back ? "is given again" : "is never given",
                " what it follows among ", Counted(count, "event"), ".")},
        [&] { return store.ResetSubscription(info.name, to); }, store, context);
  });
}

absl::Status Delete(const ChangeArguments& arguments, CommandContext& context) {
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(const SubscriptionInfo info,
                             store.GetSubscription(arguments.name));
    return Change(
        arguments,
        {"forgets", "forgot",
         Concat("the subscription ", Escaped(info.name),
                ", which has come to position ", info.checkpoint.value(),
                "; one of that name begins anew.")},
        [&] { return store.DeleteSubscription(info.name); }, store, context);
  });
}

}  // namespace

void RegisterSubscriptionList(CLI::App& app, CommandContext& context) {
  auto format = std::make_shared<std::string>("table");
  CLI::App& command =
      AddCommand(Group(app), "list", "list them, with how far each has come",
                 "daybook subscription list --format json");
  AddFormatOrJson(command, *format);
  SetBody(command, context,
          [format](CommandContext& running) { return List(*format, running); });
}

void RegisterSubscriptionShow(CLI::App& app, CommandContext& context) {
  struct Arguments {
    std::string name;
    std::string format = "table";
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(Group(app), "show", "show one",
                                 "daybook subscription show mailer");
  command.add_option("name", arguments->name, "its name")->required();
  AddFormatOrJson(command, arguments->format);
  SetBody(command, context, [arguments](CommandContext& running) {
    return Show(arguments->name, arguments->format, running);
  });
}

void RegisterSubscriptionReset(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<ChangeArguments>();
  CLI::App& command = AddCommand(
      Group(app), "reset",
      "let one go on elsewhere; shows what it would do until --yes",
      "daybook subscription reset mailer --to yesterday\n"
      "daybook subscription reset mailer --to @0 --yes --reason 'mails lost'");
  command.add_option("name", arguments->name, "its name")->required();
  command
      .add_option("--to", arguments->to,
                  Concat("the first event it is given: ", kPointHelp))
      ->required()
      ->type_name("POINT");
  command.add_flag("--yes", arguments->yes, "do it");
  AddReason(command, arguments->reason);
  SetBody(command, context, [arguments](CommandContext& running) {
    return Reset(*arguments, running);
  });
}

void RegisterSubscriptionDelete(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<ChangeArguments>();
  CLI::App& command = AddCommand(
      Group(app), "delete", "forget one; shows what it would do until --yes",
      "daybook subscription delete mailer --yes --reason 'no more mails'");
  command.add_option("name", arguments->name, "its name")->required();
  command.add_flag("--yes", arguments->yes, "do it");
  AddReason(command, arguments->reason);
  SetBody(command, context, [arguments](CommandContext& running) {
    return Delete(*arguments, running);
  });
}

}  // namespace daybook::tools
