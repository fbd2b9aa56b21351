#include "daybook/tools/tool_main.h"

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "google/protobuf/stubs/logging.h"
#include "tools/command_line.h"
#include "tools/interrupt.h"
#include "tools/text.h"

namespace daybook {
namespace tools {
namespace {

std::string UserName() {
  const uid_t uid = getuid();
  if (const passwd* entry = getpwuid(uid)) return entry->pw_name;
  return Concat("uid ", uid);
}

// "/usr/bin/shopctl" is "shopctl".
std::string ProgramName(int argc, const char* const* argv) {
  if (argc < 1) return "daybook";
  std::string_view name = argv[0];
  name.remove_prefix(name.rfind('/') + 1);  // npos + 1 is 0
  return name.empty() ? "daybook" : std::string(name);
}

// One of the three that is closed would be the number of the next file that is
// opened: a store's, and what is printed would go there.
void HoldStandardFiles() {
  for (const int file : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(file, F_GETFD) >= 0) continue;
    // The lowest that is free, which is this one. Read-only for the output too,
    // so that writing there fails as it does to a file that is closed.
    (void)open("/dev/null", O_RDONLY);
  }
}

// Empty is as good as not set: that is how a script turns one off.
std::string FromEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace
}  // namespace tools

int ToolMain(int argc, const char* const* argv, const Registry& registry) {
  using tools::Output;
  tools::HoldStandardFiles();
  tools::InstallSignalHandlers();
  // Errors come back as a status; what protobuf prints of them says less.
  google::protobuf::SetLogHandler(nullptr);
  // So with what gRPC says, unless it was asked for.
  setenv("GRPC_VERBOSITY", "NONE", 0);
  tools::CommandContext context;
  context.program = tools::ProgramName(argc, argv);
  context.registry = &registry;
  context.terminal = tools::Terminal::OfProcess();
  Output out(STDOUT_FILENO, context.terminal.output_is_terminal
                                ? Output::Buffering::kNone
                                : Output::Buffering::kFull);
  Output err(STDERR_FILENO, Output::Buffering::kNone);
  context.out = &out;
  context.err = &err;
  context.stores = tools::StoreAccess::Disk();
  context.clock = Clock::System();
  context.zone = absl::LocalTimeZone();
  context.user = tools::UserName();
  context.store_path = tools::FromEnvironment("DAYBOOK_STORE");
  if (std::string key = tools::FromEnvironment("DAYBOOK_AUDIT_KEY");
      !key.empty()) {
    context.audit_keys = {std::move(key)};
  }
  if (std::string copy = tools::FromEnvironment("DAYBOOK_HEAD_COPY");
      !copy.empty()) {
    context.head_copies = {std::move(copy)};
  }
  context.executable = "/proc/self/exe";
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) arguments.emplace_back(argv[i]);
  return tools::RunCommandLine(arguments, context);
}

}  // namespace daybook
