// Reactor answers events with events: a process manager, that keeps a state for
// each process it has under way.
//
//   ReactorOptions options;
//   options.filter.category = "order";
//   options.key = [](const EventView& event) {
//     return std::string(event.stream);  // one process an order
//   };
//   auto reactor = Reactor::Open(
//       *store, "shipping", options,
//       [](const EventView& event, std::string_view state)
//           -> absl::StatusOr<Reaction> {
//         if (event.type != "order-paid") return Reaction::Nothing(state);
//         return Reaction{.events = {{"parcels", {.type = "parcel-ordered"}}},
//                         .state = "ordered"};
//       });
//   while (running) {
//     auto step = (*reactor)->Step(absl::Seconds(1));
//     if (!step.ok()) return step.status();
//   }
//
// What it emits, the state, and that the event was handled change in one
// append, or nothing of it: each event has its effect exactly once, over
// crashes too, and where two reactors of one name are open at once: of what
// they make of an event one thing is stored. An effect outside the store has no
// part in that; let one who hears of the emitted event cause it
// (group_handler.h).
//
// A step that fails for good is answered by events that take back the ones
// before: there is no transaction over several services.

#ifndef DAYBOOK_BUS_REACTOR_H_
#define DAYBOOK_BUS_REACTOR_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/append.h"
#include "daybook/store/event.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"
#include "daybook/store/subscription.h"

namespace daybook {

// Bytes of UTF-8 without NUL, at least 1.
inline constexpr size_t kReactorNameBytesMax = 200;
inline constexpr size_t kReactorKeyBytesMax = 1024;

// What a reactor makes of one event.
struct Reaction {
  // Appended together, each to its stream, whatever that holds by then. Without
  // ids, which are made. Where they are empty, the causation id becomes the id
  // of the event that is answered, and the correlation id its own.
  std::vector<StreamEvent> events;
  // Of the process, from now on; empty once it has ended.
  std::string state;

  // Emits nothing, and leaves the state as it is.
  static Reaction Nothing(std::string_view state) {
    return {.events = {}, .state = std::string(state)};
  }
};

struct ReactorOptions {
  // Which events it is asked about.
  EventFilter filter;
  // Where a reactor begins that there is not yet.
  SubscribeFrom from = SubscribeFrom::Beginning();
  // Which process an event belongs to: at most 1,024 bytes. Empty: none; it is
  // not asked. The correlation id unless it is given.
  std::function<std::string(const EventView& event)> key;
};

// Looks at an event and the state of its process, empty if there is none; must
// do nothing else, as it may be asked again after a crash, and must give the
// same answer then. Asked on the thread that calls Step(). An error stops the
// reactor before this event. Of two reactors of one name the one that is behind
// may be asked with a state from later on; what it answers is not stored.
using React = std::function<absl::StatusOr<Reaction>(const EventView& event,
                                                     std::string_view state)>;

// One thread at a time calls Step(); the rest may be called from any.
class Reactor {
 public:
  // Goes on where the one of that name was, or begins (ReactorOptions::from).
  // `store` must outlive it, and be held by this process. Best open once at a
  // time: two ask twice, and as soon as one has had an effect the other one
  // fails at its next.
  //
  // Errors:
  //   kInvalidArgument     a name or filter above the limits, or a start beyond
  //                        the head
  //   kFailedPrecondition  it has come beyond the head, or followed other
  //                        events: take another name
  //   kDataLoss            its rows are damaged: take another name
  //   kUnimplemented       another process holds the store (RemoteStore): run
  //                        it there
  //   otherwise as EventStore::Subscribe(), WriteRows() and Attach().
  static absl::StatusOr<std::unique_ptr<Reactor>> Open(EventStore& store,
                                                       std::string_view name,
                                                       ReactorOptions options,
                                                       React react);

  // Destroy it before the store is closed.
  virtual ~Reactor() = default;
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  // Handles the next events, some at once; waits up to `timeout` for the first.
  // Returns how many it handled, those of no process too. On error what came
  // before is handled, and the next call begins with the event that failed:
  // what the functions of filter, key or reaction returned or threw (kUnknown),
  // kInvalidArgument for a key above its limits, kFailedPrecondition for what
  // another one of its name has handled: open it anew; kCancelled after
  // Cancel(); or as EventStore::Append() and Subscription::Next().
  //
  // Cost: of an event that is asked about, one row that is read; if it is
  // answered, an append; if the state alone changes, rows that are written
  // between two appends.
  virtual absl::StatusOr<uint64_t> Step(absl::Duration timeout) = 0;

  // Ends a Step() that waits, and each one after, with kCancelled. It is over
  // for good: open another one.
  virtual void Cancel() = 0;

  // Every event below was handled, by this one or before. In memory: of what
  // had no effect the store may know less, and another opening goes over it
  // again.
  virtual Position checkpoint() const = 0;
  // Of the process with that key; empty if there is none. Errors: as reads of
  // rows.
  virtual absl::StatusOr<std::string> StateOf(std::string_view key) const = 0;

 protected:
  Reactor() = default;
};

}  // namespace daybook

#endif  // DAYBOOK_BUS_REACTOR_H_
