// StoreServer lets other processes of the same user reach a store through the
// process that holds it.
//
//   auto store = EventStore::Open(folder, options);
//   ...
//   auto server = StoreServer::Start(**store, folder);
//   if (!server.ok()) return server.status();
//   ...
//   server->reset();  // before the store is closed
//
// They connect to a socket in the store's folder, and have the whole API:
// RemoteStore (remote_store.h), and each command of `daybook` by itself. Only
// processes of the same user and of root are let in: the socket has mode 0600,
// and who connects is asked who he is. What is on the wire:
// proto/daybook/v1/service.proto.
//
// gRPC is a guest here as this is one in the host's process: it starts threads
// of its own, and what it has to say goes to standard error as the variable
// GRPC_VERBOSITY says.

#ifndef DAYBOOK_SERVER_STORE_SERVER_H_
#define DAYBOOK_SERVER_STORE_SERVER_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/bus/groups.h"
#include "daybook/store/event_store.h"
#include "daybook/store/runtime.h"

namespace daybook {

struct ServeOptions {
  // Threads that call the store: many clients share them. What takes long
  // (backups, checks of the audit tree, waits for indexes) has two of its own.
  // Subscribers that wait have none.
  int thread_count = 4;
  // Calls that one connection may have open, subscriptions included; more wait.
  int connection_calls_max = 4096;
  // Larger requests are refused with kInvalidArgument, before they are read.
  // Below the default, appends and batches of rows that the store would take
  // are refused too.
  size_t request_bytes_max = 128 << 20;
  // A reader that took nothing for so long: what it holds of the store is let
  // go, and read anew once it goes on.
  absl::Duration reader_idle_max = absl::Seconds(10);
  // The groups of the store, if the program has them: others join those, and
  // what they open stays open until these are closed. Null: the server has its
  // own; then the program is to have none, or use StoreServer::groups().
  Groups* groups = nullptr;
  // Told of peers that were turned away; null: nobody. Must outlive the server.
  Logger* logger = nullptr;
};

// Thread-safe. Destroyed, it ends all calls and removes the socket; calls that
// are under way end with kUnavailable for their clients.
class StoreServer {
 public:
  // Serves `store`, which is the one in `folder` and must outlive the server.
  // Closing the store before the server ends every call with kUnavailable, but
  // waits for clients' cursors.
  //
  // A socket that a process left which was killed is replaced.
  //
  // Errors: what the system says of the socket; kResourceExhausted if it has no
  // thread to give; kInvalidArgument if the store is in another folder.
  static absl::StatusOr<std::unique_ptr<StoreServer>> Start(
      EventStore& store, const std::string& folder,
      const ServeOptions& options = ServeOptions());

  virtual ~StoreServer() = default;
  StoreServer(const StoreServer&) = delete;
  StoreServer& operator=(const StoreServer&) = delete;

  // The groups that others join (RemoteGroups), for this process too. Those of
  // ServeOptions, or the server's own, which close with it; of these, what this
  // process opens stays open until it closes it, with members or without.
  virtual Groups& groups() = 0;

 protected:
  StoreServer() = default;
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_STORE_SERVER_H_
