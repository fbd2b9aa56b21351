#include "tools/command_line.h"

#include <CLI/CLI.hpp>

#include "daybook/store/version.h"

namespace daybook::tools {

int RunCommandLine(int argc, const char* const* argv) {
  CLI::App app("An append-only event store", "daybook");
  app.set_version_flag("--version", [] { return VersionDetails(); });
  CLI11_PARSE(app, argc, argv);
  return 0;
}

}  // namespace daybook::tools
