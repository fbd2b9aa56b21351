#include "tests/testing/engines.h"

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "tests/testing/status_matchers.h"

namespace daybook::testing {
namespace {

class InMemory final : public Engine {
 public:
  explicit InMemory(const StoreOptions& options)
      : store_(EventStore::OpenInMemory(options)) {}

  EventStore& store() override { return *store_; }
  void Reopen() override {}

 private:
  std::unique_ptr<EventStore> store_;
};

class InRocksDb final : public Engine {
 public:
  explicit InRocksDb(const StoreOptions& options) : options_(options) {
    std::string name = ::testing::TempDir() + "daybook-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) std::abort();
    folder_ = name;
    Open();
  }
  ~InRocksDb() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  EventStore& store() override { return *store_; }
  void Reopen() override {
    EXPECT_OK(store_->Close(absl::Minutes(1)));
    store_.reset();
    Open();
  }

 private:
  void Open() {
    auto opened = EventStore::Open(folder_ / "store", options_);
    EXPECT_OK(opened);
    // No test goes on without a store.
    if (!opened.ok()) std::abort();
    store_ = *std::move(opened);
  }

  const StoreOptions options_;
  std::filesystem::path folder_;
  std::unique_ptr<EventStore> store_;
};

}  // namespace

EngineFactory MemoryEngineFactory() {
  EngineFactory factory;
  factory.name = "InMemory";
  factory.make = [](const StoreOptions& options) {
    return std::make_unique<InMemory>(options);
  };
  return factory;
}

EngineFactory RocksDbEngineFactory() {
  EngineFactory factory;
  factory.name = "RocksDb";
  factory.make = [](const StoreOptions& options) {
    return std::make_unique<InRocksDb>(options);
  };
  factory.persistent = true;
  return factory;
}

}  // namespace daybook::testing
