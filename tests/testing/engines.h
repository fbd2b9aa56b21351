// The engines that the contract suite and the random test run on.
//
//   class AppendTest : public EventStoreContractTest {};
//   DAYBOOK_FOR_EVERY_ENGINE(AppendTest);
//   TEST_P(AppendTest, ...)
//
// A new engine is one entry in Engines(); tests/server has a list of its own.

#ifndef DAYBOOK_TESTS_TESTING_ENGINES_H_
#define DAYBOOK_TESTS_TESTING_ENGINES_H_

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "daybook/store/event_store.h"
#include "gtest/gtest.h"

namespace daybook::testing {

// A store under test and what it lives in; gone without trace when destroyed.
class Engine {
 public:
  virtual ~Engine() = default;
  // Valid until Reopen().
  virtual EventStore& store() = 0;
  // Of the process that holds the store, if the one above is another's.
  virtual EventStore& held() { return store(); }
  // Closes the store and opens it again; does nothing where nothing is kept.
  // REQUIRES: no cursor is open.
  virtual void Reopen() = 0;
};

struct EngineFactory {
  std::string name;
  // REQUIRES: what `options` points to outlives the engine.
  std::function<std::unique_ptr<Engine>(const StoreOptions& options)> make;
  // What the fixture's verbs do with the store before they read, so that every
  // test also sees what was reopened, or found through the indexes.
  std::function<void(Engine&)> before_read = [](Engine&) {};
  // Whether what was appended is there after Reopen().
  bool persistent = false;

  friend std::ostream& operator<<(std::ostream& out, const EngineFactory& f) {
    return out << f.name;
  }
};

EngineFactory MemoryEngineFactory();
// In a folder of its own, in RocksDB.
EngineFactory RocksDbEngineFactory();

// Every way in which the contract suite runs.
std::vector<EngineFactory> Engines();

inline std::string EngineName(
    const ::testing::TestParamInfo<EngineFactory>& info) {
  return info.param.name;
}

}  // namespace daybook::testing

#define DAYBOOK_FOR_EVERY_ENGINE(Suite)                                        \
  INSTANTIATE_TEST_SUITE_P(Engine, Suite,                                      \
                           ::testing::ValuesIn(::daybook::testing::Engines()), \
                           ::daybook::testing::EngineName)

#endif  // DAYBOOK_TESTS_TESTING_ENGINES_H_
