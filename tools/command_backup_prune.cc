// daybook backup prune: keeps the newest backups.

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "daybook/store/backup.h"
#include "store/status_macros.h"
#include "tools/backup_text.h"
#include "tools/cli.h"
#include "tools/confirmed_change.h"
#include "tools/counted.h"
#include "tools/number_option.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string folder;
  uint64_t keep = 0;
  bool yes = false;
};

absl::Status Prune(const Arguments& arguments, CommandContext& context) {
  const absl::StatusOr<PrunedBackups> pruned =
      PruneBackups(arguments.folder, arguments.keep,
                   arguments.yes ? PruneMode::kRemove : PruneMode::kTell);
  if (!pruned.ok()) return AsAuditStatus(pruned.status());
  if (pruned->numbers.empty() && pruned->file_count == 0) {
    context.out->Write(
        Concat("nothing to remove: there are no more backups than ",
               Grouped(arguments.keep), "\n"));
    return absl::OkStatus();
  }
  const std::string backups =
      pruned->numbers.empty()
          ? std::string("no backup")
          : Concat(pruned->numbers.size() == 1 ? "backup " : "backups ",
                   absl::StrJoin(pruned->numbers, ", "));
  const std::string what =
      Concat(backups, ", and ", Counted(pruned->file_count, "file"),
             " that no other backup needs: ", Bytes(pruned->bytes), "\n");
  context.out->Write(arguments.yes
                         ? Concat("removed ", what)
                         : Concat("would remove ", what, kNothingWasDone));
  return absl::OkStatus();
}

}  // namespace

void RegisterBackupPrune(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      BackupGroup(app), "prune",
      "remove all backups in a folder but the newest ones, and the files that "
      "none of those needs; shows what it would do until --yes. Removes "
      "nothing and exits with 20 while the newest one lacks files",
      "daybook backup prune /mnt/backup/shop --keep 14\n"
      "daybook backup prune /mnt/backup/shop --keep 14 --yes");
  command.add_option("folder", arguments->folder, "where they are")->required();
  command.add_option("--keep", arguments->keep, "how many stay, at least 1")
      ->required()
      ->check(WholeNumber(1))
      ->type_name("N");
  command.add_flag("--yes", arguments->yes, "do it");
  SetBody(command, context, [arguments](CommandContext& running) {
    return Prune(*arguments, running);
  });
}

}  // namespace daybook::tools
