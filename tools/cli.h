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
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "daybook/store/event_store.h"
#include "tools/output.h"
#include "tools/store_access.h"
#include "tools/terminal.h"

namespace daybook::tools {

struct CommandContext;
using CommandBody = std::function<absl::Status(CommandContext&)>;

// What a command knows of the process it runs in. Pointers are never null and
// outlive the command.
struct CommandContext {
  // --store, else DAYBOOK_STORE; may be empty.
  std::string store_path;
  Output* out = nullptr;
  Output* err = nullptr;
  // Where "-" is read from.
  int input_descriptor = 0;
  Terminal terminal;
  StoreAccess* stores = nullptr;
  Clock* clock = nullptr;
  // The zone of words like "yesterday".
  absl::TimeZone zone = absl::UTCTimeZone();
  // Who runs the command, and how it was typed: for $operations.
  std::string user;
  std::string command_line;
  // What the chosen command does.
  CommandBody body;

  // Opens the store, which must exist, runs `use` on it and closes it. Returns
  // the first error of the three.
  absl::Status WithStore(absl::FunctionRef<absl::Status(EventStore&)> use);
  // Likewise with other options than the default ones.
  absl::Status WithStore(const StoreOptions& options,
                         absl::FunctionRef<absl::Status(EventStore&)> use);
  // The options that WithStore() uses: never creates a store by accident.
  StoreOptions DefaultStoreOptions() const;
  // Errors: kInvalidArgument when no store was named.
  absl::Status CheckStoreNamed() const;

  // A line to standard error: "daybook: <text>".
  void Say(std::string_view text);
};

// Appends to $operations what this command is about to do, or did, and why.
// Every command that changes more than it appends calls it.
absl::Status RecordOperation(CommandContext& context, EventStore& store,
                             std::string_view reason);

// A subcommand of `parent` with an example (one or more lines) in its help.
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

// Exit codes; documented in --help and tools/README.md, never renumbered.
enum class ExitCode : int {
  kOk = 0,
  kError = 1,
  kUsage = 2,
  kConflict = 3,
  kNotFound = 4,
  kDataLoss = 5,
  kRejects = 6,
  kOutcomeUnknown = 7,
  kSchemaBreaks = 8,
  kSignal = 128,  // plus the signal's number: 130 for Ctrl-C
};

// The status of a command that did its work except for some input that it
// wrote to a rejects file.
absl::Status RejectsError(std::string_view message);

// The status of `schema check` when a schema would break stored events.
absl::Status SchemaBreaksError(std::string_view message);

// Input that can't be used (a bad line, a cut file): exit code 1, where a bad
// argument (kInvalidArgument) is 2.
absl::Status InputError(std::string_view message);

int ExitCodeOf(const absl::Status& status);

// The lines of --help that explain them.
std::string ExitCodeHelp();

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_CLI_H_
