// daybook backup verify: whether a backup could be restored.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "daybook/store/backup.h"
#include "tools/backup_text.h"
#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string folder;
  std::optional<uint64_t> number;
};

absl::Status Verify(const Arguments& arguments, CommandContext& context) {
  const absl::StatusOr<BackupInfo> backup = VerifyBackup(
      arguments.folder, arguments.number, ShowProgress(context, "verify"));
  if (!backup.ok()) return AsAuditStatus(backup.status());
  context.out->Write(Concat("backup ", backup->number, " of ",
                            Counted(backup->tree.size, "event"), " is whole, ",
                            Bytes(backup->bytes), "\nroot ",
                            backup->tree.root.ToHex(), "\n"));
  return absl::OkStatus();
}

}  // namespace

void RegisterBackupVerify(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      BackupGroup(app), "verify",
      "read all of a backup: each file must have its hash, and the audit tree, "
      "made again from the events, the root that the manifest names. Writes "
      "nothing; exits with 20 if something is damaged",
      "daybook backup verify /mnt/backup/shop\n"
      "daybook backup verify /mnt/backup/shop 7");
  command.add_option("folder", arguments->folder, "where the backups are")
      ->required();
  AddBackupNumber(command, arguments->number);
  SetBody(command, context, [arguments](CommandContext& running) {
    return Verify(*arguments, running);
  });
}

}  // namespace daybook::tools
