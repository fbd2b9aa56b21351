// daybook key rotate: from one key to the next, with a head that both signed.

#include <memory>
#include <string>

#include "daybook/audit/note_key.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/file_argument.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string path;
  std::string reason;
};

absl::Status Rotate(const Arguments& arguments, CommandContext& context) {
  if (context.audit_keys.size() != 1) {
    return absl::InvalidArgumentError(
        "name the key that signs until now: --audit-key FILE, once");
  }
  DAYBOOK_ASSIGN_OR_RETURN(const audit::NoteSigner old,
                           LoadKeyArgument(context.audit_keys.front()));
  DAYBOOK_RETURN_IF_ERROR(context.CheckStoreNamed());
  DAYBOOK_ASSIGN_OR_RETURN(
      const audit::NoteSigner fresh,
      audit::NoteSigner::Generate(old.verifier_key().name()));
  DAYBOOK_RETURN_IF_ERROR(WriteKeyArgument(arguments.path, fresh));
  StoreOptions options = context.DefaultStoreOptions();
  options.tree_heads.key_files.push_back(arguments.path);
  return context.WithStore(options, [&](EventStore& store) -> absl::Status {
    DAYBOOK_RETURN_IF_ERROR(RecordOperation(context, store, arguments.reason));
    DAYBOOK_ASSIGN_OR_RETURN(const KeptTreeHead head, store.MakeTreeHead());
    context.out->Write(Concat(fresh.verifier_key().ToString(), "\n"));
    context.Say(Concat("both keys signed the head of ",
                       Counted(head.head.size, "event"),
                       "; whoever trusts the old key can go on from there with "
                       "the new one. From now on sign with ",
                       arguments.path, " alone"));
    return absl::OkStatus();
  });
}

}  // namespace

void RegisterKeyRotate(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "key", "keys that sign heads of the audit tree"),
      "rotate",
      "make a new key of the same name, and a head of the store that the old "
      "and the new one sign; prints the new public key",
      "daybook key rotate --audit-key audit.key -o audit-2027.key --reason "
      "yearly");
  command.add_option("-o,--output", arguments->path, "must not exist")
      ->required()
      ->type_name("FILE");
  AddReason(command, arguments->reason);
  SetBody(command, context, [arguments](CommandContext& running) {
    return Rotate(*arguments, running);
  });
}

}  // namespace daybook::tools
