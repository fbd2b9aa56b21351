// daybook backup restore: a store made of a backup.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daybook/audit/note_key.h"
#include "daybook/store/backup.h"
#include "store/error_marks.h"
#include "store/status_macros.h"
#include "tools/audit_arguments.h"
#include "tools/backup_text.h"
#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/exit_code.h"
#include "tools/file_argument.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string folder;
  std::optional<uint64_t> number;
  std::string to;
  std::string against;
  std::vector<std::string> trust;
  bool accept_loss = false;
};

// The newest of the heads that were kept elsewhere, if any was named. Without a
// key a file is believed: it is there because it was kept.
absl::StatusOr<std::optional<TreeState>> NewestHead(const Arguments& arguments,
                                                    CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<audit::VerifierKey> trusted,
                           ParseTrusted(arguments.trust, context));
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<NamedHead> heads,
                           ReadHeadCopies(trusted, context));
  if (!arguments.against.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(
        KeptTreeHead kept,
        ReadHeadArgument(arguments.against, trusted, context));
    heads.push_back({arguments.against, std::move(kept)});
  }
  std::optional<TreeState> newest;
  for (const NamedHead& head : heads) {
    const audit::TreeHead& kept = head.kept.head;
    if (!newest.has_value() || kept.size > newest->size) {
      newest = TreeState{kept.size, kept.root};
    }
  }
  return newest;
}

absl::Status Restore(const Arguments& arguments, CommandContext& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckNamesFile(arguments.to));
  RestoreOptions options;
  options.accept_loss = arguments.accept_loss;
  options.progress = ShowProgress(context, "restore");
  options.store = context.DefaultStoreOptions();
  DAYBOOK_RETURN_IF_ERROR(CheckKeyFiles(context.audit_keys));
  DAYBOOK_ASSIGN_OR_RETURN(options.against, NewestHead(arguments, context));
  if (!options.against.has_value() &&
      (arguments.accept_loss || !arguments.trust.empty())) {
    return absl::InvalidArgumentError(
        "--accept-loss and --trust say something about the head that --against "
        "or --head-copy names");
  }
  const absl::StatusOr<RestoredBackup> restored =
      RestoreBackup(arguments.folder, arguments.number, arguments.to, options);
  if (HasMark(restored.status(), kLoss)) {
    return absl::FailedPreconditionError(
        Concat(restored.status().message(), " (--accept-loss)"));
  }
  DAYBOOK_RETURN_IF_ERROR(restored.status());
  const BackupInfo& backup = restored->backup;
  context.out->Write(Concat("restored backup ", backup.number, " of ",
                            Counted(backup.tree.size, "event"), " into ",
                            Escaped(arguments.to), "\nroot ",
                            backup.tree.root.ToHex(), "\n"));
  if (!options.against) {
    context.out->Write(
        "not compared with a head that was kept elsewhere (--against): an "
        "older or another backup in its place would not have been noticed\n");
  } else if (restored->lost_count > 0) {
    context.out->Write(Concat(
        Counted(restored->lost_count, "event"), " of the head ",
        restored->lost_count == 1 ? "is" : "are",
        " lost, and whether it continues this backup can't be told from it\n"));
    // Not done here: the store that the copies are of may still be in use.
    for (const std::string& copy : context.head_copies) {
      context.out->Write(Concat(
          "while ", Escaped(copy),
          " is named for copies (--head-copy), the restored store is refused "
          "as one that was rolled back: to go on with it, move that file away "
          "(mv ",
          Escaped(ShellQuoted(copy)), " ",
          Escaped(ShellQuoted(copy + ".before-restore")), ")\n"));
    }
  } else {
    context.out->Write("it continues the head that was kept\n");
  }
  return absl::OkStatus();
}

}  // namespace

void RegisterBackupRestore(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      BackupGroup(app), "restore",
      "make a store of a backup, after all checks of `verify`, in a folder "
      "that must not exist; it is there whole or not at all. With a tree head "
      "that was kept elsewhere, the backup must continue it. Exits with 20 if "
      "it is damaged or of another log",
      "daybook backup restore /mnt/backup/shop --to /var/lib/shop\n"
      "daybook backup restore /mnt/backup/shop 7 --to /tmp/shop --against "
      "head.txt");
  command.add_option("folder", arguments->folder, "where the backups are")
      ->required();
  AddBackupNumber(command, arguments->number);
  command.add_option("--to", arguments->to, "the new store; must not exist")
      ->required()
      ->type_name("DIR");
  command
      .add_option("--against", arguments->against,
                  "a tree head of this store that was kept elsewhere; those "
                  "that --head-copy names count too")
      ->type_name("FILE");
  AddTrust(command, arguments->trust);
  command.add_flag("--accept-loss", arguments->accept_loss,
                   "restore though the head is of more events");
  SetBody(command, context, [arguments](CommandContext& running) {
    return AsAuditStatus(Restore(*arguments, running));
  });
}

}  // namespace daybook::tools
