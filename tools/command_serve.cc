// daybook serve: holds a store, so that other processes can use it together.

#include <unistd.h>

#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/interrupt.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

absl::Status Serve(CommandContext& context) {
  return context.WithServedStore(
      [&](EventStore& store, const absl::Status& served) -> absl::Status {
        DAYBOOK_RETURN_IF_ERROR(served);
        context.out->Write(
            Concat("serving ", Escaped(context.store_path), ": pid ", getpid(),
                   ", ", Counted(store.Head().value(), "event"), "\n"));
        context.out->Flush();
        absl::Status health;
        while (!Interrupted() && health.ok()) {
          context.sleep(absl::Seconds(1));
          // Whoever watches over the process can start it anew.
          health = store.Status().health;
        }
        return health;
      });
}

}  // namespace

void RegisterServe(CLI::App& app, CommandContext& context) {
  CLI::App& command = AddCommand(
      app, "serve",
      "hold the store and let other processes use it, until interrupted",
      "daybook serve &\n"
      "daybook append order-42 --type order-placed\n"
      "daybook tail --follow");
  SetBody(command, context,
          [](CommandContext& running) { return Serve(running); });
}

}  // namespace daybook::tools
