// What every command of the command line has in common.
//
// A command is one file, tools/command_<name>.cc, with one function that is
// named in tools/commands.cc:
//
//   void RegisterCount(CLI::App& app, CommandContext& context) {
//     struct Arguments { std::string stream; };
//     auto arguments = std::make_shared<Arguments>();
//     CLI::App& command = AddCommand(app, "count", "count a stream's events",
//                                    "daybook count order-42");
//     command.add_option("stream", arguments->stream, "the
//     stream")->required(); SetBody(command, context,
//     [arguments](CommandContext& context) {
//       return context.WithStore([&](EventStore& store) -> absl::Status {
//         ...
//         context.out->Write("...");
//         return absl::OkStatus();
//       });
//     });
//   }
//
// A body returns a status; what is printed for it and the exit code are
// decided in one place (ExitCodeOf). Long loops look at Interrupted() and at
// context.out->ok() between pieces of work.

#ifndef DAYBOOK_TOOLS_CLI_H_
#define DAYBOOK_TOOLS_CLI_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "tools/command_context.h"
#include "tools/exit_code.h"

namespace daybook::tools {

// A subcommand of `parent` with an example (one or more lines) in its help,
// where "daybook" stands for whatever the program is called.
CLI::App& AddCommand(CLI::App& parent, const std::string& name,
                     const std::string& description,
                     const std::string& example);
// The subcommand `name` that only groups others ("import"); made by whoever
// asks first.
CLI::App& CommandGroup(CLI::App& app, const std::string& name,
                       const std::string& description);
// An option that may be given several times, one value each.
CLI::Option* AddRepeated(CLI::App& command, const std::string& name,
                         std::vector<std::string>& values,
                         const std::string& description);
// --reason TEXT, for RecordOperation().
CLI::Option* AddReason(CLI::App& command, std::string& reason);

void SetBody(CLI::App& command, CommandContext& context, CommandBody body);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_CLI_H_
