#include "tools/log_selection.h"

#include <utility>

#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/interrupt.h"
#include "tools/query_argument.h"
#include "tools/query_json.h"
#include "tools/text.h"

namespace daybook::tools {

void AddSelection(CLI::App& command, SelectionArguments& arguments) {
  command.add_option("stream", arguments.stream, "the stream");
  command.add_flag("--all", arguments.all, "the whole log");
  command
      .add_option("--query", arguments.query,
                  "what matches a query as https://dcb.events has it: items "
                  "with types, tags, category, correlation_id; @FILE, @-")
      ->type_name("JSON");
  AddBounds(command, arguments.bounds);
  command.add_flag("--system", arguments.system,
                   "events of system streams too, whose names start with $");
}

absl::StatusOr<LogSelection> LogSelection::Parse(
    const SelectionArguments& arguments, CommandContext& context) {
  const int ways = static_cast<int>(!arguments.stream.empty()) +
                   static_cast<int>(arguments.all) +
                   static_cast<int>(!arguments.query.empty());
  if (ways != 1) {
    return absl::InvalidArgumentError(
        "give one of: a stream, --all, --query JSON");
  }
  LogSelection selection;
  selection.stream_ = arguments.stream;
  selection.has_query_ = !arguments.query.empty();
  // Who names a system stream wants to see it.
  selection.system_ = arguments.system || !arguments.stream.empty();
  DAYBOOK_ASSIGN_OR_RETURN(selection.query_,
                           QueryArgument(context, arguments.query));
  // Of the log wherever that will do: then the log is read from there on.
  const bool has_revision = arguments.bounds.from.starts_with('#') ||
                            arguments.bounds.to.starts_with('#');
  DAYBOOK_ASSIGN_OR_RETURN(
      selection.bounds_, Bounds::Parse(arguments.bounds,
                                       has_revision && !arguments.stream.empty()
                                           ? Bounds::Of::kStream
                                           : Bounds::Of::kLog,
                                       context));
  selection.points_ = {.from = selection.bounds_.from_text(),
                       .to = selection.bounds_.to_text(),
                       .occurred = arguments.bounds.occurred};
  return selection;
}

bool LogSelection::Selects(const EventView& event) const {
  if (!stream_.empty()) {
    const ReadStreamOptions revisions = bounds_.stream_options();
    return event.stream == stream_ &&
           (!revisions.from.has_value() || event.revision >= *revisions.from) &&
           (!revisions.to.has_value() || event.revision <= *revisions.to);
  }
  return (system_ || !event.system()) && Matches(query_, event);
}

absl::Status LogSelection::ForEach(
    EventStore& store, Position end,
    absl::FunctionRef<absl::StatusOr<bool>(const EventView&)> visit) const {
  if (end == Position(0)) return absl::OkStatus();
  ReadLogOptions options = bounds_.log_options();
  if (!options.to.has_value() || *options.to >= end) {
    options.to = end.Previous();
  }
  DAYBOOK_ASSIGN_OR_RETURN(EventCursor cursor, store.ReadLog(options));
  while (cursor.Next()) {
    if (Interrupted()) return InterruptedError();
    const EventView& event = cursor.event();
    const Bounds::Verdict verdict = bounds_.Check(event, Direction::kForward);
    if (verdict == Bounds::Verdict::kStop) return absl::OkStatus();
    if (verdict == Bounds::Verdict::kSkip || !Selects(event)) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const bool go_on, visit(event));
    if (!go_on) return absl::OkStatus();
  }
  return cursor.status();
}

std::string LogSelection::Text() const {
  std::string text = "all events";
  if (!stream_.empty()) text = Concat("stream ", Quoted(stream_));
  if (has_query_) text = "events of the query " + QueryToJson(query_);
  if (!points_.from.empty()) text += ", from " + points_.from;
  if (!points_.to.empty()) text += ", to " + points_.to;
  if (points_.occurred) text += ", by when they happened";
  return text;
}

}  // namespace daybook::tools
