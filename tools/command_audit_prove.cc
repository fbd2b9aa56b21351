// daybook audit prove: a file that proves that an event is in the log.

#include <memory>
#include <string>

#include "store/status_macros.h"
#include "tools/audit_arguments.h"
#include "tools/cli.h"
#include "tools/event_argument.h"
#include "tools/signed_tree.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string which;
  std::string output;
};

absl::StatusOr<std::string> LeafAt(Position position, TreeReader& tree) {
  std::string leaf;
  DAYBOOK_RETURN_IF_ERROR(tree.VisitLeaves(position, position.Next(),
                                           [&](const StoredLeaf& stored) {
                                             leaf = stored.bytes;
                                             return true;
                                           }));
  return leaf;
}

absl::Status Prove(const Arguments& arguments, CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(ResultOutput output,
                           ResultOutput::Open(arguments.output));
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(
        const Position position,
        FindEventArgument(arguments.which, store, context));
    DAYBOOK_ASSIGN_OR_RETURN(const KeptTreeHead head,
                             SignedHeadOver(position, store, context));
    DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<TreeReader> tree,
                             store.ReadTree());
    DAYBOOK_ASSIGN_OR_RETURN(std::string leaf, LeafAt(position, *tree));
    DAYBOOK_ASSIGN_OR_RETURN(
        const std::string proof,
        MakeProofFile(position, std::move(leaf), head, *tree));
    return output.Write(proof, context);
  });
}

}  // namespace

void RegisterAuditProve(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "audit", "prove and verify what is in the store"),
      "prove",
      "write a proof that an event is in the log, at its position, under a "
      "signed head; anybody with the public key can check it, offline and "
      "with other tools (c2sp.org/tlog-proof)",
      "daybook audit prove @123 --audit-key audit.key -o 123.tlog-proof\n"
      "daybook audit check 123.tlog-proof --trust @audit.pub");
  command.add_option("event", arguments->which, "its id, or its position")
      ->required()
      ->type_name("ID|POSITION");
  AddOutput(command, arguments->output, "the proof");
  SetBody(command, context, [arguments](CommandContext& running) {
    return AsAuditStatus(Prove(*arguments, running));
  });
}

}  // namespace daybook::tools
