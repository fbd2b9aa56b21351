#include "tests/server/remote_engine.h"

#include <cstdlib>
#include <utility>
#include <vector>

#include "tests/testing/status_matchers.h"

namespace daybook::testing {
namespace {

// No test goes on without what it is about.
template <typename T>
T Must(absl::StatusOr<T> value) {
  EXPECT_OK(value);
  if (!value.ok()) std::abort();
  return *std::move(value);
}

}  // namespace

RemoteEngine::RemoteEngine(const StoreOptions& options,
                           const ServeOptions& serve,
                           const RemoteOptions& remote)
    : options_(options), serve_(serve), remote_(remote) {
  Open();
}

RemoteEngine::~RemoteEngine() { Close(); }

void RemoteEngine::Open() {
  held_ = Must(EventStore::Open(path(), options_));
  // Leases go by the test's time, if it has one.
  if (options_.clock != nullptr) {
    groups_ = Groups::Over(*held_, {.clock = options_.clock});
    serve_.groups = groups_.get();
  }
  Serve();
  client_ = Must(RemoteStore::Connect(path(), remote_));
}

void RemoteEngine::Serve() {
  server_ = Must(StoreServer::Start(*held_, path(), serve_));
}

void RemoteEngine::StopServing() { server_ = nullptr; }

void RemoteEngine::Close() {
  client_ = nullptr;
  server_ = nullptr;
  if (groups_ != nullptr) {
    EXPECT_OK(groups_->Close());
  }
  groups_ = nullptr;
  EXPECT_OK(held_->Close(absl::Minutes(1)));
  held_ = nullptr;
}

void RemoteEngine::Reopen() {
  Close();
  Open();
}

EngineFactory RemoteEngineFactory() {
  EngineFactory factory;
  factory.name = "Remote";
  factory.make = [](const StoreOptions& options) {
    return std::make_unique<RemoteEngine>(options);
  };
  factory.persistent = true;
  return factory;
}

// In place of tests/testing/every_engine.cc: the contract suite through the
// socket.
std::vector<EngineFactory> Engines() { return {RemoteEngineFactory()}; }

}  // namespace daybook::testing
