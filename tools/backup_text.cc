#include "tools/backup_text.h"

#include <memory>

#include "tools/cli.h"
#include "tools/interrupt.h"
#include "tools/number_option.h"
#include "tools/progress.h"
#include "tools/text.h"

namespace daybook::tools {

CLI::App& BackupGroup(CLI::App& app) {
  return CommandGroup(app, "backup", "copies to restore the store from");
}

CLI::Option* AddBackupNumber(CLI::App& command,
                             std::optional<uint64_t>& number) {
  return command
      .add_option("number", number, "which backup (default: the newest)")
      ->check(WholeNumber(1))
      ->type_name("N");
}

BackupProgress ShowProgress(const CommandContext& context,
                            std::string_view label) {
  // Made with the first call, which knows the total.
  auto line = std::make_shared<std::optional<Progress>>();
  return [&context, line, label = std::string(label)](uint64_t done,
                                                      uint64_t total) {
    if (!line->has_value()) {
      line->emplace(context, label, total, Progress::Unit::kBytes);
    }
    (*line)->Update(done);
    return !Interrupted();
  };
}

}  // namespace daybook::tools
