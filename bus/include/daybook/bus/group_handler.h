// GroupHandler calls a handler for the events of a consumer group, on threads
// of its own: asynchronous, in order within a lane, side by side between lanes.
//
//   auto mailer = GroupHandler::Start(
//       group, "mailer-1",
//       [&](const Delivery& delivery) { return Send(*delivery.event); },
//       {.worker_count = 4, .timeout = absl::Seconds(20)});
//
// What the handler returns OK for is acknowledged. An error, an exception, or
// taking too long is a failed attempt: the event is tried again and parked in
// the end, as the group's RetryPolicy says. kInvalidArgument parks it at once:
// it could never succeed.

#ifndef DAYBOOK_BUS_GROUP_HANDLER_H_
#define DAYBOOK_BUS_GROUP_HANDLER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/bus/consumer_group.h"

namespace daybook {

// Called on a worker's thread, by several at once for different lanes. May
// block, and may use the store and the group, but not close them.
using DeliveryHandler = std::function<absl::Status(const Delivery& delivery)>;

struct GroupHandlerOptions {
  // Threads, and so events that are handled at once. REQUIRES: >= 1.
  int worker_count = 2;
  // A handler that takes longer has failed: the event goes back to the group,
  // and another thread takes this one's place. The call itself can't be ended;
  // what it returns later is not looked at. By the machine's clock; may be
  // infinite. REQUIRES: > 0.
  absl::Duration timeout = absl::Minutes(1);
  // So many calls may hang at once. When more do, no thread takes their place,
  // until one returns: its thread does. So it is where the machine has no
  // thread to give.
  int hanging_count_max = 16;
};

// One member of a group, with some threads. Thread-safe. Destroy it before the
// group is closed, or it ends: status().
class GroupHandler {
 public:
  // Joins, and starts the threads. Errors: as ConsumerGroup::Join();
  // kResourceExhausted if the machine or a limit has no thread to give.
  static absl::StatusOr<std::unique_ptr<GroupHandler>> Start(
      std::shared_ptr<ConsumerGroup> group, std::string member_name,
      DeliveryHandler handler,
      const GroupHandlerOptions& options = GroupHandlerOptions());

  // Takes no more events, and waits until every call of the handler has
  // returned, also those that hang; not for a holder of the group that is away,
  // but for one that hangs as long as RemoteOptions::answer_timeout. Leaves the
  // group. Not to be destroyed by the handler.
  virtual ~GroupHandler() = default;
  GroupHandler(const GroupHandler&) = delete;
  GroupHandler& operator=(const GroupHandler&) = delete;

  // Why it gets no events. A group that is closed (ConsumerGroup::is_closed())
  // has ended it: kUnavailable. Anything else is tried again each second; while
  // the process that holds the group is away, which is kUnavailable too, it is
  // looked for each tenth of a second. OK while all is well. A lease that ran
  // out is no such reason: it joins again.
  virtual absl::Status status() const = 0;
  // Calls that took too long and have not returned yet.
  virtual int hanging_count() const = 0;

 protected:
  GroupHandler() = default;
};

}  // namespace daybook

#endif  // DAYBOOK_BUS_GROUP_HANDLER_H_
