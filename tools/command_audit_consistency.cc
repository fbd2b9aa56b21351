// daybook audit consistency: that the log goes on from an earlier head.

#include <memory>
#include <string>
#include <vector>

#include "daybook/audit/hash.h"
#include "daybook/audit/merkle_proof.h"
#include "daybook/audit/merkle_prover.h"
#include "daybook/store/errors.h"
#include "store/status_macros.h"
#include "tools/audit_arguments.h"
#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/signed_tree.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string from;
  std::string to;
  std::string output;
  std::vector<std::string> trust;
};

// As https://c2sp.org/tlog-witness has it.
std::string FormatConsistency(uint64_t old_size,
                              const std::vector<audit::Hash>& proof,
                              const std::string& head) {
  std::string text = Concat("old ", old_size, "\n");
  for (const audit::Hash& hash : proof) text += hash.ToBase64() + "\n";
  return text + "\n" + head;
}

// After a recovery the log declares what it dropped, which is no tampering.
std::string WhatTells(const std::string& file) {
  return Concat("`audit verify --against ", ShellQuoted(file),
                "` says whether the log itself declares that");
}

absl::Status Consistency(const Arguments& arguments, CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<audit::VerifierKey> trusted,
                           ParseTrusted(arguments.trust, context));
  DAYBOOK_ASSIGN_OR_RETURN(const KeptTreeHead from,
                           ReadHeadArgument(arguments.from, trusted, context));
  DAYBOOK_ASSIGN_OR_RETURN(ResultOutput output,
                           ResultOutput::Open(arguments.output));
  return context.WithStore([&](EventStore& store) -> absl::Status {
    KeptTreeHead to;
    if (arguments.to.empty()) {
      DAYBOOK_ASSIGN_OR_RETURN(to, store.MakeTreeHead());
    } else {
      DAYBOOK_ASSIGN_OR_RETURN(
          to, ReadHeadArgument(arguments.to, trusted, context));
    }
    DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<TreeReader> tree,
                             store.ReadTree());
    if (from.head.size > to.head.size || to.head.size > tree->state().size) {
      return TamperedError(
          Concat("the head in ", arguments.from, " is of ",
                 Counted(from.head.size, "event"), ", the later one of ",
                 Grouped(to.head.size), ", the store has ",
                 Grouped(tree->state().size),
                 ": it was rolled back, or the heads are not in this order; ",
                 WhatTells(arguments.from)));
    }
    std::vector<audit::Hash> proof;
    if (from.head.size > 0) {
      const audit::MerkleProver prover(tree->state().size, tree->tiles());
      DAYBOOK_ASSIGN_OR_RETURN(
          proof, prover.ProveConsistency(from.head.size, to.head.size));
      const absl::Status continues = audit::VerifyConsistency(
          from.head.size, from.head.root, to.head.size, to.head.root, proof);
      if (!continues.ok()) {
        return TamperedError(Concat(
            "the log does not go on from the head in ", arguments.from, ": ",
            std::string(continues.message()), "; ", WhatTells(arguments.from)));
      }
    }
    context.Say(Concat("proven: the log of ", Counted(to.head.size, "event"),
                       " begins with the ", Grouped(from.head.size),
                       " of the head in ", arguments.from,
                       "; nothing there was changed, removed or put between"));
    if (!to.is_signed) {
      context.Say(
          Concat("nobody signed the later head, so no witness takes it: ",
                 HowToSign(context)));
    }
    return output.Write(FormatConsistency(from.head.size, proof, to.text),
                        context);
  });
}

}  // namespace

void RegisterAuditConsistency(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "audit", "prove and verify what is in the store"),
      "consistency",
      "prove that the log goes on from an earlier head: nothing below it was "
      "changed, removed or put between. Prints what a witness is sent "
      "(c2sp.org/tlog-witness)",
      "daybook audit consistency --from monday.head --trust @audit.pub");
  command.add_option("--from", arguments->from, "the earlier head")
      ->required()
      ->type_name("FILE");
  command
      .add_option("--to", arguments->to,
                  "the later head (default: one made now)")
      ->type_name("FILE");
  AddTrust(command, arguments->trust);
  AddOutput(command, arguments->output, "the proof");
  SetBody(command, context, [arguments](CommandContext& running) {
    return AsAuditStatus(Consistency(*arguments, running));
  });
}

}  // namespace daybook::tools
