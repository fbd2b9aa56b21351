// The cache of rows that appends changed last.

#include "store/row_cache.h"

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace daybook {
namespace {

RowBatch Put(const std::string& key, const std::string& value) {
  RowBatch batch;
  batch.Put(key, value);
  return batch;
}

TEST(RowCacheTest, WhatAppendsWroteIsFound) {
  RowCache cache;
  cache.Update(Put("a", "1"), /*with_appends=*/true);
  EXPECT_EQ(cache.Find("a"), "1");
  EXPECT_EQ(cache.Find("b"), std::nullopt);
}

TEST(RowCacheTest, WhatIsWrittenOtherwiseIsReadFromTheStore) {
  RowCache cache;
  cache.Update(Put("a", "1"), true);
  cache.Update(Put("a", "2"), false);
  EXPECT_EQ(cache.Find("a"), std::nullopt);
}

TEST(RowCacheTest, LargeRowsAreNotKept) {
  RowCache cache;
  cache.Update(Put("a", "1"), true);
  cache.Update(Put("a", std::string(1 << 20, 'x')), true);
  EXPECT_EQ(cache.Find("a"), std::nullopt);
}

TEST(RowCacheTest, TheRowsThatWereWrittenLongestAgoMakeRoom) {
  RowCache cache;
  for (int i = 0; i < 100'000; ++i) {
    cache.Update(Put(absl::StrCat("row ", i), std::string(100, 'x')), true);
  }
  EXPECT_EQ(cache.Find("row 0"), std::nullopt);
  EXPECT_TRUE(cache.Find("row 99999").has_value());
}

class RowCacheModelTest : public ::testing::TestWithParam<uint64_t> {};

INSTANTIATE_TEST_SUITE_P(Seeds, RowCacheModelTest,
                         ::testing::Range(uint64_t{1}, uint64_t{6}));

TEST_P(RowCacheModelTest, WhatItHasIsWhatIsStored) {
  std::mt19937_64 random(GetParam());
  RowCache cache;
  std::map<std::string, std::string> stored;
  uint64_t found = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string key = absl::StrCat("k", random() % 5'000);
    RowBatch batch;
    const uint64_t what = random() % 1'000;
    if (what == 0) {
      const std::string end = absl::StrCat(key, "5");
      batch.DeleteRange({key, end});
      stored.erase(stored.lower_bound(key), stored.lower_bound(end));
    } else if (what == 1) {
      cache.Clear();
    } else if (what < 100) {
      batch.Delete(key);
      stored.erase(key);
    } else {
      stored[key] = absl::StrCat(i, std::string(random() % 3'000, 'x'));
      batch.Put(key, stored[key]);
    }
    cache.Update(batch, /*with_appends=*/random() % 8 > 0);

    const std::string asked = absl::StrCat("k", random() % 5'000);
    const std::optional<std::string> has = cache.Find(asked);
    if (!has.has_value()) continue;
    ++found;
    ASSERT_TRUE(stored.contains(asked)) << asked;
    ASSERT_EQ(*has, stored[asked]);
  }
  EXPECT_GT(found, 1'000);
}

}  // namespace
}  // namespace daybook
