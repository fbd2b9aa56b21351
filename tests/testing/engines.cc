#include "tests/testing/engines.h"

#include <utility>

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

}  // namespace

EngineFactory MemoryEngineFactory() {
  EngineFactory factory;
  factory.name = "InMemory";
  factory.make = [](const StoreOptions& options) {
    return std::make_unique<InMemory>(options);
  };
  return factory;
}

std::vector<EngineFactory> Engines() { return {MemoryEngineFactory()}; }

}  // namespace daybook::testing
