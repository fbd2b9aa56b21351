// daybook schema tags: events whose tags are not those that their type's newest
// schema gives. It reports only: what is in the log stays as it is.

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "daybook/projections/event_type.h"
#include "daybook/projections/stored_type.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/format_option.h"
#include "tools/interrupt.h"
#include "tools/json_text.h"
#include "tools/progress.h"
#include "tools/table.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string type;
  std::string format = "table";
};

// A type that tells what tags its events should have.
struct Tagger {
  std::unique_ptr<StoredType> stored;
  EventType type;
};

struct Difference {
  std::vector<std::string> missing;
  std::vector<std::string> besides;
  bool empty() const { return missing.empty() && besides.empty(); }
};

using Taggers = std::map<std::string, Tagger, std::less<>>;

// By the newest version of each type; types without event option have no tags
// to tell.
absl::StatusOr<Taggers> LoadTaggers(const std::string& only,
                                    EventStore& store) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<RegisteredSchema> versions,
                           store.ListSchemas());
  Taggers taggers;
  for (const RegisteredSchema& version : versions) {
    if (!only.empty() && version.schema.type != only) continue;
    DAYBOOK_ASSIGN_OR_RETURN(auto stored, StoredType::Make(version.schema));
    absl::StatusOr<EventType> type = EventType::Of(stored->descriptor());
    if (!type.ok()) continue;
    taggers.insert_or_assign(version.schema.type,
                             Tagger{std::move(stored), *std::move(type)});
  }
  if (!only.empty() && taggers.empty()) {
    return absl::NotFoundError(Concat("the store has no schema of ",
                                      Quoted(only), ": see `schema list`"));
  }
  return taggers;
}

absl::StatusOr<Difference> Compare(const EventView& event,
                                   const Tagger& tagger) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto message,
                           tagger.stored->Parse(event.payload));
  const std::vector<std::string> due = tagger.type.TagsOf(*message);
  Difference difference;
  for (const std::string& tag : due) {
    if (!event.tags.Contains(tag)) difference.missing.push_back(tag);
  }
  for (const std::string_view tag : event.tags) {
    if (tagger.type.MakesTag(tag) &&
        std::find(due.begin(), due.end(), tag) == due.end()) {
      difference.besides.emplace_back(tag);
    }
  }
  return difference;
}

std::string JsonList(const std::vector<std::string>& tags) {
  return Concat("[",
                absl::StrJoin(tags, ",",
                              [](std::string* out, const std::string& tag) {
                                AppendJsonString(tag, out);
                              }),
                "]");
}

absl::Status Report(const Arguments& arguments, EventStore& store,
                    CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const Taggers taggers,
                           LoadTaggers(arguments.type, store));
  Query query;
  if (!arguments.type.empty()) query.items = {{.types = {arguments.type}}};
  DAYBOOK_ASSIGN_OR_RETURN(EventCursor cursor, store.ReadQuery(query));
  Progress progress(context, "tags", cursor.snapshot_head().value());
  Table table(*context.out, context.terminal,
              {{.title = "position", .align = Table::Align::kRight},
               {.title = "stream"},
               {.title = "type"},
               {.title = "lacks"},
               {.title = "has besides"}});
  uint64_t looked_at = 0;
  uint64_t differ = 0;
  while (context.out->ok() && cursor.Next()) {
    if (Interrupted()) return InterruptedError();
    const EventView& event = cursor.event();
    progress.Update(event.position.value());
    const auto tagger = taggers.find(event.type);
    if (tagger == taggers.end() || event.system() ||
        event.content_type != kProtobufContentType) {
      continue;
    }
    ++looked_at;
    const absl::StatusOr<Difference> compared = Compare(event, tagger->second);
    if (!compared.ok()) {
      return absl::Status(compared.status().code(),
                          Concat("position ", event.position.value(), ": ",
                                 std::string(compared.status().message())));
    }
    const Difference& difference = *compared;
    if (difference.empty()) continue;
    ++differ;
    if (arguments.format == "json") {
      context.out->Write(
          Concat("{\"position\":", event.position.value(), ",\"stream\":",
                 JsonString(event.stream), ",\"type\":", JsonString(event.type),
                 ",\"lacks\":", JsonList(difference.missing),
                 ",\"has_besides\":", JsonList(difference.besides), "}\n"));
    } else {
      table.Add({absl::StrCat(event.position.value()),
                 std::string(event.stream), std::string(event.type),
                 absl::StrJoin(difference.missing, " "),
                 absl::StrJoin(difference.besides, " ")});
    }
  }
  progress.Clear();
  table.Finish();
  DAYBOOK_RETURN_IF_ERROR(cursor.status());
  if (arguments.format == "table") {
    context.out->Write(
        Concat(Grouped(differ), " of ", Counted(looked_at, "event"),
               differ == 1 ? " has other tags than its schema gives\n"
                           : " have other tags than their schema gives\n"));
  }
  return absl::OkStatus();
}

}  // namespace

void RegisterSchemaTags(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "schema", "what payloads are"), "tags",
      "report events whose tags are not those that the newest schema of their "
      "type gives\n\n"
      "For after a tag was added to a field: which events a query by it will "
      "miss. Tags\nthat no field makes were given by hand and are left out. "
      "Nothing is changed: an\nevent keeps the tags it was appended with.",
      "daybook schema tags cart.item-added\n"
      "daybook schema tags --format json");
  command.add_option("type", arguments->type,
                     "events of this type only (default: of all)");
  AddFormatOrJson(command, arguments->format);
  SetBody(command, context, [arguments](CommandContext& running) {
    return running.WithStore(
        [&](EventStore& store) { return Report(*arguments, store, running); });
  });
}

}  // namespace daybook::tools
