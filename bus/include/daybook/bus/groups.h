// Groups are the consumer groups of one store: opens them, says how they stand,
// and does what operators may do about them.
//
//   auto groups = Groups::Over(*store);
//   auto group = groups->Open("mailers", {.filter = {.category = "order"}});
//   ...
//   auto all = groups->Parked("mailers", {});
//   if (!all.ok()) return all.status();
//   for (const ParkedEvent& parked : *all) {
//     groups->Retry("mailers", parked.position, {.user = "ann"});
//   }
//
// What members do: consumer_group.h.
//
// A group whose rows could not be written has ended: its members and whoever
// looks at it are told why, and Open() gives the same sick one. The store
// refuses every write then, as what is on its disk is not known any more
// (EventStore::WriteRows()). Close the groups and the store, mend what is wrong
// (a full disk, say), and open both again: what was acknowledged since the last
// write that succeeded comes again.

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
// everything twice. So not over a RemoteStore: RemoteGroups
// (daybook/server/remote_groups.h).
//
// Errors that all calls have: kInvalidArgument for a name above its limits,
// kUnavailable once this or the store is closed; otherwise as reads of rows,
// and of what is changed as EventStore::WriteRows(). Calls but WaitHandled()
// wait for each other, never for members.
class Groups {
 public:
  // `store` must outlive it. Close or destroy it before the store is closed:
  // what was acknowledged in the last tenth of a second is written then.
  // Nothing is opened yet, and so nothing can fail.
  static std::unique_ptr<Groups> Over(
      EventStore& store, const GroupsOptions& options = GroupsOptions());

  // Closes.
  virtual ~Groups() = default;
  Groups(const Groups&) = delete;
  Groups& operator=(const Groups&) = delete;

  // The group `name`, which is created if there is none. If it is open already,
  // the same one, with the options it was opened with. Open until its Close(),
  // or this one's: whoever lets go of what is returned closes nothing.
  //
  // Errors:
  //   kInvalidArgument     a name, filter or option above its limits, or a
  //                        start beyond the head
  //   kFailedPrecondition  it follows other events (accept_changed_filter), or
  //                        has come beyond the head: reset it; or it is open in
  //                        other Groups of this store: share those
  //   kDataLoss            the rows that keep it are damaged: delete it; or an
  //                        event that is outstanding
  //   kResourceExhausted   the machine has no thread to give that would write
  //                        for it (GroupsOptions::executor)
  //   otherwise as EventStore::Subscribe()
  // Cost: reads what is outstanding again, up to
  // GroupOptions::outstanding_bytes_max.
  virtual absl::StatusOr<std::shared_ptr<ConsumerGroup>> Open(
      std::string_view name, const GroupOptions& options) = 0;

  // The same as it was opened last. Further errors: kNotFound if there is none;
  // kFailedPrecondition if its lanes are by a function of some program.
  virtual absl::StatusOr<std::shared_ptr<ConsumerGroup>> Open(
      std::string_view name) = 0;

  // In byte order of their names. One that is damaged keeps no other from being
  // listed: GroupInfo::problem. Cost: of each group reads what is parked and
  // one event; one that is open is written first.
  virtual absl::StatusOr<std::vector<GroupInfo>> List() = 0;
  // Errors: kNotFound; kDataLoss if its rows are damaged: delete it.
  virtual absl::StatusOr<GroupInfo> Get(std::string_view name) = 0;

  // Waits up to `timeout` until the event at `position` is done: acknowledged,
  // skipped, or not wanted. So whoever appended it knows that it was handled.
  // Of a group that nobody has open here: looks now and then. Errors:
  // kDeadlineExceeded; kAborted if it was set aside, with the cause; kNotFound
  // if there is no such group; kUnavailable if it is closed meanwhile.
  virtual absl::Status WaitHandled(std::string_view name, Position position,
                                   absl::Duration timeout) = 0;

  // What is set aside, in order of position. There may be more behind the last
  // of `count_max`: ask from its next on. Errors: kNotFound; kDataLoss.
  virtual absl::StatusOr<std::vector<ParkedEvent>> Parked(
      std::string_view name, const ParkedOptions& options) = 0;

  // What an operator does, to a group that is open or not. Each that is given
  // an `operation` first records that in `$operations`, then does it: after an
  // error or a crash in between it is recorded and may be done or not. Look,
  // and ask again. Further errors: kDataLoss; as EventStore::RecordOperation().

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
