// daybook producer revoke: a key that signs nothing any more.

#include <memory>
#include <string>

#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/producer_arguments.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string key;
  std::string reason;
};

absl::Status Revoke(const Arguments& arguments, CommandContext& context) {
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(const Producers producers, store.ReadProducers());
    DAYBOOK_ASSIGN_OR_RETURN(const Producer* const producer,
                             FindProducer(producers, arguments.key));
    const audit::VerifierKey& key = producer->key;
    DAYBOOK_ASSIGN_OR_RETURN(
        const AppendResult revoked,
        store.RevokeProducer(key.name(), key.id(), arguments.reason));
    DAYBOOK_RETURN_IF_ERROR(RecordOperation(context, store, arguments.reason));
    context.out->Write(Concat(Escaped(KeyText(key.name(), key.id())),
                              " signs nothing from position ",
                              revoked.last_position.value(),
                              " on; what it signed before stays signed\n"));
    return absl::OkStatus();
  });
}

}  // namespace

void RegisterProducerRevoke(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "producer", "who signs events, and where they must"),
      "revoke",
      "let a key sign nothing any more, at once and for ever: the producer "
      "needs another one",
      "daybook producer revoke till-3.shop.example --reason stolen");
  command
      .add_option("key", arguments->key,
                  "its name, its id, or both as NAME+ID; or the public key")
      ->required();
  command
      .add_option("--reason", arguments->reason,
                  "why, for the record in $producers and $operations")
      ->required();
  SetBody(command, context, [arguments](CommandContext& running) {
    return Revoke(*arguments, running);
  });
}

}  // namespace daybook::tools
