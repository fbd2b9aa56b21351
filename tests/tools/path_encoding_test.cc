#include "tools/path_encoding.h"

#include <random>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/strings.h"
#include "tests/testing/status_matchers.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::IsOkAndHolds;
using ::daybook::testing::StatusIs;

TEST(PathEncodingTest, OrdinaryPathsStayAsTheyAre) {
  for (const char* path : {"a", "src/main.cc", "with space", "größe/日本語.txt",
                           "tab\tand\nline", "say \"hi\"", "100%", "a%b", "%%",
                           "%4", "%zz", "in/$middle", "~", "."}) {
    EXPECT_EQ(EncodePath(path), path);
    EXPECT_THAT(DecodePath(path), IsOkAndHolds(path));
  }
}

TEST(PathEncodingTest, WhatANameCannotHoldIsEscaped) {
  EXPECT_EQ(EncodePath("$HOME"), "%24HOME");
  EXPECT_EQ(EncodePath("$"), "%24");
  EXPECT_EQ(EncodePath("caf\xe9"), "caf%E9");
  EXPECT_EQ(EncodePath("\xff\xfe"), "%FF%FE");
  // The first byte of a sequence that is cut off; an overlong slash; half of a
  // surrogate pair.
  EXPECT_EQ(EncodePath("\xe6\x97"), "%E6%97");
  EXPECT_EQ(EncodePath("\xc0\xaf"), "%C0%AF");
  EXPECT_EQ(EncodePath("\xed\xa0\x80"), "%ED%A0%80");
}

TEST(PathEncodingTest, PercentIsEscapedWhereItWouldReadAsAnEscape) {
  EXPECT_EQ(EncodePath("a%20b"), "a%2520b");
  EXPECT_EQ(EncodePath("%24HOME"), "%2524HOME");
  EXPECT_EQ(EncodePath("%aF"), "%25aF");
  EXPECT_EQ(EncodePath("%%41"), "%%2541");
  EXPECT_EQ(EncodePath("%\xff"), "%%FF");
  EXPECT_EQ(EncodePath("%4\xff"), "%4%FF");
}

TEST(PathEncodingTest, NamesOfNoPathAreRefused) {
  for (const char* name : {"%41", "a%2fb", "x%24", "%e9", "$HOME", "caf\xe9"}) {
    EXPECT_THAT(DecodePath(name), StatusIs(absl::StatusCode::kInvalidArgument))
        << name;
  }
}

TEST(PathEncodingTest, RandomBytesComeBackAndNoTwoPathsShareAName) {
  constexpr unsigned kSeed = 20240229;
  SCOPED_TRACE(kSeed);
  std::mt19937_64 random(kSeed);
  // Few different bytes, so that the awkward neighbours come up often.
  constexpr std::string_view kBytes = "%%%$2afAF/x\xc3\xa9\xe6\x97\xa5\xff\n";
  std::set<std::string> paths;
  std::set<std::string> names;
  for (int i = 0; i < 50'000; ++i) {
    std::string path;
    for (size_t length = random() % 8 + 1; length > 0; --length) {
      const bool any_byte = random() % 8 == 0;
      path += any_byte ? static_cast<char>(random() % 255 + 1)
                       : kBytes[random() % kBytes.size()];
    }
    const std::string name = EncodePath(path);
    ASSERT_TRUE(IsUtf8(name)) << name;
    ASSERT_FALSE(name.starts_with('$'));
    ASSERT_THAT(DecodePath(name), IsOkAndHolds(path));
    paths.insert(path);
    names.insert(name);
  }
  EXPECT_EQ(paths.size(), names.size());
}

}  // namespace
}  // namespace daybook::tools
