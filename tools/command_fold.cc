// daybook fold: the state that events add up to, now or as of any moment.

#include <memory>
#include <string>
#include <utility>

#include "store/status_macros.h"
#include "tools/bounds.h"
#include "tools/cli.h"
#include "tools/history.h"
#include "tools/named_projection.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string stream;
  ProjectionArguments with;
  std::string as_of;
};

absl::Status Fold(const Arguments& arguments, CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const Bounds bounds,
      Bounds::Parse(
          {.to = arguments.as_of, .occurred = arguments.with.occurred},
          History::PointsOf(arguments.stream), context));
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(NamedProjection named,
                             FindNamed(arguments.with, store, context));
    DAYBOOK_ASSIGN_OR_RETURN(
        const StateAt at,
        FoldHistory(store, arguments.stream, std::move(named), bounds));
    context.out->Write(StateLine(at));
    return absl::OkStatus();
  });
}

}  // namespace

void RegisterFold(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      app, "fold",
      "print the state that events add up to, as JSON\n\n"
      "With it stands the last event that is in it. What a stream hides now, "
      "since it\nwas deleted or truncated, is hidden as of any moment.",
      "daybook fold order-42 --with latest\n"
      "daybook fold order-42 --with latest --as-of '#3' | jq .state\n"
      "daybook fold --with count --by category --as-of yesterday");
  command.add_option("stream", arguments->stream,
                     "the stream (default: all events that P wants)");
  AddWith(command, arguments->with);
  AddAsOf(command, arguments->as_of);
  command.add_flag("--occurred", arguments->with.occurred,
                   "times mean when it happened, not when it was recorded; "
                   "events that don't say are left out");
  SetBody(command, context, [arguments](CommandContext& running) {
    return Fold(*arguments, running);
  });
}

}  // namespace daybook::tools
