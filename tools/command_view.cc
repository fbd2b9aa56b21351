// daybook view: the rows of a projection, now or as of any moment.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/replay/stored_views.h"
#include "daybook/replay/view_fold.h"
#include "store/status_macros.h"
#include "tools/bounded_projection.h"
#include "tools/bounds.h"
#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/event_printer.h"
#include "tools/interrupt.h"
#include "tools/message_columns.h"
#include "tools/message_condition.h"
#include "tools/named_projection.h"
#include "tools/number_option.h"
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

// Prints the rows that are wanted, in the order they come.
class RowLister {
 public:
  static absl::StatusOr<std::unique_ptr<RowLister>> Make(
      const Arguments& arguments, const AnyProjection& projection,
      CommandContext& context) {
    const auto& key = *projection.key_prototype().GetDescriptor();
    const auto& row = *projection.row_prototype().GetDescriptor();
    std::optional<MessageCondition> where;
    if (!arguments.where.empty()) {
      DAYBOOK_ASSIGN_OR_RETURN(
          where,
          MessageCondition::Compile(arguments.where, "row", {&key, &row}));
    }
    return std::unique_ptr<RowLister>(
        new RowLister(arguments, std::move(where), projection, context));
  }

  // False: no more are wanted.
  absl::StatusOr<bool> Show(std::string_view key_bytes,
                            const google::protobuf::Message& row) {
    if (shown_ == limit_ || !out_.ok()) return false;
    if (Interrupted()) return InterruptedError();
    if (!DecodeRowKey(&key_bytes, key_.get())) {
      return absl::DataLossError("the key of a row does not decode");
    }
    const MessageColumns::Parts parts = {key_.get(), &row};
    if (where_.has_value()) {
      DAYBOOK_ASSIGN_OR_RETURN(const bool wanted,
                               where_->Holds(parts, [&](std::string* out) {
                                 printer_.columns().AppendJson(parts, out);
                               }));
      if (!wanted) return true;
    }
    printer_.Print(parts);
    ++shown_;
    return true;
  }
  void Finish() { printer_.Finish(); }

 private:
  RowLister(const Arguments& arguments, std::optional<MessageCondition> where,
            const AnyProjection& projection, CommandContext& context)
      : limit_(arguments.limit),
        where_(std::move(where)),
        printer_(arguments.format, *projection.key_prototype().GetDescriptor(),
                 *projection.row_prototype().GetDescriptor(), context),
        out_(*context.out),
        key_(projection.key_prototype().New()) {}

  const uint64_t limit_;
  std::optional<MessageCondition> where_;
  RowPrinter printer_;
  Output& out_;
  const std::unique_ptr<google::protobuf::Message> key_;
  uint64_t shown_ = 0;
};

// Folds the log.
absl::Status ShowFolded(const Arguments& arguments, const Bounds& bounds,
                        const std::shared_ptr<const AnyProjection>& projection,
                        EventStore& store, CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowLister> lister,
                           RowLister::Make(arguments, *projection, context));
  FoldViewOptions options;
  options.as_of.position = bounds.log_options().to;
  options.as_of.time = bounds.log_options().to_time;
  DAYBOOK_ASSIGN_OR_RETURN(
      const FoldedRows rows,
      FoldView(store, *OnlyWithin(bounds, projection), options));
  for (const FoldedRow& row : rows.rows()) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool more, lister->Show(row.key, *row.row));
    if (!more) break;
  }
  lister->Finish();
  return absl::OkStatus();
}

// Rows that the store keeps for another program.
absl::Status ShowStored(const Arguments& arguments, const AnyView& view,
                        EventStore& store, CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::unique_ptr<RowLister> lister,
      RowLister::Make(arguments, view.projection(), context));
  const uint64_t behind = store.Head().value() - view.next_position().value();
  if (behind > 0) {
    context.Say(Concat("rows as another program left them: it has not applied ",
                       Counted(behind, "event"), " since"));
  }
  AnyViewCursor cursor = view.Scan();
  while (cursor.Next()) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool more,
                             lister->Show(cursor.key(), cursor.row()));
    if (!more) break;
  }
  DAYBOOK_RETURN_IF_ERROR(cursor.status());
  lister->Finish();
  return absl::OkStatus();
}

absl::Status View(const Arguments& arguments, CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const Bounds bounds,
      Bounds::Parse(
          {.to = arguments.as_of, .occurred = arguments.projection.occurred},
          Bounds::Of::kLog, context));
  return context.WithStore([&](EventStore& store) -> absl::Status {
    const absl::StatusOr<std::shared_ptr<const AnyProjection>> projection =
        FindProjection(arguments.projection, store, context);
    if (projection.ok()) {
      return ShowFolded(arguments, bounds, *projection, store, context);
    }
    // Only its program can fold it, but the store may have its rows of now.
    const bool is_now =
        arguments.as_of.empty() && !arguments.projection.occurred;
    if (!is_now) return projection.status();
    const absl::StatusOr<AnyView> stored =
        ReadStoredView(store, arguments.projection.name);
    if (absl::IsNotFound(stored.status())) return projection.status();
    if (!stored.ok()) return stored.status();
    return ShowStored(arguments, *stored, store, context);
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
      "or a projection of the program's own; or a view that another program "
      "keeps in the store, as it is there.",
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
      ->check(WholeNumber())
      ->type_name("N");
  AddRowFormat(command, arguments->format);
  SetBody(command, context, [arguments](CommandContext& running) {
    return View(*arguments, running);
  });
}

}  // namespace daybook::tools
