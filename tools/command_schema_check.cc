// daybook schema check: whether the events of a .proto could be appended to a
// store, before they are.

#include <memory>
#include <string>
#include <vector>

#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/proto_file.h"
#include "tools/schema_text.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string file;
  std::vector<std::string> folders;
};

// Says what becomes of one event; returns whether it breaks stored ones.
absl::StatusOr<bool> CheckEvent(const Schema& next,
                                const std::vector<RegisteredSchema>& known,
                                CommandContext& context) {
  const auto say = [&](std::string_view verdict) {
    context.out->Write(Concat(Escaped(next.type), "  ", verdict, "\n"));
  };
  const RegisteredSchema* newest = nullptr;
  bool breaks = false;
  for (const RegisteredSchema& stored : known) {
    if (stored.schema.type != next.type) continue;
    newest = &stored;
    if (stored.schema.hash == next.hash) continue;
    DAYBOOK_ASSIGN_OR_RETURN(std::vector<SchemaChange> changes,
                             CompareSchemas(stored.schema, next));
    std::erase_if(changes, [](const SchemaChange& c) { return !c.breaks(); });
    if (changes.empty()) continue;
    breaks = true;
    say(Concat("BREAKS events of version ", stored.schema.hash.ToString(),
               " (registered at position ", stored.position.value(), ")"));
    context.out->Write(ChangesText(changes));
  }
  if (breaks) return true;
  if (newest == nullptr) {
    say("new");
    return false;
  }
  for (const RegisteredSchema& stored : known) {
    if (stored.schema.hash != next.hash) continue;
    say(Concat("known, version ", next.hash.ToString()));
    return false;
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<SchemaChange> changes,
                           CompareSchemas(newest->schema, next));
  say("compatible");
  context.out->Write(ChangesText(changes));
  return false;
}

absl::Status Check(const Arguments& arguments, CommandContext& context) {
  DAYBOOK_RETURN_IF_ERROR(context.CheckStoreNamed());
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::unique_ptr<ProtoFile> file,
      ProtoFile::Compile(arguments.file, arguments.folders));
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<EventType> events, file->Events());
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<RegisteredSchema> known,
                             store.ListSchemas());
    size_t broken = 0;
    for (const EventType& event : events) {
      DAYBOOK_ASSIGN_OR_RETURN(const bool breaks,
                               CheckEvent(event.schema(), known, context));
      broken += breaks ? 1 : 0;
    }
    if (broken == 0) return absl::OkStatus();
    return SchemaBreaksError(Concat(broken, " of ", events.size(),
                                    " event types in ", Quoted(arguments.file),
                                    " would break stored events"));
  });
}

}  // namespace

void RegisterSchemaCheck(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "schema", "what payloads are"), "check",
      "say whether the events of a .proto can be appended: exit code 8 if one "
      "of them would break stored events\n\n"
      "Every message with the option (daybook.v1.event).name is compared with "
      "every version\nthat the store has of it. Nothing is changed.",
      "daybook schema check proto/shop/v1/cart.proto --proto-path proto");
  command.add_option("file", arguments->file, "the .proto")
      ->required()
      ->type_name("FILE");
  AddRepeated(command, "-I,--proto-path", arguments->folders,
              "a folder that imports are looked for in (default: the file's)");
  SetBody(command, context, [arguments](CommandContext& running) {
    return Check(*arguments, running);
  });
}

}  // namespace daybook::tools
