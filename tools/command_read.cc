// daybook read: events of a stream, of the whole log, or that match a query.

#include <memory>
#include <string>

#include "daybook/store/limits.h"
#include "store/status_macros.h"
#include "tools/bounds.h"
#include "tools/cli.h"
#include "tools/event_condition.h"
#include "tools/event_printer.h"
#include "tools/interrupt.h"
#include "tools/number_option.h"
#include "tools/query_argument.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string stream;
  bool all = false;
  std::string query;
  BoundsArguments bounds;
  uint64_t limit = kNoLimit;
  bool backward = false;
  EventFormat format = EventFormat::kTable;
  bool system = false;
  std::string where;
};

absl::StatusOr<EventCursor> OpenCursor(const Arguments& arguments,
                                       const Query& query, const Bounds& bounds,
                                       Direction direction, EventStore& store) {
  if (!arguments.stream.empty()) {
    ReadStreamOptions options = bounds.stream_options();
    options.direction = direction;
    return store.ReadStream(arguments.stream, options);
  }
  ReadLogOptions options = bounds.log_options();
  options.direction = direction;
  return arguments.all ? store.ReadLog(options)
                       : store.ReadQuery(query, options);
}

absl::Status Show(const Arguments& arguments, const Bounds& bounds,
                  Direction direction, EventCondition& where, EventStore& store,
                  EventCursor& cursor, CommandContext& context) {
  // Who names a system stream wants to see it.
  const bool show_system = arguments.system || !arguments.stream.empty();
  const auto printer = MakeEventPrinter(arguments.format, store, context);
  StoredTypes types(store);
  absl::StatusOr<bool> wanted = true;
  uint64_t shown = 0;
  while (shown < arguments.limit && context.out->ok() && cursor.Next()) {
    if (Interrupted()) {
      printer->Finish();
      return InterruptedError();
    }
    const EventView& event = cursor.event();
    if (event.system() && !show_system) continue;
    const Bounds::Verdict verdict = bounds.Check(event, direction);
    if (verdict == Bounds::Verdict::kStop) break;
    if (verdict == Bounds::Verdict::kSkip) continue;
    wanted = where.Holds(event, types);
    if (!wanted.ok()) break;
    if (!*wanted) continue;
    printer->Print(event);
    ++shown;
  }
  printer->Finish();
  return wanted.ok() ? cursor.status() : wanted.status();
}

absl::Status Read(const Arguments& arguments, CommandContext& context) {
  const int ways = static_cast<int>(!arguments.stream.empty()) +
                   static_cast<int>(arguments.all) +
                   static_cast<int>(!arguments.query.empty());
  if (ways != 1) {
    return absl::InvalidArgumentError(
        "give one of: a stream, --all, --query JSON");
  }
  DAYBOOK_ASSIGN_OR_RETURN(const Query query,
                           QueryArgument(context, arguments.query));
  DAYBOOK_ASSIGN_OR_RETURN(EventCondition where,
                           EventCondition::Compile(arguments.where));
  DAYBOOK_RETURN_IF_ERROR(context.CheckStoreNamed());
  DAYBOOK_ASSIGN_OR_RETURN(
      const Bounds bounds,
      Bounds::Parse(
          arguments.bounds,
          arguments.stream.empty() ? Bounds::Of::kLog : Bounds::Of::kStream,
          context));
  const Direction direction =
      arguments.backward ? Direction::kBackward : Direction::kForward;
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(
        EventCursor cursor,
        OpenCursor(arguments, query, bounds, direction, store));
    return Show(arguments, bounds, direction, where, store, cursor, context);
  });
}

}  // namespace

void RegisterRead(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      app, "read", "show events of a stream, of the log, or of a query",
      "daybook read order-42 --from '#3'\n"
      "daybook read --all --from yesterday --to yesterday --format json\n"
      "daybook read --query '{\"items\":[{\"tags\":[\"customer:7\"]}]}' "
      "--backward --limit 10\n"
      "daybook read --all --where \"data ->> '$.total' > 100\"");
  command.add_option("stream", arguments->stream, "the stream");
  command.add_flag("--all", arguments->all, "the whole log");
  command
      .add_option("--query", arguments->query,
                  "what matches a query as https://dcb.events has it: items "
                  "with types, tags, category, correlation_id; @FILE, @-")
      ->type_name("JSON");
  AddBounds(command, arguments->bounds);
  AddWhere(command, arguments->where);
  command.add_option("--limit", arguments->limit, "at most so many")
      ->check(WholeNumber())
      ->type_name("N");
  command.add_flag("--backward", arguments->backward, "the last one first");
  AddEventFormat(command, arguments->format);
  command.add_flag("--system", arguments->system,
                   "events of system streams too, whose names start with $");
  SetBody(command, context, [arguments](CommandContext& running) {
    return Read(*arguments, running);
  });
}

}  // namespace daybook::tools
