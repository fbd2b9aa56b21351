// daybook producer add: a key that may sign events from now on.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "daybook/store/branched_from.h"
#include "store/status_macros.h"
#include "tools/audit_arguments.h"
#include "tools/cli.h"
#include "tools/file_argument.h"
#include "tools/producer_arguments.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string key;
  std::string origin;
  std::string reason;
};

// The log that a producer signs for where none is named. The key's name wins
// over that of a head that nobody signed, which is made up for want of one.
absl::StatusOr<std::string> OriginFor(EventStore& store,
                                      const CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<KeptTreeHead> heads,
                           store.TreeHeads());
  const bool is_signed = !heads.empty() && heads.back().is_signed;
  if (is_signed || context.audit_keys.empty()) return LogOrigin(store);
  DAYBOOK_ASSIGN_OR_RETURN(const audit::NoteSigner signer,
                           LoadKeyArgument(context.audit_keys.front()));
  return signer.verifier_key().name();
}

// A branch has the heads of the log it was copied from, whose name is not its
// own: what is signed in the branch would pass for the log's.
absl::Status CheckNotOfParent(const std::string& origin,
                              const CommandContext& context) {
  const absl::StatusOr<std::vector<std::string>> parents =
      BranchedFrom(context.store_path);
  if (!parents.ok() || std::ranges::find(*parents, origin) == parents->end()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      Concat("this store is a branch of the log ", Quoted(origin),
             ": say with --origin which log the key signs for, by a name of "
             "the branch's own"));
}

absl::Status Add(const Arguments& arguments, CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<audit::VerifierKey> keys,
                           ParseKeys("VKEY", {arguments.key}, context));
  if (keys.size() != 1) {
    return absl::InvalidArgumentError("VKEY: the file has several keys");
  }
  const audit::VerifierKey& key = keys.front();
  return context.WithStore([&](EventStore& store) -> absl::Status {
    std::string origin = arguments.origin;
    if (origin.empty()) {
      DAYBOOK_ASSIGN_OR_RETURN(origin, OriginFor(store, context));
      DAYBOOK_RETURN_IF_ERROR(CheckNotOfParent(origin, context));
    }
    DAYBOOK_ASSIGN_OR_RETURN(const AppendResult added,
                             store.AddProducer(key, origin));
    DAYBOOK_RETURN_IF_ERROR(RecordOperation(context, store, arguments.reason));
    context.out->Write(Concat(Escaped(KeyText(key.name(), key.id())),
                              " signs for ", Escaped(origin), " from position ",
                              added.last_position.value() + 1, " on\n"));
    return absl::OkStatus();
  });
}

}  // namespace

void RegisterProducerAdd(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "producer", "who signs events, and where they must"),
      "add", "let a key sign events from now on",
      "daybook key generate --name till-3.shop.example -o till.key > till.pub\n"
      "daybook producer add @till.pub --reason 'new till'");
  command
      .add_option("key", arguments->key, "the public key, or @ and its file")
      ->required()
      ->type_name("VKEY");
  command.add_option("--origin", arguments->origin,
                     "the log that it signs for (default: the name in this "
                     "store's tree heads; a branch has none of its own until "
                     "one is signed)");
  AddReason(command, arguments->reason);
  SetBody(command, context, [arguments](CommandContext& running) {
    return Add(*arguments, running);
  });
}

}  // namespace daybook::tools
