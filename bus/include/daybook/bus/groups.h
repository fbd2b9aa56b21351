// Groups are the consumer groups of one store: opens them, says how they stand,
// and does what operators may do about them.
//
//   auto groups = Groups::Over(*store);
//   auto group = groups->Open("mailers", {.filter = {.category = "order"}});
//   ...
//   for (const ParkedEvent& parked : *groups->Parked("mailers", {})) {
//     groups->Retry("mailers", parked.position, {.user = "ann", .reason =
//     ...});
//   }
//
// What members do: consumer_group.h.

#ifndef DAYBOOK_BUS_GROUPS_H_
#define DAYBOOK_BUS_GROUPS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/bus/consumer_group.h"
#include "daybook/store/append.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"
#include "daybook/store/runtime.h"

namespace daybook {

struct GroupsOptions {
  // Leases and retries go by its monotonic time, which nobody sets; lag and
  // parked-at by its wall clock. Null: the machine's. Must outlive Groups.
  Clock* clock = nullptr;
  // Writes what was acknowledged, now and then. Null: a thread of its own. Must
  // run its tasks until Groups is destroyed. Not StoreOptions::executor, which
  // a write may have to wait for.
  std::shared_ptr<Executor> executor;
};

// An event that was set aside.
struct ParkedEvent {
  Position position;
  uint32_t attempt_count = 0;
  std::string cause;
  absl::Time parked_at;
  // The name of the member that had it.
  std::string member;
};

struct ParkedOptions {
  // The first that is wanted.
  Position from;
  size_t count_max = 1024;
};

// Thread-safe. One for a store at a time, in all processes: two would hand out
// everything twice. So not over a RemoteStore.
class Groups {
 public:
  // `store` must outlive it. Close or destroy it before the store is closed:
  // what was acknowledged in the last tenth of a second is written then.
  static std::unique_ptr<Groups> Over(
      EventStore& store, const GroupsOptions& options = GroupsOptions());

  // Closes.
  virtual ~Groups() = default;
  Groups(const Groups&) = delete;
  Groups& operator=(const Groups&) = delete;

  // The group `name`, which is created if there is none. If it is open already,
  // the same one, with the options it was opened with.
  //
  // Errors:
  //   kInvalidArgument     a name, filter or option above its limits, or a
  //                        start beyond the head
  //   kFailedPrecondition  it follows other events (accept_changed_filter), or
  //                        has come beyond the head: reset it
  //   kDataLoss            the rows that keep it are damaged: delete it; or an
  //                        event that is outstanding
  //   kUnavailable         closed; otherwise as EventStore::WriteRows()
  virtual absl::StatusOr<std::shared_ptr<ConsumerGroup>> Open(
      std::string_view name, const GroupOptions& options) = 0;

  // The same as it was opened last. Further errors: kNotFound if there is none;
  // kFailedPrecondition if its lanes are by a function of some program.
  virtual absl::StatusOr<std::shared_ptr<ConsumerGroup>> Open(
      std::string_view name) = 0;

  // In byte order of their names. One that is damaged keeps no other from being
  // listed: GroupInfo::problem. Cost: reads what is parked.
  virtual absl::StatusOr<std::vector<GroupInfo>> List() = 0;
  // Errors: kNotFound.
  virtual absl::StatusOr<GroupInfo> Get(std::string_view name) = 0;

  // Waits up to `timeout` until the event at `position` is done: acknowledged,
  // skipped, or not wanted. So whoever appended it knows that it was handled.
  // Of a group that nobody has open here: looks now and then. Errors:
  // kDeadlineExceeded; kAborted if it was set aside, with the cause; kNotFound
  // if there is no such group; kUnavailable if it is closed meanwhile.
  virtual absl::Status WaitHandled(std::string_view name, Position position,
                                   absl::Duration timeout) = 0;

  // What is set aside, in order of position. Errors: kNotFound.
  virtual absl::StatusOr<std::vector<ParkedEvent>> Parked(
      std::string_view name, const ParkedOptions& options) = 0;

  // What an operator does, to a group that is open or not. Each that is
  // given an `operation` first records that in `$operations`, then does it.

  // Lets a parked event be tried again, from its first attempt on, before those
  // of its lane that are outstanding and come after it.
  // Errors: kNotFound if it is not parked; kResourceExhausted while the group
  // has too many outstanding (GroupOptions): later.
  virtual absl::Status Retry(std::string_view name, Position position,
                             const Operation& operation) = 0;
  // Takes a parked event for done. Errors: kNotFound; kInvalidArgument without
  // a reason.
  virtual absl::Status Skip(std::string_view name, Position position,
                            const Operation& operation) = 0;
  // The same for who does it to many events, and has recorded that once
  // (EventStore::RecordOperation): these record nothing.
  virtual absl::Status RetryRecorded(std::string_view name,
                                     Position position) = 0;
  virtual absl::Status SkipRecorded(std::string_view name,
                                    Position position) = 0;

  // These two close a group that is open without members.

  // From now on `position` is the first event that it looks at, forward or
  // back. What is outstanding is dropped; parked events from there on too, as
  // they are given again; those below stay. Errors: kNotFound;
  // kFailedPrecondition while it has members; kInvalidArgument beyond the head.
  virtual absl::Status Reset(std::string_view name, Position position,
                             const Operation& operation) = 0;
  // Forgets it, with what is parked. Errors: kNotFound; kFailedPrecondition
  // while it has members.
  virtual absl::Status Delete(std::string_view name,
                              const Operation& operation) = 0;

  // Closes all that are open. Idempotent; later calls fail with kUnavailable.
  // Errors: the first of ConsumerGroup::Close().
  virtual absl::Status Close() = 0;

 protected:
  Groups() = default;
};

}  // namespace daybook

#endif  // DAYBOOK_BUS_GROUPS_H_
