// EventCommand runs a command of the shell for an event: the event is on its
// standard input as `--format json` has it, and said in its environment:
//
//   DAYBOOK_SUBSCRIPTION  the name of the subscription or group
//   DAYBOOK_ATTEMPT       from 1
//   DAYBOOK_POSITION, DAYBOOK_STREAM, DAYBOOK_REVISION, DAYBOOK_TYPE,
//   DAYBOOK_ID
//
// What it writes goes where ours goes.

#ifndef DAYBOOK_TOOLS_EVENT_COMMAND_H_
#define DAYBOOK_TOOLS_EVENT_COMMAND_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "daybook/store/event.h"

namespace daybook::tools {

// Thread-safe.
class EventCommand {
 public:
  // Run by `sh -c`, and ended with all that it started (SIGKILL) when it takes
  // longer than `timeout`.
  // `store_path` is what it finds in DAYBOOK_STORE.
  EventCommand(std::string command, std::string store_path,
               std::string subscription, absl::Duration timeout)
      : command_(std::move(command)),
        store_path_(std::move(store_path)),
        subscription_(std::move(subscription)),
        timeout_(timeout) {}

  // OK if its exit status is 0. `alive` is called now and then while it runs.
  // Errors: kFailedPrecondition with how it ended, kDeadlineExceeded. No fault
  // of the event: kNotFound if the shell found no such command or could not
  // start it (it ends with 127 or 126), kResourceExhausted if the shell was not
  // run.
  absl::Status Run(const EventView& event, uint32_t attempt,
                   std::string_view json,
                   absl::FunctionRef<void()> alive) const;

 private:
  const std::string command_;
  const std::string store_path_;
  const std::string subscription_;
  const absl::Duration timeout_;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_EVENT_COMMAND_H_
