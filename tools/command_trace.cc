// daybook trace: the tree of what caused what.

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "tools/causation_tree.h"
#include "tools/cli.h"
#include "tools/event_argument.h"
#include "tools/history.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string which;
  std::string format = "text";
};

// "+1.5 s", "-20 ms": from the cause to what it caused.
std::string DeltaText(absl::Duration delta) {
  return Concat(delta < absl::ZeroDuration() ? "" : "+",
                absl::FormatDuration(delta));
}

// Branches as a person draws them.
void PrintTree(const CausationTree& tree, CommandContext& context) {
  tree.Visit([&](const CausationTree::Visited& visited) {
    const TracedEvent& event = *visited.event;
    std::string line = visited.branches;
    line += event.place.Text();
    if (visited.parent != nullptr) {
      absl::StrAppend(&line, " (",
                      DeltaText(event.place.recorded_at -
                                visited.parent->place.recorded_at),
                      ")");
    }
    if (event.occurred_at.has_value()) {
      line += ", occurred " + TimeText(*event.occurred_at);
    }
    if (visited.parent == nullptr && !event.causation_id.empty()) {
      line += ", caused by " + Escaped(event.causation_id) +
              ", which is none of these events";
    }
    context.out->Write(visited.is_asked_for
                           ? Styled(context.terminal, Style::kBold, line) + "\n"
                           : line + "\n");
    return context.out->ok();
  });
}

void PrintJson(const CausationTree& tree, CommandContext& context) {
  tree.Visit([&](const CausationTree::Visited& visited) {
    const TracedEvent& event = *visited.event;
    std::string line = absl::StrCat("{\"depth\":", visited.depth, ",");
    AppendPlaceJson(event.place, &line);
    absl::StrAppend(&line, ",\"time\":",
                    event.occurred_at.has_value()
                        ? Concat("\"", TimeText(*event.occurred_at), "\"")
                        : "null",
                    ",\"causation_id\":", JsonOrNull(event.causation_id),
                    ",\"correlation_id\":", JsonOrNull(event.correlation_id),
                    "}\n");
    context.out->Write(line);
    return context.out->ok();
  });
}

absl::Status Trace(const Arguments& arguments, CommandContext& context) {
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(
        const CausationTree tree,
        CausationTree::Find(store, arguments.which, context));
    if (arguments.format == "json") {
      PrintJson(tree, context);
    } else {
      PrintTree(tree, context);
    }
    return absl::OkStatus();
  });
}

}  // namespace

void RegisterTrace(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      app, "trace",
      "show the tree of what caused what\n\n"
      "Of a correlation id, all its events; of an event, those of its "
      "correlation. One\nwithout a correlation id is shown with what caused "
      "it and what came of that, which\nreads the log from there on. Behind "
      "each event stands how long after its cause\nit was recorded.",
      "daybook trace checkout-9f3\n"
      "daybook trace @123 --format json");
  command
      .add_option("what", arguments->which,
                  "an event's id, or @ and its position, or a correlation id")
      ->required()
      ->type_name("EVENT|CORRELATION");
  command
      .add_option("--format", arguments->format,
                  "text (default), or json (one event a line)")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("FORMAT");
  SetBody(command, context, [arguments](CommandContext& running) {
    return Trace(*arguments, running);
  });
}

}  // namespace daybook::tools
