// daybook projection rebuild, resume and drop: what an operator does to a view.

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "daybook/replay/stored_views.h"
#include "daybook/replay/views.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/confirmed_change.h"
#include "tools/counted.h"
#include "tools/kept_view.h"
#include "tools/number_option.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string name;
  std::string mode;
  int workers = 1;
  bool all = false;
  bool yes = false;
  std::string reason;
};

std::optional<ViewMode> ModeOf(const std::string& name) {
  if (name == "inline") return ViewMode::kInline;
  if (name == "async") return ViewMode::kAsync;
  return std::nullopt;
}

absl::Status Rebuild(const Arguments& arguments, CommandContext& context) {
  const absl::Time start = absl::Now();
  return WithKeptView(
      context, arguments.name, ModeOf(arguments.mode), arguments.workers,
      [&](EventStore& store, Views& views, bool is_new) -> absl::Status {
        if (!is_new) {
          DAYBOOK_RETURN_IF_ERROR(views.Rebuild(
              arguments.name, BuildOptions(context, arguments.workers)));
        }
        const uint64_t events = store.Head().value();
        const absl::Duration took = absl::Now() - start;
        DAYBOOK_RETURN_IF_ERROR(
            RecordOperation(context, store, arguments.reason));
        context.out->Write(Concat("view ", Escaped(Quoted(arguments.name)),
                                  " built from ", Counted(events, "event"),
                                  " in ", Elapsed(took), "\n"));
        return absl::OkStatus();
      });
}

absl::Status Resume(const Arguments& arguments, CommandContext& context) {
  return WithKeptView(
      context, arguments.name, std::nullopt, 1,
      [&](EventStore& store, Views& views, bool) -> absl::Status {
        DAYBOOK_ASSIGN_OR_RETURN(const std::vector<ParkedKey> parked,
                                 ListParked(store, arguments.name));
        absl::Status resumed = views.Resume(arguments.name);
        DAYBOOK_ASSIGN_OR_RETURN(const std::vector<ParkedKey> left,
                                 ListParked(store, arguments.name));
        DAYBOOK_RETURN_IF_ERROR(
            RecordOperation(context, store, arguments.reason));
        context.out->Write(Concat(parked.size() - left.size(), " of ",
                                  parked.size(), " parked rows go on\n"));
        return resumed;
      });
}

absl::Status Drop(const Arguments& arguments, CommandContext& context) {
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
    const std::string name = Escaped(Quoted(arguments.name));
    const ConfirmedChange told = {
        "removes", "removed",
        arguments.all
            ? Concat("the view ", name, " and all its rows; events stay")
            : Concat("the rows of ", name,
                     " that were kept beside those of version ", view->version,
                     ", which stay")};
    const auto change = [&]() -> absl::Status {
      DAYBOOK_RETURN_IF_ERROR(Views(store).Drop(arguments.name, arguments.all));
      return RecordOperation(context, store, arguments.reason);
    };
    return ChangeIfConfirmed(told, arguments.yes, change, context);
  });
}

CLI::App& AddToGroup(CLI::App& app, const std::string& name,
                     const std::string& description, const std::string& example,
                     Arguments& arguments) {
  CLI::App& group = CommandGroup(app, "projection", "views that a store keeps");
  CLI::App& command = AddCommand(group, name, description, example);
  command.add_option("view", arguments.name, "which one")->required();
  AddReason(command, arguments.reason);
  return command;
}

}  // namespace

void RegisterProjectionRebuild(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddToGroup(
      app, "rebuild",
      "build a view's rows anew beside those that are shown, then show the new "
      "ones; for views of the program's own",
      "daybook projection rebuild sales-by-sku --workers 2", *arguments);
  command.add_option("--workers", arguments->workers, "how many threads")
      ->check(WholeNumber(1, 64))
      ->type_name("N");
  command
      .add_option("--mode", arguments->mode,
                  "when its rows change from now on: inline or async; default: "
                  "as before")
      ->check(CLI::IsMember({"inline", "async"}));
  SetBody(command, context, [arguments](CommandContext& running) {
    return Rebuild(*arguments, running);
  });
}

void RegisterProjectionResume(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddToGroup(
      app, "resume", "apply to a view's parked rows what they have missed",
      "daybook projection resume sales-by-sku", *arguments);
  SetBody(command, context, [arguments](CommandContext& running) {
    return Resume(*arguments, running);
  });
}

void RegisterProjectionDrop(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddToGroup(
      app, "drop",
      "remove rows of a view that are kept of another version; shows what it "
      "would do until --yes",
      "daybook projection drop sales-by-sku --yes\n"
      "daybook projection drop sales-by-sku --all --yes --reason unused",
      *arguments);
  command.add_flag("--all", arguments->all, "the view as a whole");
  command.add_flag("--yes", arguments->yes, "do it");
  SetBody(command, context, [arguments](CommandContext& running) {
    return Drop(*arguments, running);
  });
}

}  // namespace daybook::tools
