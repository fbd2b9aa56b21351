// daybook tail: the last events, and with --follow those that come.

#include <algorithm>
#include <memory>
#include <string>

#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/event_condition.h"
#include "tools/event_printer.h"
#include "tools/interrupt.h"
#include "tools/number_option.h"
#include "tools/point.h"
#include "tools/query_argument.h"
#include "tools/subscription_text.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

// How soon an interrupt is noticed while nothing comes.
constexpr absl::Duration kPatience = absl::Milliseconds(200);

struct Arguments {
  std::string query;
  std::string stream;
  std::string category;
  std::string where;
  std::string from;
  uint64_t count = 10;
  bool follow = false;
  bool system = false;
  EventFormat format = EventFormat::kTable;
};

// Where the last `count` events that `filter` lets through begin, of those
// below `head`.
absl::StatusOr<Position> FindLast(uint64_t count, const EventFilter& filter,
                                  Position head, EventStore& store) {
  Position begin = head;
  if (count == 0 || head == Position(0)) return begin;
  absl::StatusOr<EventCursor> cursor;
  if (!filter.stream.empty()) {
    cursor =
        store.ReadStream(filter.stream, {.direction = Direction::kBackward});
    if (absl::IsNotFound(cursor.status())) return begin;
  } else {
    Query query = filter.query;
    if (query.items.empty() && !filter.category.empty()) {
      query.items.push_back({.category = filter.category});
    }
    cursor = store.ReadQuery(
        query, {.to = head.Previous(), .direction = Direction::kBackward});
  }
  DAYBOOK_RETURN_IF_ERROR(cursor.status());
  for (const EventView& event : *cursor) {
    if (Interrupted()) return InterruptedError();
    if (!filter.category.empty() &&
        CategoryOf(event.stream) != filter.category) {
      continue;
    }
    if (event.position >= head || !Matches(filter.query, event)) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const bool wanted, filter.where(event));
    if (!wanted) continue;
    begin = event.position;
    if (--count == 0) break;
  }
  DAYBOOK_RETURN_IF_ERROR(cursor->status());
  return begin;
}

absl::Status Print(Subscription& subscription, Position head,
                   const Arguments& arguments, EventStore& store,
                   CommandContext& context) {
  const auto printer = MakeEventPrinter(arguments.format, store, context);
  absl::Status status;
  bool is_last = false;
  bool any = false;
  while (status.ok() && !is_last && context.out->ok() &&
         (arguments.follow || subscription.next_position() < head)) {
    // What was there before is shown still.
    is_last = Interrupted();
    const absl::StatusOr<EventBatch> batch = subscription.Next(
        arguments.follow && !is_last ? kPatience : absl::ZeroDuration());
    status = batch.status();
    if (!status.ok()) break;
    for (const EventView& event : batch->events) {
      if (!arguments.follow && event.position >= head) break;
      printer->Print(event);
      any = true;
    }
    if (!arguments.follow) continue;
    // Widths of a table are settled by what there was.
    if (any && batch->next_position >= head) printer->Finish();
    context.out->Flush();
  }
  printer->Finish();
  // Ctrl-C is how following ends.
  if (status.ok() && Interrupted() && !arguments.follow) {
    return InterruptedError();
  }
  return status;
}

absl::Status Tail(const Arguments& arguments, CommandContext& context) {
  SubscribeOptions options;
  DAYBOOK_ASSIGN_OR_RETURN(options.filter.query,
                           QueryArgument(context, arguments.query));
  options.filter.stream = arguments.stream;
  options.filter.category = arguments.category;
  DAYBOOK_ASSIGN_OR_RETURN(EventCondition where,
                           EventCondition::Compile(arguments.where));
  const auto show = [&](EventStore& store) -> absl::Status {
    StoredTypes types(store);
    // Who names a system stream wants to see it.
    const bool show_system = arguments.system || !arguments.stream.empty();
    options.filter.where = [&](const EventView& event) -> absl::StatusOr<bool> {
      if (event.system() && !show_system) return false;
      return where.Holds(event, types);
    };
    const Position head = store.Head();
    Position begin;
    if (arguments.from.empty()) {
      DAYBOOK_ASSIGN_OR_RETURN(
          begin, FindLast(arguments.count, options.filter, head, store));
    } else {
      DAYBOOK_ASSIGN_OR_RETURN(
          begin, PositionOf(arguments.from, arguments.stream, store, context));
    }
    options.from = SubscribeFrom::At(begin);
    DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<Subscription> subscription,
                             store.Subscribe(options));
    return Print(*subscription, head, arguments, store, context);
  };
  // Others may append meanwhile.
  return arguments.follow ? context.WithServedStore(show)
                          : context.WithStore(show);
}

}  // namespace

void RegisterTail(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      app, "tail", "show the last events, and with --follow those that come",
      "daybook tail --limit 20\n"
      "daybook tail '{\"items\":[{\"tags\":[\"customer:7\"]}]}' --follow\n"
      "daybook tail --category order --from yesterday "
      "--where \"data ->> '$.total' > 100\" --format json");
  command
      .add_option("query", arguments->query,
                  "only what matches it: as read --query has it; @FILE, @-")
      ->type_name("JSON");
  command.add_option("--stream", arguments->stream, "only of this stream");
  command.add_option("--category", arguments->category,
                     "only of streams of this category");
  AddWhere(command, arguments->where);
  CLI::Option* const limit =
      command.add_option("--limit", arguments->count, "how many (10)")
          ->check(WholeNumber())
          ->type_name("N");
  command
      .add_option("--from", arguments->from,
                  Concat("all from there instead: ", kPointHelp))
      ->type_name("POINT")
      ->excludes(limit);
  command.add_flag("--follow", arguments->follow,
                   "go on with what is appended, until it is interrupted");
  AddEventFormat(command, arguments->format);
  command.add_flag("--system", arguments->system,
                   "events of system streams too, whose names start with $");
  SetBody(command, context, [arguments](CommandContext& running) {
    return Tail(*arguments, running);
  });
}

}  // namespace daybook::tools
