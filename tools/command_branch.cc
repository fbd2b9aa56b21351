// daybook branch: a copy of a store, to try something in.

#include <memory>
#include <string>

#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/file_argument.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

absl::Status Branch(const std::string& folder, CommandContext& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckNamesFile(folder));
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_RETURN_IF_ERROR(store.Branch(folder));
    context.out->Write(Concat("branched ",
                              Counted(store.Head().value(), "event"), " into ",
                              Escaped(folder), "\n"));
    return absl::OkStatus();
  });
}

}  // namespace

void RegisterBranch(CLI::App& app, CommandContext& context) {
  auto folder = std::make_shared<std::string>();
  CLI::App& command = AddCommand(
      app, "branch",
      "copy the store as it is into a new folder, with hard links where that "
      "can be: to append what might happen, or to try a new version of a "
      "projection; neither store sees what the other does. Heads of the "
      "branch are not signed with the key of $DAYBOOK_AUDIT_KEY nor copied to "
      "$DAYBOOK_HEAD_COPY, which are the log's",
      "daybook branch /tmp/what-if\n"
      "daybook --store /tmp/what-if append cart-42 --type item-added --data "
      "'{\"sku\": \"tea\"}'\n"
      "daybook diff cart-42 --with latest --other /tmp/what-if");
  command.add_option("folder", *folder, "where; must not exist")->required();
  SetBody(command, context, [folder](CommandContext& running) {
    return Branch(*folder, running);
  });
}

}  // namespace daybook::tools
