// The command line with nothing of a program's own.

#include "daybook/tools/tool_main.h"

int main(int argc, char** argv) {
  return daybook::ToolMain(argc, argv, daybook::Registry());
}
