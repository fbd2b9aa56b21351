#include "tools/format_option.h"

namespace daybook::tools {

CLI::Option* AddFormatOrJson(CLI::App& command, std::string& format) {
  return command.add_option("--format", format, format + " (default) or json")
      ->check(CLI::IsMember({format, std::string("json")}))
      ->type_name("FORMAT");
}

}  // namespace daybook::tools
