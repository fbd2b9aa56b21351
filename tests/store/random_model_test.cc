// Random operations on every engine, compared with the engine in memory; the
// engine in memory with itself too, which shows that the test can be relied on
// to answer alike. How, and how to replay: random_model.h.

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
