// daybook schema list: which event types a store knows, in which versions.

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/format_option.h"
#include "tools/json_text.h"
#include "tools/table.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string format = "table";
};

absl::Status ListAll(const Arguments& arguments, CommandContext& context) {
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<RegisteredSchema> versions,
                             store.ListSchemas());
    Table table(context, "no schemas",
                {{.title = "type"},
                 {.title = "version"},
                 {.title = "message"},
                 {.title = "registered at"},
                 {.title = "position", .align = Table::Align::kRight}});
    for (const auto& [schema, position, recorded_at] : versions) {
      if (arguments.format == "table") {
        table.Add({schema.type, schema.hash.ToString(), schema.message,
                   TimeText(recorded_at), absl::StrCat(position.value())});
        continue;
      }
      context.out->Write(Concat("{\"type\":", JsonString(schema.type),
                                ",\"version\":\"", schema.hash.ToString(),
                                "\",\"message\":", JsonString(schema.message),
                                ",\"registered_at\":\"", TimeText(recorded_at),
                                "\",\"position\":", position.value(), "}\n"));
    }
    if (arguments.format == "table") table.Finish();
    return absl::OkStatus();
  });
}

}  // namespace

void RegisterSchemaList(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "schema", "what payloads are"), "list",
      "list event types and their versions, in order of registration",
      "daybook schema list\n"
      "daybook schema list --format json");
  AddFormatOrJson(command, arguments->format);
  SetBody(command, context, [arguments](CommandContext& running) {
    return ListAll(*arguments, running);
  });
}

}  // namespace daybook::tools
