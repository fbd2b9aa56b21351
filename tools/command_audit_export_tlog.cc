// daybook audit export-tlog: the log for tools of transparency logs.

#include <memory>
#include <string>

#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/file_argument.h"
#include "tools/signed_tree.h"
#include "tools/text.h"
#include "tools/tlog_export.h"

namespace daybook::tools {
namespace {

absl::Status Export(const std::string& folder, CommandContext& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckNamesFile(folder));
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(const KeptTreeHead head, store.MakeTreeHead());
    DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<TreeReader> tree,
                             store.ReadTree());
    DAYBOOK_ASSIGN_OR_RETURN(const TlogExport done,
                             ExportTlog(head, *tree, folder, context));
    if (!head.is_signed) {
      context.Say(
          Concat("nobody signed the checkpoint, so that most tools refuse it: ",
                 HowToSign(context)));
    }
    context.out->Write(
        Concat("exported ", Counted(head.head.size - done.old_size, "event"),
               " of the log ", Escaped(head.head.origin), " to ",
               Escaped(folder), ", which has ", Grouped(head.head.size),
               " now (", Counted(done.files_written, "file"), " written)\n"));
    return absl::OkStatus();
  });
}

}  // namespace

void RegisterAuditExportTlog(CLI::App& app, CommandContext& context) {
  auto folder = std::make_shared<std::string>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "audit", "prove and verify what is in the store"),
      "export-tlog",
      "write the tree as files that tools of transparency logs read, or bring "
      "them up to date: tiles, leaves, and a checkpoint "
      "(c2sp.org/tlog-tiles). Leaves hold no payload and no metadata",
      "daybook audit export-tlog /srv/www/log --audit-key audit.key");
  command.add_option("folder", *folder, "new, empty, or of an earlier export")
      ->required()
      ->type_name("DIR");
  SetBody(command, context, [folder](CommandContext& running) {
    return AsAuditStatus(Export(*folder, running));
  });
}

}  // namespace daybook::tools
