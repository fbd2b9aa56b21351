// daybook key show: the public key of a private one.

#include <memory>
#include <string>

#include "daybook/audit/note_key.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/file_argument.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

absl::Status Show(const std::string& path, CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const audit::NoteSigner signer,
                           LoadKeyArgument(path));
  context.out->Write(Concat(signer.verifier_key().ToString(), "\n"));
  return absl::OkStatus();
}

}  // namespace

void RegisterKeyShow(CLI::App& app, CommandContext& context) {
  auto path = std::make_shared<std::string>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "key", "keys that sign heads of the audit tree"),
      "show", "print the public key of a key file, for --trust",
      "daybook key show audit.key > audit.pub");
  command.add_option("file", *path, "the private key")
      ->required()
      ->type_name("FILE");
  SetBody(command, context,
          [path](CommandContext& running) { return Show(*path, running); });
}

}  // namespace daybook::tools
