// daybook schema show: the messages of an event type.

#include <algorithm>
#include <memory>
#include <string>

#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/schema_text.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string type;
  std::string version;
};

absl::Status Show(const Arguments& arguments, CommandContext& context) {
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<RegisteredSchema> versions,
                             VersionsOf(store, arguments.type));
    DAYBOOK_ASSIGN_OR_RETURN(const RegisteredSchema shown,
                             ChooseVersion(versions, arguments.version));
    DAYBOOK_ASSIGN_OR_RETURN(const std::string text, ProtoText(shown.schema));
    context.out->Write(Concat("// ", Escaped(shown.schema.type), ", version ",
                              shown.schema.hash.ToString(), ": ",
                              shown.schema.message, "\n// registered at ",
                              TimeText(shown.recorded_at), ", position ",
                              shown.position.value(), "\n", text));
    return absl::OkStatus();
  });
}

}  // namespace

void RegisterSchemaShow(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "schema", "what payloads are"), "show",
      "show the messages of an event type, as a .proto has them",
      "daybook schema show cart.item-added\n"
      "daybook schema show cart.item-added --version 9f86d081884c7d65");
  command.add_option("type", arguments->type, "the event type")->required();
  command
      .add_option("--version", arguments->version,
                  "the version to show (default: the newest)")
      ->type_name("HASH");
  SetBody(command, context, [arguments](CommandContext& running) {
    return Show(*arguments, running);
  });
}

}  // namespace daybook::tools
