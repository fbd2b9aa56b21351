// A command line of the user's own: every command of daybook, for their states.

#include "cart.h"
#include "daybook/tools/tool_main.h"

int main(int argc, char** argv) {
  daybook::Registry registry;
  registry.AddDecider<consumer::Cart>("cart");
  return daybook::ToolMain(argc, argv, registry);
}
