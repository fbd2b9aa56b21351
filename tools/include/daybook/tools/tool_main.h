// ToolMain is the whole daybook command line as a library. A program that hands
// it its own deciders and projections is a tool for its own stores:
//
//   #include "daybook/tools/tool_main.h"
//
//   int main(int argc, char** argv) {
//     daybook::Registry registry;
//     registry.AddDecider<shop::Cart>("cart");
//     registry.AddProjection<shop::SalesBySku>();
//     return daybook::ToolMain(argc, argv, registry);
//   }
//
//   $ shopctl fold cart-42 --with cart --as-of yesterday
//   $ shopctl view sales-by-sku --format json
//
// Every command of `daybook` is there: tools/README.md. Link daybook::tools.

#ifndef DAYBOOK_TOOLS_TOOL_MAIN_H_
#define DAYBOOK_TOOLS_TOOL_MAIN_H_

#include "daybook/projections/registry.h"

namespace daybook {

// Runs the command that `argv` holds and returns the exit status for main();
// what statuses mean is listed by --help. The program calls itself by the last
// part of argv[0] in help and messages.
//
// A registry whose status() is not OK ends it with 1 and that message. A name
// of the registry hides a built-in projection of the same name.
//
// It takes the process: handles SIGINT, SIGTERM and SIGHUP, ignores SIGPIPE,
// reads the environment (DAYBOOK_STORE, TZ, NO_COLOR), standard input, and
// writes to standard output and error. Call it once, from main().
int ToolMain(int argc, const char* const* argv, const Registry& registry);

}  // namespace daybook

#endif  // DAYBOOK_TOOLS_TOOL_MAIN_H_
