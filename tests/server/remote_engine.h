// A store that is served and reached through its socket, for the contract suite
// and for tests of their own.

#ifndef DAYBOOK_TESTS_SERVER_REMOTE_ENGINE_H_
#define DAYBOOK_TESTS_SERVER_REMOTE_ENGINE_H_

#include <memory>
#include <string>

#include "daybook/server/remote_store.h"
#include "daybook/server/store_server.h"
#include "daybook/store/event_store.h"
#include "tests/testing/engines.h"
#include "tests/testing/temporary_folder.h"

namespace daybook::testing {

class RemoteEngine final : public Engine {
 public:
  explicit RemoteEngine(const StoreOptions& options,
                        const ServeOptions& serve = ServeOptions(),
                        const RemoteOptions& remote = RemoteOptions());
  ~RemoteEngine() override;

  // The client's.
  EventStore& store() override { return *client_; }
  void Reopen() override;

  // The one that is served, and its groups.
  EventStore& held() override { return *held_; }
  Groups& held_groups() { return server_->groups(); }
  std::string path() const { return folder_ / "store"; }
  void StopServing();
  void Serve();

 private:
  void Open();
  void Close();

  const StoreOptions options_;
  ServeOptions serve_;
  const RemoteOptions remote_;
  const TemporaryFolder folder_;
  std::unique_ptr<EventStore> held_;
  std::unique_ptr<Groups> groups_;
  std::unique_ptr<StoreServer> server_;
  std::unique_ptr<EventStore> client_;
};

EngineFactory RemoteEngineFactory();

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTS_SERVER_REMOTE_ENGINE_H_
