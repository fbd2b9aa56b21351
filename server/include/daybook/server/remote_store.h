// RemoteStore is an EventStore that another process holds, and serves
// (store_server.h).
//
//   auto store = EventStore::Open(folder, options);
//   if (absl::IsFailedPrecondition(store.status())) {  // held by another
//     store = RemoteStore::Connect(folder);
//   }
//
// It keeps what EventStore promises, with these differences:
//   - Attach() is kUnimplemented: what takes part in every append must run
//     where appends are committed, or each would wait for this process. So
//     inline views are kept by the holder alone.
//   - EventFilter::where is asked in this process: what it drops has come
//     through the socket.
//   - AppendAsync() tells of what the store refuses when the holder has said
//     so, not before it returns.
//   - Head(), DurableHead() and Status() have no way to fail: when the holder
//     does not answer they give what was last known, and Status().health says
//     why.
//   - Close() closes this connection, not the store. Durability, sources, keys
//     and copies of tree heads are the holder's.
//   - Folders for Branch() and Backup() are written by the holder.
//
// When the holder ends, calls fail with kUnavailable, and appends that were
// under way with kUnknown and AppendOutcome::kUnknown: repeated with the same
// append key they are safe. The next call connects anew. A subscription goes on
// by itself where it was, without a gap or a duplicate: Next() waits for the
// holder to come back, up to RemoteOptions::reconnect_timeout. A holder that
// hangs is one that ended (RemoteOptions::answer_timeout); Close() waits for
// none longer than its grace.

#ifndef DAYBOOK_SERVER_REMOTE_STORE_H_
#define DAYBOOK_SERVER_REMOTE_STORE_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/event_store.h"

namespace daybook {

struct RemoteOptions {
  // How long to wait for the holder's first answer.
  absl::Duration connect_timeout = absl::Seconds(10);
  // How long Next() of a subscription looks for a holder that has gone, before
  // it fails with kUnavailable. A later call looks again.
  absl::Duration reconnect_timeout = absl::Seconds(10);
  // A holder that does not react at all for so long, stopped for instance,
  // counts as gone: what waits for it ends as it does when the holder ends.
  // A call that takes long is none of that. Each half of it a message goes
  // there and back. Infinite: waits for ever.
  absl::Duration answer_timeout = absl::Seconds(20);
  // Appends that wait for their answers; more wait for room
  // (AppendOptions::queue_timeout).
  size_t queue_count_max = 16'384;
  size_t queue_bytes_max = 64 << 20;
};

class RemoteStore {
 public:
  // Errors:
  //   kNotFound            no process serves a store in `folder`
  //   kUnavailable         the one that did is gone, or does not answer
  //   kPermissionDenied    it is another user's; to root, one's who is not the
  //                        owner of `folder` either
  //   kFailedPrecondition  it is of a daybook that speaks another protocol
  static absl::StatusOr<std::unique_ptr<EventStore>> Connect(
      const std::string& folder,
      const RemoteOptions& options = RemoteOptions());

  // Whether `store` came from Connect(): what other processes may do to it
  // meanwhile, this one does not see.
  static bool Is(const EventStore& store);

  RemoteStore() = delete;
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_REMOTE_STORE_H_
