// RemoteGroups are the consumer groups of a store that another process holds,
// with the interface of Groups (daybook/bus/groups.h): members here and there,
// and in any number of processes, share the events.
//
//   auto store = RemoteStore::Connect(folder);
//   auto groups = RemoteGroups::Over(**store);
//   auto mailer = GroupHandler::Start(*groups->Open("mailers"), "mailer-2",
//                                     Send);
//
// Where it differs from Groups::Over():
//   - A group is opened for the first member and closed with the last, so that
//     Open() tells its errors, but keeps nothing open by itself.
//   - Lanes by a function and a filter with `where` are refused with
//     kInvalidArgument; a group that the holder has open with them can be
//     joined by its name.
//   - Leases and retries go by the holder's clock.
//   - When the connection breaks, or the holder closes the group, the next call
//     of each member fails with kNotFound: what it had may have gone to others,
//     so it is to join again. Join() looks for a holder for
//     RemoteOptions::reconnect_timeout, then fails with kUnavailable; it may be
//     called again until the group is_closed(). TryJoin() looks but once.
//     GroupHandler does so, again and again.
//   - Interrupt() takes up to a tenth of a second.

#ifndef DAYBOOK_SERVER_REMOTE_GROUPS_H_
#define DAYBOOK_SERVER_REMOTE_GROUPS_H_

#include <memory>

#include "daybook/bus/groups.h"
#include "daybook/store/event_store.h"

namespace daybook {

class RemoteGroups {
 public:
  // Of the store behind `store`, which must come from RemoteStore::Connect();
  // null otherwise. Once that is closed, calls fail with kUnavailable. Any
  // number of them may be used at once. Thread-safe.
  static std::unique_ptr<Groups> Over(EventStore& store);

  RemoteGroups() = delete;
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_REMOTE_GROUPS_H_
