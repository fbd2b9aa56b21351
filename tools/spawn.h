// Starts processes, for ChildProcess and EventCommand.

#ifndef DAYBOOK_TOOLS_SPAWN_H_
#define DAYBOOK_TOOLS_SPAWN_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace daybook::tools {

struct SpawnOptions {
  // Descriptors that become its standard input, output and error; below 0: as
  // ours.
  int input = -1;
  int output = -1;
  int errors = -1;
  // Names of environment variables that it does not inherit, and NAME=VALUE
  // that it gets in place of ours.
  std::vector<std::string> unset;
  std::vector<std::string> set;
  // In a process group of its own.
  bool own_group = false;
};

// Starts `arguments[0]`, looked for in PATH; 0, or the errno of why not. It
// does not inherit that we ignore a closed pipe. REQUIRES: !arguments.empty().
int Spawn(std::vector<std::string> arguments, SpawnOptions options, pid_t* pid);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_SPAWN_H_
