// As random_model_test.cc, with another seed each time and for longer.

#include <random>

#include "gtest/gtest.h"
#include "tests/store/random_model.h"

namespace daybook {
namespace {

class RandomModelLongTest
    : public ::testing::TestWithParam<testing::EngineFactory> {};
DAYBOOK_FOR_EVERY_ENGINE(RandomModelLongTest);

TEST_P(RandomModelLongTest, AnswersAsTheEngineInMemory) {
  CompareWithMemory(GetParam(), std::random_device()(), 200'000);
}

}  // namespace
}  // namespace daybook
