// What a command knows of the process it runs in.

#ifndef DAYBOOK_TOOLS_COMMAND_CONTEXT_H_
#define DAYBOOK_TOOLS_COMMAND_CONTEXT_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "daybook/projections/registry.h"
#include "daybook/store/event_store.h"
#include "tools/output.h"
#include "tools/pacer.h"
#include "tools/store_access.h"
#include "tools/terminal.h"

// Of CLI11, which only those include who define options: it is slow to compile.
namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
class Option;
}  // namespace CLI

namespace daybook::tools {

struct CommandContext;
using CommandBody = std::function<absl::Status(CommandContext&)>;

// Pointers outlive the command, and are not null unless it is said.
struct CommandContext {
  // What the program is called, in messages and help.
  std::string program = "daybook";
  // What the program can fold beside the built-in projections; may be null.
  const Registry* registry = nullptr;
  // --store, else DAYBOOK_STORE; may be empty.
  std::string store_path;
  // --audit-key, --head-copy, else of the environment: how heads of the audit
  // tree are signed and where copies go.
  std::vector<std::string> audit_keys;
  std::vector<std::string> head_copies;
  // The program that runs, to run it again in a process of its own; empty where
  // there is none.
  std::string executable;
  Output* out = nullptr;
  Output* err = nullptr;
  // Where "-" is read from.
  int input_descriptor = 0;
  Terminal terminal;
  StoreAccess* stores = nullptr;
  Clock* clock = nullptr;
  // How a command waits; until it is interrupted at most.
  std::function<void(absl::Duration)> sleep = SleepUnlessInterrupted;
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
  // The same for commands that go on for long: other processes can use the
  // store meanwhile, where this one holds it.
  absl::Status WithServedStore(
      absl::FunctionRef<absl::Status(EventStore&)> use);
  // Likewise; `served` says whether they can, or why not.
  absl::Status WithServedStore(
      absl::FunctionRef<absl::Status(EventStore&, const absl::Status& served)>
          use);
  // As WithStore(), with other options than the default ones.
  absl::Status WithStore(const StoreOptions& options,
                         absl::FunctionRef<absl::Status(EventStore&)> use);
  // The options that WithStore() uses: never creates a store by accident.
  StoreOptions DefaultStoreOptions() const;
  // Errors: kInvalidArgument when no store was named.
  absl::Status CheckStoreNamed() const;

  // A line to standard error: "<program>: <text>", with control characters
  // escaped.
  void Say(std::string_view text);
};

// Appends to $operations what this command is about to do, or did, and why.
// Every command that changes more than it appends calls it.
absl::Status RecordOperation(CommandContext& context, EventStore& store,
                             std::string_view reason);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_COMMAND_CONTEXT_H_
