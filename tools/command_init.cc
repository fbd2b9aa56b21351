// daybook init: creates a store.

#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

absl::Status Init(CommandContext& context) {
  DAYBOOK_RETURN_IF_ERROR(context.CheckStoreNamed());
  StoreOptions options = context.DefaultStoreOptions();
  options.create_if_missing = true;
  options.error_if_exists = true;
  return context.WithStore(options, [&](EventStore& store) {
    context.out->Write(Concat("created store ", store.Status().store_id, " in ",
                              context.store_path, "\n"));
    return absl::OkStatus();
  });
}

}  // namespace

void RegisterInit(CLI::App& app, CommandContext& context) {
  CLI::App& command = AddCommand(app, "init", "create a store",
                                 "daybook --store /var/lib/orders init");
  SetBody(command, context, Init);
}

}  // namespace daybook::tools
