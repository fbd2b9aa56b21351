#include "tools/import_keys.h"

#include "daybook/store/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace daybook::tools {
namespace {

using ::testing::EndsWith;
using ::testing::StartsWith;

constexpr char kHashOfA[] =
    "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";

TEST(ImportKeysTest, KeyIsNameHashAndOccurrence) {
  ImportKeys keys("orders.ndjson");
  EXPECT_EQ(keys.KeyOf("a"),
            std::string("import/orders.ndjson/") + kHashOfA + "/1");
}

TEST(ImportKeysTest, RepeatedLinesAreCounted) {
  ImportKeys keys("x");
  EXPECT_THAT(keys.KeyOf("a"), EndsWith("/1"));
  EXPECT_THAT(keys.KeyOf("b"), EndsWith("/1"));
  EXPECT_THAT(keys.KeyOf("a"), EndsWith("/2"));
  EXPECT_THAT(keys.KeyOf("a"), EndsWith("/3"));
  EXPECT_THAT(keys.KeyOf("b"), EndsWith("/2"));
}

TEST(ImportKeysTest, NamesTellImportsApart) {
  EXPECT_NE(ImportKeys("x").KeyOf("a"), ImportKeys("y").KeyOf("a"));
}

TEST(ImportKeysTest, LongNamesFit) {
  ImportKeys keys(std::string(4000, 'n'));
  const std::string key = keys.KeyOf("a");
  EXPECT_LE(key.size(), kAppendKeyBytesMax);
  EXPECT_NE(key, ImportKeys(std::string(4001, 'n')).KeyOf("a"));
}

TEST(ImportKeysTest, GroupsOfTheSameLinesAreCountedToo) {
  ImportKeys keys("x");
  const auto group = [&] {
    keys.AddToGroup("a");
    keys.AddToGroup("b");
    return keys.KeyOfGroup();
  };
  const std::string first = group();
  EXPECT_THAT(first, EndsWith("/1"));
  EXPECT_THAT(group(), EndsWith("/2"));
  // Lines are kept apart.
  keys.AddToGroup("a\nb");
  EXPECT_THAT(keys.KeyOfGroup(), StartsWith("import/x/"));
}

TEST(ImportKeysTest, DefaultNameIsTheFilesOwn) {
  EXPECT_EQ(DefaultImportName("/data/2026/orders.ndjson.gz"),
            "orders.ndjson.gz");
  EXPECT_EQ(DefaultImportName("orders"), "orders");
  EXPECT_EQ(DefaultImportName("-"), "stdin");
}

}  // namespace
}  // namespace daybook::tools
