// daybook audit bundle: events with all that proves them, in one file.

#include <memory>
#include <string>

#include "daybook/audit/note_key.h"
#include "daybook/audit/tree_head.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/evidence_writer.h"
#include "tools/exit_code.h"
#include "tools/file_argument.h"
#include "tools/log_selection.h"
#include "tools/signed_tree.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  SelectionArguments selection;
  std::string output;
};

// A key vouches for the log of its own name, or for one whose heads it signs.
// Where this process makes the heads, the store has seen to that.
absl::Status CheckKeysAreOf(const KeptTreeHead& head,
                            const CommandContext& context) {
  const std::string& log = head.head.origin;
  for (const std::string& file : context.audit_keys) {
    DAYBOOK_ASSIGN_OR_RETURN(const audit::NoteSigner signer,
                             LoadKeyArgument(file));
    const audit::VerifierKey& key = signer.verifier_key();
    if (key.name() == log ||
        audit::VerifyTreeHead(head.text, log, {&key, 1}).ok()) {
      continue;
    }
    return absl::FailedPreconditionError(
        Concat("the signed head is of the log ", Quoted(log), ", and ", file,
               " has a key of ", Quoted(key.name()),
               ", which can't say of that log that nothing was left out: name "
               "a key of the log's name, or none"));
  }
  return absl::OkStatus();
}

absl::Status Bundle(const Arguments& arguments, CommandContext& context) {
  DAYBOOK_RETURN_IF_ERROR(context.CheckStoreNamed());
  DAYBOOK_ASSIGN_OR_RETURN(const LogSelection selection,
                           LogSelection::Parse(arguments.selection, context));
  const bool is_piped = IsStandardOutput(arguments.output);
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<ZipWriter> zip,
                           is_piped ? ZipWriter::CreateFor(*context.out)
                                    : ZipWriter::Create(arguments.output));
  return context.WithStore([&](EventStore& store) -> absl::Status {
    if (store.Head() == Position(0)) {
      return absl::NotFoundError("the store has no events yet");
    }
    DAYBOOK_ASSIGN_OR_RETURN(const KeptTreeHead head,
                             SignedHeadOver(Position(0), store, context));
    DAYBOOK_RETURN_IF_ERROR(CheckKeysAreOf(head, context));
    DAYBOOK_ASSIGN_OR_RETURN(
        const uint64_t events,
        WriteEvidence(selection, head, store, context.audit_keys, *zip));
    context.Say(Concat(
        "wrote ", is_piped ? "to standard output" : arguments.output, ": ",
        Counted(events, "event"), " with payloads, proven under the head of ",
        Counted(head.head.size, "event"),
        context.audit_keys.empty()
            ? "; that nothing was left out is not signed: name "
              "a key with --audit-key"
            : "; signed as complete"));
    return absl::OkStatus();
  });
}

}  // namespace

void RegisterAuditBundle(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "audit", "prove and verify what is in the store"),
      "bundle",
      "write events, their schemas, a proof of each and the signed head into "
      "one zip file, which `audit check` checks offline; what is in it, and "
      "how "
      "to check it with other tools, is in its README.txt. With a key, that "
      "nothing was left out is signed, too",
      "daybook audit bundle order-42 --audit-key audit.key -o evidence.zip\n"
      "daybook audit bundle --query "
      "'{\"items\":[{\"tags\":[\"customer:7\"]}]}' -o evidence.zip\n"
      "daybook audit check evidence.zip --trust @audit.pub");
  AddSelection(command, arguments->selection);
  command
      .add_option("-o,--output", arguments->output,
                  "the zip file; - is standard output")
      ->required()
      ->type_name("FILE");
  SetBody(command, context, [arguments](CommandContext& running) {
    return AsAuditStatus(Bundle(*arguments, running));
  });
}

}  // namespace daybook::tools
