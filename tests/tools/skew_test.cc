// DAYBOOK_SEED: tests/tools/seeded_random.h.

#include "tools/skew.h"

#include <map>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/tools/seeded_random.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::SeededRandom;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::Le;

TEST(SkewTest, ChoicesOfASeedAreTheSameOnEveryMachine) {
  std::mt19937_64 random(1);
  std::vector<uint64_t> evenly;
  std::vector<uint64_t> skewed;
  evenly.reserve(8);
  skewed.reserve(8);
  for (int i = 0; i < 8; ++i) evenly.push_back(ChooseEvenly(random, 100));
  for (int i = 0; i < 8; ++i) skewed.push_back(ChooseSkewed(random, 100));
  EXPECT_THAT(evenly, ElementsAre(28, 62, 30, 46, 84, 9, 28, 65));
  EXPECT_THAT(skewed, ElementsAre(4, 59, 7, 1, 1, 40, 3, 91));
}

TEST(SkewTest, ChoicesAreWithinTheirBounds) {
  SeededRandom bounds;
  std::mt19937_64 random(bounds.Below(1'000'000));
  for (int i = 0; i < 20'000; ++i) {
    const uint64_t count = 1 + bounds.Below(uint64_t{1} << bounds.Below(40));
    ASSERT_LT(ChooseEvenly(random, count), count);
    ASSERT_THAT(ChooseSkewed(random, count), AllOf(Ge(1u), Le(count)));
  }
}

TEST(SkewTest, TheOnlyChoiceIsTaken) {
  std::mt19937_64 random(1);
  EXPECT_EQ(ChooseEvenly(random, 1), 0u);
  EXPECT_EQ(ChooseSkewed(random, 1), 1u);
}

// With this seed, always the same counts: wide bounds, and no chance.
TEST(SkewTest, EvenChoicesAreAllAsFrequent) {
  std::mt19937_64 random(1);
  std::map<uint64_t, int> counts;
  for (int i = 0; i < 70'000; ++i) ++counts[ChooseEvenly(random, 7)];
  ASSERT_EQ(counts.size(), 7u);
  for (const auto& [choice, count] : counts) {
    EXPECT_THAT(count, AllOf(Ge(9'500), Le(10'500))) << choice;
  }
}

TEST(SkewTest, EachPowerOfTwoIsAsFrequentAsTheNext) {
  std::mt19937_64 random(1);
  std::map<uint64_t, int> ranges;
  for (int i = 0; i < 80'000; ++i) {
    ++ranges[static_cast<uint64_t>(std::bit_width(ChooseSkewed(random, 255)))];
  }
  ASSERT_EQ(ranges.size(), 8u);
  for (const auto& [width, count] : ranges) {
    EXPECT_THAT(count, AllOf(Ge(9'500), Le(10'500))) << width;
  }
}

}  // namespace
}  // namespace daybook::tools
