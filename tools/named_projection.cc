#include "tools/named_projection.h"

#include <map>
#include <utility>

#include "daybook/projections/registry.h"
#include "store/status_macros.h"
#include "tools/builtin_projection.h"
#include "tools/cli.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

const std::map<std::string, CountBy>& CountBys() {
  static const auto* all =
      new std::map<std::string, CountBy>{{"type", CountBy::kType},
                                         {"category", CountBy::kCategory},
                                         {"tag", CountBy::kTag},
                                         {"stream", CountBy::kStream},
                                         {"hour", CountBy::kHour}};
  return *all;
}

// Those there are, for a message.
std::string KnownNames(const CommandContext& context) {
  std::string names = "count, latest, timeline";
  if (context.registry == nullptr) return names;
  for (const auto& decider : context.registry->deciders()) {
    names += ", " + decider->name();
  }
  for (const auto& projection : context.registry->projections()) {
    names += ", " + projection->name();
  }
  return names;
}

}  // namespace

CLI::Option* AddBy(CLI::App& command, ProjectionArguments& arguments) {
  return command
      .add_option("--by", arguments.by,
                  "what count counts by: type (default), category, tag, "
                  "stream, hour")
      ->check(CLI::IsMember({"type", "category", "tag", "stream", "hour"}))
      ->type_name("WHAT");
}

CLI::Option* AddWith(CLI::App& command, ProjectionArguments& arguments) {
  AddBy(command, arguments);
  return command
      .add_option("--with", arguments.name,
                  "what to fold with: count, latest, timeline, or a decider or "
                  "projection of the program's own")
      ->required()
      ->type_name("P");
}

absl::StatusOr<NamedProjection> FindNamed(const ProjectionArguments& arguments,
                                          EventStore& store,
                                          const CommandContext& context) {
  const std::string& name = arguments.name;
  if (!arguments.by.empty() && name != "count") {
    return absl::InvalidArgumentError(
        Concat("--by is for count, not for ", Quoted(name)));
  }
  NamedProjection found;
  if (context.registry != nullptr) {
    found.decider = context.registry->FindDecider(name);
    found.projection = context.registry->FindProjection(name);
    if (found.decider != nullptr || found.projection != nullptr) return found;
  }
  const EventTime time =
      arguments.occurred ? EventTime::kOccurred : EventTime::kRecorded;
  if (name == "count") {
    const std::string by = arguments.by.empty() ? "type" : arguments.by;
    found.projection = MakeCount(CountBys().at(by), time);
  } else if (name == "latest") {
    found.projection = MakeLatest(store);
  } else if (name == "timeline") {
    found.projection = MakeTimeline(time);
  } else {
    return absl::InvalidArgumentError(Concat("there is no projection ",
                                             Quoted(name), ": known are ",
                                             KnownNames(context)));
  }
  return found;
}

absl::StatusOr<std::shared_ptr<const AnyProjection>> FindProjection(
    const ProjectionArguments& arguments, EventStore& store,
    const CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(NamedProjection found,
                           FindNamed(arguments, store, context));
  if (found.projection != nullptr) return std::move(found.projection);
  return absl::InvalidArgumentError(
      Concat(Quoted(arguments.name),
             " is a decider, which has a state rather than rows: use `fold "
             "STREAM --with ",
             arguments.name, "`"));
}

}  // namespace daybook::tools
