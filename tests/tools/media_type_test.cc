#include "tools/media_type.h"

#include "gtest/gtest.h"

namespace daybook::tools {
namespace {

TEST(MediaTypeTest, TypeAndSubtypeAreInLowerCase) {
  const auto parsed = ParseMediaType("TEXT/Plain; CharSet=UTF-8");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->type, "text");
  EXPECT_EQ(parsed->subtype, "plain");
  EXPECT_EQ(parsed->charset, "utf-8");
}

TEST(MediaTypeTest, JsonIsKnownByTheSubtype) {
  for (const char* text : {"application/json", "text/JSON; charset=utf-8",
                           "application/vnd.a+json", "x/json"}) {
    EXPECT_TRUE(ParseMediaType(text)->json()) << text;
  }
  for (const char* text :
       {"text/plain", "application/json5", "application/xml"}) {
    EXPECT_FALSE(ParseMediaType(text)->json()) << text;
  }
}

TEST(MediaTypeTest, TheCharsetIsUtf8UnlessItIsAnother) {
  EXPECT_TRUE(ParseMediaType("text/plain")->utf8());
  EXPECT_TRUE(ParseMediaType("text/plain;charset=\"UTF-8\"")->utf8());
  EXPECT_TRUE(ParseMediaType("text/plain; charset=us-ascii")->utf8());
  EXPECT_FALSE(ParseMediaType("text/plain; charset=iso-8859-1")->utf8());
}

TEST(MediaTypeTest, ParametersMayBeQuoted) {
  EXPECT_TRUE(ParseMediaType(R"(a/b; c="d;\"e"; f=g ;)").has_value());
}

TEST(MediaTypeTest, AnythingElseIsNone) {
  for (const char* text : {"", "xyz", "/", "a/", "/b", "a/b/c", "a /b", "a/b c",
                           "a/b; c", "a/b; =c", "a/b; c=", "a/b; c=\"d",
                           "a/b; c=\"\x01\"", "ä/b", "a/b\n", "a/b; c=d e"}) {
    EXPECT_FALSE(ParseMediaType(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace daybook::tools
