// daybook view: the rows of a projection, now or as of any moment.

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/replay/view_fold.h"
#include "store/status_macros.h"
#include "tools/bounded_projection.h"
#include "tools/bounds.h"
#include "tools/cli.h"
#include "tools/event_printer.h"
#include "tools/interrupt.h"
#include "tools/message_columns.h"
#include "tools/message_condition.h"
#include "tools/named_projection.h"
#include "tools/point.h"
#include "tools/row_printer.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  ProjectionArguments projection;
  std::string as_of;
  std::string where;
  uint64_t limit = kNoLimit;
  std::string format = "table";
};

// The rows as of `bounds`. This is where rows that are kept in the store would
// be taken instead.
absl::StatusOr<FoldedRows> RowsAsOf(EventStore& store,
                                    const AnyProjection& projection,
                                    const Bounds& bounds) {
  FoldViewOptions options;
  options.as_of.position = bounds.log_options().to;
  options.as_of.time = bounds.log_options().to_time;
  return FoldView(store, projection, options);
}

absl::Status View(const Arguments& arguments, CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const Bounds bounds,
      Bounds::Parse(
          {.to = arguments.as_of, .occurred = arguments.projection.occurred},
          Bounds::Of::kLog, context));
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(
        std::shared_ptr<const AnyProjection> projection,
        FindProjection(arguments.projection, store, context));
    const auto& key_type = projection->key_prototype();
    const auto& row_type = projection->row_prototype();
    std::optional<MessageCondition> where;
    if (!arguments.where.empty()) {
      DAYBOOK_ASSIGN_OR_RETURN(
          where, MessageCondition::Compile(
                     arguments.where, "row",
                     {key_type.GetDescriptor(), row_type.GetDescriptor()}));
    }
    projection = OnlyWithin(bounds, std::move(projection));
    DAYBOOK_ASSIGN_OR_RETURN(const FoldedRows rows,
                             RowsAsOf(store, *projection, bounds));

    RowPrinter printer(arguments.format, *key_type.GetDescriptor(),
                       *row_type.GetDescriptor(), context);
    const std::unique_ptr<google::protobuf::Message> key(key_type.New());
    uint64_t shown = 0;
    for (const FoldedRow& row : rows.rows()) {
      if (shown == arguments.limit || !context.out->ok()) break;
      if (Interrupted()) return InterruptedError();
      std::string_view bytes = row.key;
      if (!DecodeRowKey(&bytes, key.get())) {
        return absl::InternalError("the key of a row does not decode");
      }
      const MessageColumns::Parts parts = {key.get(), row.row.get()};
      if (where.has_value()) {
        DAYBOOK_ASSIGN_OR_RETURN(const bool wanted,
                                 where->Holds(parts, [&](std::string* out) {
                                   printer.columns().AppendJson(parts, out);
                                 }));
        if (!wanted) continue;
      }
      printer.Print(parts);
      ++shown;
    }
    printer.Finish();
    return absl::OkStatus();
  });
}

}  // namespace

void RegisterView(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      app, "view",
      "fold the log to the rows of a projection and print them\n\n"
      "count     how many events, --by type, category, tag, stream or hour\n"
      "latest    the last value of each field of the payloads, by stream\n"
      "timeline  count, first and last event, and types, by stream\n"
      "or a projection of the program's own.",
      "daybook view count --by category\n"
      "daybook view count --by hour --occurred --format csv\n"
      "daybook view latest --as-of yesterday --where \"stream LIKE 'order-%' "
      "AND fields ->> '$.total' > 100\"");
  command.add_option("projection", arguments->projection.name, "which one")
      ->required()
      ->type_name("P");
  AddBy(command, arguments->projection);
  AddAsOf(command, arguments->as_of);
  command.add_flag("--occurred", arguments->projection.occurred,
                   "times, those of --as-of, of hours and of timeline, mean "
                   "when it happened, not when it was recorded; events that "
                   "don't say are left out");
  command
      .add_option("--where", arguments->where,
                  "rows of which an SQL expression is true (SQLite's), over "
                  "the row's fields, and the whole of it as JSON: row")
      ->type_name("EXPR");
  command.add_option("--limit", arguments->limit, "at most so many rows")
      ->check(CLI::NonNegativeNumber)
      ->type_name("N");
  AddRowFormat(command, arguments->format);
  SetBody(command, context, [arguments](CommandContext& running) {
    return View(*arguments, running);
  });
}

}  // namespace daybook::tools
