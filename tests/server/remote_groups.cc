// Groups of a store that another one holds: the tests of tests/bus through the
// socket.

#include "daybook/server/remote_groups.h"

#include "tests/bus/groups_fixture.h"
#include "tests/server/remote_engine.h"

namespace daybook::testing {

std::vector<EngineFactory> GroupEngines() { return {RemoteEngineFactory()}; }

// Their clock is the one that the engine was made with.
std::unique_ptr<Groups> MakeGroups(Engine& engine, Clock* /*clock*/) {
  return RemoteGroups::Over(engine.store());
}

}  // namespace daybook::testing
