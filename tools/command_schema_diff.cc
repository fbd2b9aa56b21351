// daybook schema diff: what differs between versions of an event type.

#include <algorithm>
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
  std::string what;
  std::string from;
  std::string to;
  std::vector<std::string> folders;
};

absl::Status ShowDiff(const Schema& before, const Schema& after,
                      std::string_view after_name, CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<SchemaChange> changes,
                           CompareSchemas(before, after));
  context.out->Write(Concat(Escaped(after.type), "  ", before.hash.ToString(),
                            " -> ", after_name, "\n", ChangesText(changes)));
  return absl::OkStatus();
}

absl::Status DiffVersions(const Arguments& arguments, EventStore& store,
                          CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<RegisteredSchema> versions,
                           VersionsOf(store, arguments.what));
  DAYBOOK_ASSIGN_OR_RETURN(const RegisteredSchema to,
                           ChooseVersion(versions, arguments.to));
  RegisteredSchema from;
  if (!arguments.from.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(from, ChooseVersion(versions, arguments.from));
  } else {
    // The one before.
    const auto place = std::find(versions.begin(), versions.end(), to);
    if (place == versions.begin()) {
      return absl::NotFoundError(Concat("there is no version of ",
                                        Quoted(arguments.what), " before ",
                                        to.schema.hash.ToString()));
    }
    from = *(place - 1);
  }
  return ShowDiff(from.schema, to.schema, to.schema.hash.ToString(), context);
}

absl::Status DiffFile(const ProtoFile& file, EventStore& store,
                      CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<EventType> events, file.Events());
  for (const EventType& event : events) {
    const absl::StatusOr<std::vector<RegisteredSchema>> versions =
        VersionsOf(store, event.name());
    if (absl::IsNotFound(versions.status())) {
      context.out->Write(Concat(Escaped(event.name()), "  new\n"));
      continue;
    }
    DAYBOOK_RETURN_IF_ERROR(versions.status());
    const Schema& newest = versions->back().schema;
    if (newest.hash == event.schema().hash) continue;
    DAYBOOK_RETURN_IF_ERROR(
        ShowDiff(newest, event.schema(), "the file", context));
  }
  return absl::OkStatus();
}

absl::Status Diff(const Arguments& arguments, CommandContext& context) {
  DAYBOOK_RETURN_IF_ERROR(context.CheckStoreNamed());
  if (!arguments.what.ends_with(".proto")) {
    return context.WithStore([&](EventStore& store) {
      return DiffVersions(arguments, store, context);
    });
  }
  if (!arguments.from.empty() || !arguments.to.empty()) {
    return absl::InvalidArgumentError(
        "--from and --to are versions in the store: give a type, not a file");
  }
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::unique_ptr<ProtoFile> file,
      ProtoFile::Compile(arguments.what, arguments.folders));
  return context.WithStore(
      [&](EventStore& store) { return DiffFile(*file, store, context); });
}

}  // namespace

void RegisterSchemaDiff(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "schema", "what payloads are"), "diff",
      "show what differs between two versions of an event type, or between "
      "the newest ones and a .proto\n\n"
      "+ added, - removed, ~ changed, ! would break stored events.",
      "daybook schema diff cart.item-added\n"
      "daybook schema diff proto/shop/v1/cart.proto --proto-path proto");
  command.add_option("what", arguments->what, "an event type or a .proto file")
      ->required()
      ->type_name("TYPE|FILE");
  command
      .add_option("--from", arguments->from,
                  "the older version (default: the one before --to)")
      ->type_name("HASH");
  command
      .add_option("--to", arguments->to,
                  "the newer version (default: the newest)")
      ->type_name("HASH");
  AddRepeated(command, "-I,--proto-path", arguments->folders,
              "a folder that imports are looked for in (default: the file's)");
  SetBody(command, context, [arguments](CommandContext& running) {
    return Diff(*arguments, running);
  });
}

}  // namespace daybook::tools
