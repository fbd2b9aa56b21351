// daybook producer list: who may sign events, and where they must; now or as of
// any moment.

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "store/status_macros.h"
#include "tools/bounds.h"
#include "tools/cli.h"
#include "tools/format_option.h"
#include "tools/json_line.h"
#include "tools/producer_arguments.h"
#include "tools/table.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string as_of;
  std::string format = "table";
};

// One above the last event that --as-of means; nothing for all there are.
absl::StatusOr<std::optional<Position>> FindEnd(const std::string& as_of,
                                                EventStore& store,
                                                CommandContext& context) {
  if (as_of.empty()) return std::nullopt;
  BoundsArguments arguments;
  arguments.to = as_of;
  DAYBOOK_ASSIGN_OR_RETURN(const Bounds bounds,
                           Bounds::Parse(arguments, Bounds::Of::kLog, context));
  ReadLogOptions options = bounds.log_options();
  options.direction = Direction::kBackward;
  options.limit = 1;
  DAYBOOK_ASSIGN_OR_RETURN(EventCursor cursor, store.ReadLog(options));
  if (cursor.Next()) return cursor.event().position.Next();
  DAYBOOK_RETURN_IF_ERROR(cursor.status());
  return Position(0);
}

void ShowJson(const Producers& producers, Output& out) {
  for (const Producer& producer : producers.keys()) {
    Json line = {{"key", producer.key.ToString()},
                 {"origin", producer.origin},
                 {"added_at", producer.added_at.value()}};
    if (producer.revoked_at.has_value()) {
      line["revoked_at"] = producer.revoked_at->value();
      line["reason"] = producer.revoked_reason;
    }
    out.Write(JsonLine(line.dump()));
  }
  for (const ProducerRule& rule : producers.rules()) {
    const Json line = {{"prefix", rule.prefix},
                       {"policy", std::string(ToString(rule.policy))},
                       {"set_at", rule.set_at.value()}};
    out.Write(JsonLine(line.dump()));
  }
}

void ShowTables(const Producers& producers, CommandContext& context) {
  Table keys(context, "no producers",
             {{.title = "key"},
              {.title = "signs for"},
              {.title = "from", .align = Table::Align::kRight},
              {.title = "to", .align = Table::Align::kRight},
              {.title = "added"},
              {.title = "revoked"},
              {.title = "revoked because"}});
  for (const Producer& producer : producers.keys()) {
    const bool revoked = producer.revoked_at.has_value();
    keys.Add({KeyText(producer.key.name(), producer.key.id()), producer.origin,
              absl::StrCat(producer.added_at.value() + 1),
              revoked ? absl::StrCat(producer.revoked_at->value()) : "",
              TimeText(producer.added_time),
              revoked ? TimeText(producer.revoked_time) : "",
              producer.revoked_reason});
  }
  keys.Finish();
  if (producers.rules().empty()) return;
  if (!producers.keys().empty()) context.out->Write("\n");
  Table rules(*context.out, context.terminal,
              {{.title = "streams"},
               {.title = "policy"},
               {.title = "from", .align = Table::Align::kRight}});
  for (const ProducerRule& rule : producers.rules()) {
    rules.Add({rule.prefix.empty() ? "all" : Concat(rule.prefix, "..."),
               std::string(ToString(rule.policy)),
               absl::StrCat(rule.set_at.value() + 1)});
  }
  rules.Finish();
}

absl::Status List(const Arguments& arguments, CommandContext& context) {
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(const std::optional<Position> end,
                             FindEnd(arguments.as_of, store, context));
    DAYBOOK_ASSIGN_OR_RETURN(const Producers producers,
                             store.ReadProducers(end));
    if (arguments.format == "json") {
      ShowJson(producers, *context.out);
    } else {
      ShowTables(producers, context);
    }
    return absl::OkStatus();
  });
}

}  // namespace

void RegisterProducerList(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "producer", "who signs events, and where they must"),
      "list", "which keys sign, and where events must be signed",
      "daybook producer list --as-of 2026-03-02");
  AddAsOf(command, arguments->as_of);
  AddFormatOrJson(command, arguments->format);
  SetBody(command, context, [arguments](CommandContext& running) {
    return List(*arguments, running);
  });
}

}  // namespace daybook::tools
