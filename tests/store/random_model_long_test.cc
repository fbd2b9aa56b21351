// As random_model_test.cc, with another seed each time and for longer.

#include <random>

#include "gtest/gtest.h"
#include "tests/store/random_model.h"

namespace daybook {
namespace {

class RandomModelLongTest
    : public ::testing::TestWithParam<testing::EngineFactory> {};
INSTANTIATE_TEST_SUITE_P(Engine, RandomModelLongTest,
                         ::testing::Values(testing::MemoryEngineFactory(),
                                           testing::RocksDbEngineFactory()),
                         testing::EngineName);

TEST_P(RandomModelLongTest, AnswersAsTheEngineInMemory) {
  CompareWithMemory(GetParam(), std::random_device()(), 200'000);
}

}  // namespace
}  // namespace daybook
