// Groups in the process that holds the store. One way to keep it is enough:
// they go by its API.

#include "tests/bus/groups_fixture.h"

namespace daybook::testing {

std::vector<EngineFactory> GroupEngines() {
  return {MemoryEngineFactory(), RocksDbEngineFactory()};
}

std::unique_ptr<Groups> MakeGroups(Engine& engine, Clock* clock) {
  return Groups::Over(engine.store(), {.clock = clock});
}

}  // namespace daybook::testing
