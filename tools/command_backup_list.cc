// daybook backup list: which backups a folder holds.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/store/backup.h"
#include "store/status_macros.h"
#include "tools/backup_text.h"
#include "tools/cli.h"
#include "tools/format_option.h"
#include "tools/json_text.h"
#include "tools/table.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string folder;
  std::string format = "table";
};

// What a message says may be bytes of a damaged file.
std::string Text(const absl::Status& status) {
  return Escaped({status.message().data(), status.message().size()});
}

std::string JsonOf(const BackupInfo& info) {
  if (!info.damage.ok()) {
    return Concat("{\"backup\":", info.number,
                  ",\"damaged\":", JsonString(Text(info.damage)), "}\n");
  }
  return Concat(
      "{\"backup\":", info.number, ",\"created_at\":\"",
      TimeText(info.created_at), "\",\"store\":", JsonString(info.store_id),
      ",\"events\":", info.tree.size, ",\"root\":\"", info.tree.root.ToHex(),
      "\",\"head\":", info.has_head ? "true" : "false",
      ",\"bytes\":", info.bytes, ",\"own_bytes\":", info.own_bytes, "}\n");
}

std::vector<std::string> CellsOf(const BackupInfo& info) {
  const std::string number = absl::StrCat(info.number);
  if (!info.damage.ok()) return {number, "", "", "", "", Text(info.damage)};
  return {number,
          TimeText(info.created_at),
          Grouped(info.tree.size),
          Bytes(info.bytes),
          Bytes(info.own_bytes),
          Concat(info.tree.root.ToHex(), info.has_head ? " with HEAD" : "")};
}

absl::Status ListThem(const Arguments& arguments, CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<BackupInfo> backups,
                           ListBackups(arguments.folder));
  if (arguments.format == "json") {
    for (const BackupInfo& info : backups) context.out->Write(JsonOf(info));
    return absl::OkStatus();
  }
  Table table(context, "no backups",
              {{.title = "backup", .align = Table::Align::kRight},
               {.title = "made at"},
               {.title = "events", .align = Table::Align::kRight},
               {.title = "size", .align = Table::Align::kRight},
               {.title = "alone", .align = Table::Align::kRight},
               {.title = "root"}});
  for (const BackupInfo& info : backups) table.Add(CellsOf(info));
  table.Finish();
  return absl::OkStatus();
}

}  // namespace

void RegisterBackupList(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      BackupGroup(app), "list",
      "list the backups in a folder, oldest first: when each was made, of how "
      "many events, how large it is and how much of that no other one needs, "
      "and the root of its audit tree",
      "daybook backup list /mnt/backup/shop\n"
      "daybook backup list /mnt/backup/shop --format json | tail -1 | jq "
      ".root");
  command.add_option("folder", arguments->folder, "where they are")->required();
  AddFormatOrJson(command, arguments->format);
  SetBody(command, context, [arguments](CommandContext& running) {
    return ListThem(*arguments, running);
  });
}

}  // namespace daybook::tools
