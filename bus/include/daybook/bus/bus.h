// Bus appends, and calls who has a say in it before, and who must hear of it
// at once after.
//
//   auto bus = Bus::Over(*store);
//   auto checks = bus->Validate([](const AppendRequest& request) {
//     return request.events.size() > 10 ? absl::InvalidArgumentError("too
//     many")
//                                       : absl::OkStatus();
//   });
//   auto prices = bus->Handle("prices", {.category = "price"},
//                             [&](const EventView& event) {
//                               return cache.Update(event);
//                             });
//   auto published = bus->Append(request);
//   if (!published.ok()) return published.status();       // not appended
//   for (const HandlerFailure& failure : published->failures) Log(failure);
//
// Only what is appended through the bus is checked, and heard of here: replay,
// rebuild, import and restore run no handler. Who must hear of everything, also
// of what others appended or what came while it was away, subscribes
// (daybook/store/push_subscription.h: each gets every event), or is a handler
// of a group (group_handler.h: one of them gets it).

#ifndef DAYBOOK_BUS_BUS_H_
#define DAYBOOK_BUS_BUS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/append.h"
#include "daybook/store/event.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"
#include "daybook/store/subscription.h"

namespace daybook {

// A handler that failed, and on what.
struct HandlerFailure {
  std::string handler;
  Position position;
  absl::Status status;
};

struct Published {
  // The events are stored, whatever handlers made of them.
  AppendResult receipt;
  // In order of position. The handler was called for the events after, too.
  std::vector<HandlerFailure> failures;
};

// What was registered, until this is destroyed, which waits for calls under way
// and so must not happen in one. May outlive the bus.
class Registration {
 public:
  virtual ~Registration() = default;
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

 protected:
  Registration() = default;
};

// Thread-safe; joining and leaving go on beside appends.
class Bus {
 public:
  // Called by whoever appends, from several threads at once, in the order in
  // which they were registered, before anything is stored. An error refuses the
  // append; what it throws does so, with kUnknown. It sees the store as it is
  // before the append, others come in between: what must hold at the append
  // itself is a condition of it.
  using Validator = std::function<absl::Status(const AppendRequest& request)>;
  // Called by whoever appended, from several threads at once, after the commit
  // and before Append() returns: for each event that it wants, in order within
  // one append, and in no order with other appends. May append, by the bus,
  // too. What it throws is kUnknown.
  using Handler = std::function<absl::Status(const EventView& event)>;

  // `store` must outlive it, and may be a RemoteStore: then what is appended
  // through this bus is checked and heard of in this process.
  static std::unique_ptr<Bus> Over(EventStore& store);

  virtual ~Bus() = default;
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;

  // From now on, until what is returned is destroyed. An append under way may
  // go on without it. Never null.
  [[nodiscard]] virtual std::unique_ptr<Registration> Validate(
      Validator validator) = 0;
  // Likewise. `name` is for HandlerFailure alone: two may have the same.
  // Errors: kInvalidArgument for a filter above its limits.
  [[nodiscard]] virtual absl::StatusOr<std::unique_ptr<Registration>> Handle(
      std::string name, EventFilter filter, Handler handler) = 0;

  // Errors: what a validator returned: nothing was appended; otherwise as
  // EventStore::Append(), which then have GetAppendOutcome().
  // A repeated append calls handlers again: the first attempt may have died
  // before it came to that. Cost: reads back what was appended, if anybody
  // handles anything.
  virtual absl::StatusOr<Published> Append(
      const AppendRequest& request,
      const AppendOptions& options = AppendOptions()) = 0;

 protected:
  Bus() = default;
};

}  // namespace daybook

#endif  // DAYBOOK_BUS_BUS_H_
