// Random operations on every engine, compared with the engine in memory; the
// engine in memory with itself too, which shows that the test can be relied on
// to answer alike. A difference prints what to call this with to meet it again:
// DAYBOOK_SEED and DAYBOOK_OPERATIONS (random_model.h).

#include "tests/store/random_model.h"

#include "gtest/gtest.h"

namespace daybook {
namespace {

class RandomModelTest
    : public ::testing::TestWithParam<testing::EngineFactory> {};
INSTANTIATE_TEST_SUITE_P(Engine, RandomModelTest,
                         ::testing::Values(testing::MemoryEngineFactory(),
                                           testing::RocksDbEngineFactory()),
                         testing::EngineName);

TEST_P(RandomModelTest, AnswersAsTheEngineInMemory) {
  CompareWithMemory(GetParam(), 1, 2'000);
}

}  // namespace
}  // namespace daybook
