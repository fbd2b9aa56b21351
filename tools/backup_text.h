// What the backup commands have in common.

#ifndef DAYBOOK_TOOLS_BACKUP_TEXT_H_
#define DAYBOOK_TOOLS_BACKUP_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daybook/store/backup.h"
#include "tools/command_context.h"

namespace daybook::tools {

CLI::App& BackupGroup(CLI::App& app);
// The argument that names one backup; the newest without it.
CLI::Option* AddBackupNumber(CLI::App& command,
                             std::optional<uint64_t>& number);

// Shows how far it is on a terminal, and ends the work on Ctrl-C. `context`
// must outlive it.
BackupProgress ShowProgress(const CommandContext& context,
                            std::string_view label);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_BACKUP_TEXT_H_
