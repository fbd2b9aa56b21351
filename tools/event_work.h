// What `subscribe` does about an event: runs a command, or prints it.

#ifndef DAYBOOK_TOOLS_EVENT_WORK_H_
#define DAYBOOK_TOOLS_EVENT_WORK_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/projections/stored_type.h"
#include "daybook/store/event.h"
#include "daybook/store/event_store.h"
#include "store/mutex.h"
#include "tools/command_context.h"
#include "tools/event_command.h"
#include "tools/event_condition.h"

namespace daybook::tools {

struct EventWorkOptions {
  // Of the subscription or group, for the command.
  std::string name;
  // Empty: events are printed.
  std::string command;
  absl::Duration timeout = absl::InfiniteDuration();
  // An SQL expression; empty: every event.
  std::string where;
};

// True for what is wrong with neither an event nor its command: an output that
// can't be written, a command that can't be started. Another try would not
// help.
bool IsOwnFailure(const absl::Status& status);

// Thread-safe.
class EventWork {
 public:
  // `store` and `context` must outlive it. Errors: kInvalidArgument for a wrong
  // expression.
  static absl::StatusOr<std::unique_ptr<EventWork>> Make(
      EventWorkOptions options, EventStore& store, CommandContext& context);

  // Whether events of system streams are wanted; not at first. Before threads
  // use it.
  void set_shows_system(bool shows_system) { shows_system_ = shows_system; }

  // Errors: as EventCondition::Holds().
  absl::StatusOr<bool> Wants(const EventView& event);

  // Errors: as EventCommand::Run(), which says what `alive` is; of the output.
  absl::Status Do(const EventView& event, uint32_t attempt,
                  absl::FunctionRef<void()> alive);

  // No command is run.
  bool prints() const { return prints_; }

 private:
  EventWork(EventWorkOptions options, EventCondition where, EventStore& store,
            CommandContext& context);

  const bool prints_;
  const EventCommand command_;
  CommandContext& context_;
  bool shows_system_ = false;
  Mutex mutex_;
  EventCondition where_ ABSL_GUARDED_BY(mutex_);
  StoredTypes types_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_EVENT_WORK_H_
