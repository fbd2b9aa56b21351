#include "tools/uri.h"

#include "gtest/gtest.h"
#include "tests/tools/seeded_random.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::SeededRandom;

TEST(UriTest, WhatRfc3986AllowsIsAReference) {
  for (const char* text : {"https://github.com/cloudevents",
                           "mailto:a@b.example",
                           "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66",
                           "cloudevents/pull/1",
                           "/sensors/tn-1234567/alerts",
                           "1-555-123-4567",
                           "#fragment",
                           "?q=a/b?c",
                           "",
                           "//authority/path",
                           "http://u:p@h.example:80/a;b=c?d#e",
                           "http://[::1]:8080/",
                           "http://[2001:db8::7]",
                           "http://[v1.a:b]/",
                           "ldap://[::ffff:1.2.3.4]/c=GB?x",
                           "file:///etc",
                           "a/b:c",
                           "./a:b",
                           "http://h:/",
                           "%41%ff",
                           "tel:+1-816"}) {
    EXPECT_TRUE(IsUriReference(text)) << text;
  }
}

TEST(UriTest, AnythingElseIsNone) {
  for (const char* text : {"a b",
                           "ü",
                           "http://h/\x01",
                           "<x>",
                           "a\\b",
                           "\"",
                           "a|b",
                           "{a}",
                           "`",
                           "%",
                           "%4",
                           "%zz",
                           "a#b#c",
                           ":a",
                           "1a:b",
                           "a_b:c",
                           "http://[::1",
                           "http://[::1]x",
                           "http://[1.2.3.4]",
                           "http://[v.a]",
                           "http://[v1.]",
                           "http://[fe80::1%25eth0]",
                           "http://h:8o",
                           "http://a@b@c",
                           "a[b]",
                           "[a]"}) {
    EXPECT_FALSE(IsUriReference(text)) << text;
    EXPECT_FALSE(IsUri(text)) << text;
  }
}

TEST(UriTest, AUriHasAScheme) {
  EXPECT_TRUE(IsUri("https://a.example/b#c"));
  EXPECT_TRUE(IsUri("urn:a:b"));
  EXPECT_FALSE(IsUri("/a"));
  EXPECT_FALSE(IsUri("a/b:c"));
  EXPECT_FALSE(IsUri(""));
}

TEST(UriTest, AnyTextCanBeThePathOfAReference) {
  EXPECT_EQ(UriPathOf("my shop:ü/é"), "my%20shop%3A%C3%BC/%C3%A9");
  SeededRandom random;
  for (int round = 0; round < 2000; ++round) {
    const std::string text = random.Text("/:@[]#?% a1\x7f\xff", 12);
    EXPECT_TRUE(IsUriReference(UriPathOf(text))) << text;
  }
}

}  // namespace
}  // namespace daybook::tools
