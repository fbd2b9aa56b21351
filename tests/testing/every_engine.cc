// In a file of its own: a binary that has its own list leaves this one out.

#include "tests/testing/engines.h"
#include "tests/testing/status_matchers.h"

namespace daybook::testing {

std::vector<EngineFactory> Engines() {
  EngineFactory reopened = RocksDbEngineFactory();
  reopened.name += "Reopened";
  reopened.before_read = [](Engine& engine) { engine.Reopen(); };
  EngineFactory indexed = RocksDbEngineFactory();
  indexed.name += "Indexed";
  indexed.before_read = [](Engine& engine) {
    EXPECT_OK(engine.store().WaitForIndexes(absl::Minutes(1)));
  };
  return {MemoryEngineFactory(), RocksDbEngineFactory(), reopened, indexed};
}

}  // namespace daybook::testing
