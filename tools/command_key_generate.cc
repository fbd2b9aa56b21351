// daybook key generate: a key to sign heads of the audit tree with.

#include <memory>
#include <string>

#include "daybook/audit/note_key.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/file_argument.h"
#include "tools/log_name.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string name;
  std::string path;
};

absl::Status Generate(const Arguments& arguments, CommandContext& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckLogName(arguments.name));
  DAYBOOK_ASSIGN_OR_RETURN(const audit::NoteSigner signer,
                           audit::NoteSigner::Generate(arguments.name));
  DAYBOOK_RETURN_IF_ERROR(WriteKeyArgument(arguments.path, signer));
  context.out->Write(Concat(signer.verifier_key().ToString(), "\n"));
  context.Say(Concat("the private key is in ", arguments.path,
                     ", for nobody but you; what is printed is its public "
                     "key: give it to whoever verifies"));
  return absl::OkStatus();
}

}  // namespace

void RegisterKeyGenerate(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "key", "keys that sign heads of the audit tree"),
      "generate",
      "make an Ed25519 key: the private one into a new file of mode 0600, the "
      "public one to standard output",
      "daybook key generate --name shop.example/log -o audit.key\n"
      "export DAYBOOK_AUDIT_KEY=$PWD/audit.key");
  command
      .add_option("--name", arguments->name,
                  "names the log in every head: a URL without its scheme")
      ->required();
  command.add_option("-o,--output", arguments->path, "must not exist")
      ->required()
      ->type_name("FILE");
  SetBody(command, context, [arguments](CommandContext& running) {
    return Generate(*arguments, running);
  });
}

}  // namespace daybook::tools
