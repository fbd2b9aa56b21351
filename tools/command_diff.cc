// daybook diff: what changed in a state between two moments, or what differs
// between two stores.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "tools/bounds.h"
#include "tools/cli.h"
#include "tools/format_option.h"
#include "tools/history.h"
#include "tools/json_diff.h"
#include "tools/named_projection.h"
#include "tools/point.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string stream;
  ProjectionArguments with;
  std::string from;
  std::string to;
  std::string other;
  std::string format = "text";
};

// One side of the comparison.
struct Side {
  std::string state;
  std::optional<EventPlace> place;
  // The first revision that the stream shows.
  Revision shown_from;

  std::string Text() const {
    if (place.has_value()) return place->Text();
    if (shown_from == Revision(0)) return "no event";
    return Concat("no event: those below #", shown_from.value(),
                  " are hidden, as the stream was truncated or deleted");
  }
};

// The state in the store of `context` as of `point`.
absl::StatusOr<Side> FoldSide(const Arguments& arguments,
                              const std::string& point, bool is_other,
                              CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const Bounds bounds,
      Bounds::Parse({.to = point, .occurred = arguments.with.occurred},
                    History::PointsOf(arguments.stream), context));
  Side side;
  const absl::Status folded = context.WithStore([&](EventStore& store)
                                                    -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(NamedProjection named,
                             FindNamed(arguments.with, store, context));
    absl::StatusOr<StateAt> at =
        FoldHistory(store, arguments.stream, named, bounds);
    // What is in one of two stores only is the difference.
    if (absl::IsNotFound(at.status()) && !arguments.other.empty()) {
      side.state =
          StateFold::Begin(std::move(named), !arguments.stream.empty()).Json();
      return absl::OkStatus();
    }
    DAYBOOK_RETURN_IF_ERROR(at.status());
    side.state = at->state.Json();
    side.place = std::move(at->place);
    if (side.place.has_value() || arguments.stream.empty()) {
      return absl::OkStatus();
    }
    DAYBOOK_ASSIGN_OR_RETURN(const StreamInfo stream,
                             store.GetStream(arguments.stream));
    side.shown_from = stream.first_revision;
    return absl::OkStatus();
  });
  if (folded.ok()) return side;
  if (!is_other) return folded;
  return absl::Status(folded.code(),
                      absl::StrCat("--other: ", folded.message()));
}

// The state before any event.
absl::StatusOr<Side> EmptySide(const Arguments& arguments,
                               CommandContext& context) {
  Side side;
  const absl::Status found = context.WithStore([&](EventStore& store)
                                                   -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(NamedProjection named,
                             FindNamed(arguments.with, store, context));
    side.state =
        StateFold::Begin(std::move(named), !arguments.stream.empty()).Json();
    return absl::OkStatus();
  });
  if (!found.ok()) return found;
  return side;
}

absl::Status Diff(const Arguments& arguments, CommandContext& context) {
  const bool from_nothing = arguments.from.empty() && arguments.other.empty();
  DAYBOOK_ASSIGN_OR_RETURN(
      const Side from,
      from_nothing ? EmptySide(arguments, context)
                   : FoldSide(arguments, arguments.from, false, context));
  CommandContext other = context;
  if (!arguments.other.empty()) other.store_path = arguments.other;
  DAYBOOK_ASSIGN_OR_RETURN(
      const Side to,
      FoldSide(arguments, arguments.to, !arguments.other.empty(), other));
  const std::vector<JsonChange> changes = DiffJson(from.state, to.state);

  if (arguments.format == "json") {
    std::string line = "{\"from\":{";
    AppendPlaceJson(from.place, &line);
    line += "},\"to\":{";
    AppendPlaceJson(to.place, &line);
    line += "},\"changes\":";
    AppendChangesJson(changes, &line);
    context.out->Write(line + "}\n");
    return absl::OkStatus();
  }
  context.out->Write(Concat("from ", from.Text(), "\nto   ", to.Text(), "\n",
                            ChangesText(changes)));
  if (changes.empty()) context.out->Write("nothing changed\n");
  return absl::OkStatus();
}

}  // namespace

void RegisterDiff(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      app, "diff",
      "show what changed in a state between two moments, or two stores\n\n"
      "Each line is a field that was added (+), removed (-) or changed (~), by "
      "its path\nas SQL expressions have it. With --other, what is in the "
      "other store is the newer:\na branch of it that tries what would have "
      "been.",
      "daybook diff order-42 --with latest --from '#3' --to '#9'\n"
      "daybook diff order-42 --with latest --other /tmp/what-if --format json\n"
      "daybook diff --with count --from yesterday");
  command.add_option("stream", arguments->stream,
                     "the stream (default: all events that P wants)");
  AddWith(command, arguments->with);
  command
      .add_option("--from", arguments->from,
                  "the state as it stood then (default: before any event; with "
                  "--other, now)")
      ->type_name("POINT");
  command
      .add_option("--to", arguments->to,
                  Concat("and then (default: now): ", kPointHelp))
      ->type_name("POINT");
  command.add_flag("--occurred", arguments->with.occurred,
                   "times mean when it happened, not when it was recorded; "
                   "events that don't say are left out");
  command
      .add_option("--other", arguments->other,
                  "another store, whose state at --to is compared with this "
                  "one's at --from")
      ->type_name("DIR");
  AddFormatOrJson(command, arguments->format);
  SetBody(command, context, [arguments](CommandContext& running) {
    return Diff(*arguments, running);
  });
}

}  // namespace daybook::tools
