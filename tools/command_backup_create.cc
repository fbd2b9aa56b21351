// daybook backup create: what the store has, into a folder of backups.

#include <memory>
#include <string>

#include "daybook/store/backup.h"
#include "store/status_macros.h"
#include "tools/backup_text.h"
#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/file_argument.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

absl::Status Create(const std::string& folder, CommandContext& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckNamesFile(folder));
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(
        const CreatedBackup made,
        store.Backup(folder, {.progress = ShowProgress(context, "backup")}));
    context.out->Write(Concat(
        "backup ", made.backup.number, " of ",
        Counted(made.backup.tree.size, "event"), " in ", Escaped(folder), ": ",
        Bytes(made.bytes_copied), " copied, ", Bytes(made.bytes_shared),
        " were there\nroot ", made.backup.tree.root.ToHex(), "\n"));
    if (made.mended_count > 0) {
      context.Say(Concat(
          "missing or damaged in ", folder,
          " and copied again: ", Counted(made.mended_count, "file"),
          " of earlier backups. Look at that disk, and at the backups with "
          "`backup verify`"));
    }
    return absl::OkStatus();
  });
}

}  // namespace

void RegisterBackupCreate(CLI::App& app, CommandContext& context) {
  auto folder = std::make_shared<std::string>();
  CLI::App& command = AddCommand(
      BackupGroup(app), "create",
      "copy the store into a folder of backups, of which a later one copies "
      "only what is new; indexes are not copied, a restore derives them. A "
      "program that has the store open and serves it is asked to make the "
      "backup; one that does not serve it makes its own with "
      "EventStore::Backup()",
      "daybook --store /var/lib/shop backup create /mnt/backup/shop\n"
      "daybook backup create /mnt/backup/shop && daybook backup verify "
      "/mnt/backup/shop");
  command
      .add_option("folder", *folder,
                  "where the backups of this store are, or an empty folder")
      ->required();
  SetBody(command, context, [folder](CommandContext& running) {
    return Create(*folder, running);
  });
}

}  // namespace daybook::tools
