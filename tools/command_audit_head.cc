// daybook audit head: the head of the audit tree, made now.

#include <memory>
#include <string>
#include <vector>

#include "store/status_macros.h"
#include "tools/audit_arguments.h"
#include "tools/cli.h"
#include "tools/head_signers.h"
#include "tools/signed_tree.h"
#include "tools/table.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  bool list = false;
  std::string output;
};

absl::Status ListHeads(EventStore& store, CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<KeptTreeHead> heads,
                           store.TreeHeads());
  Table table(context, "no heads were kept yet",
              {{.title = "events", .align = Table::Align::kRight},
               {.title = "root"},
               {.title = "log"},
               {.title = "said to be signed by"}});
  for (const KeptTreeHead& kept : heads) {
    table.Add({Grouped(kept.head.size), kept.head.root.ToHex(),
               kept.head.origin, ClaimedSignersText(kept)});
  }
  table.Finish();
  return absl::OkStatus();
}

absl::Status Head(const Arguments& arguments, CommandContext& context) {
  if (arguments.list && !arguments.output.empty()) {
    return absl::InvalidArgumentError(
        "--list shows heads that were kept, on standard output: leave -o out");
  }
  DAYBOOK_ASSIGN_OR_RETURN(ResultOutput output,
                           ResultOutput::Open(arguments.output));
  return context.WithStore([&](EventStore& store) -> absl::Status {
    if (arguments.list) return ListHeads(store, context);
    const absl::StatusOr<KeptTreeHead> head = store.MakeTreeHead();
    if (!head.ok()) return AsAuditStatus(head.status());
    if (!head->is_signed) {
      context.Say(Concat("nobody signed this head: ", HowToSign(context),
                         " (`key generate` makes one)"));
    }
    return output.Write(head->text, context);
  });
}

}  // namespace

void RegisterAuditHead(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "audit", "prove and verify what is in the store"),
      "head",
      "check what was appended since the last head of the audit tree, make a "
      "new one, and print it: log, number of events and root, signed with "
      "--audit-key (c2sp.org/tlog-checkpoint)",
      "daybook audit head --audit-key audit.key -o monday.head\n"
      "daybook audit head --list");
  command.add_flag("--list", arguments->list,
                   "show the heads that were kept instead");
  AddOutput(command, arguments->output, "the head");
  SetBody(command, context, [arguments](CommandContext& running) {
    return Head(*arguments, running);
  });
}

}  // namespace daybook::tools
