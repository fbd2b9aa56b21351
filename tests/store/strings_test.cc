#include "store/strings.h"

#include "gtest/gtest.h"

namespace daybook {
namespace {

TEST(Utf8Test, WellFormedTextIsUtf8) {
  for (const char* text : {"", "a", "12345678", "123456789", "é", "12345678é",
                           "1234567é9", "\u07ff", "\u0800", "\ud7ff", "\ue000",
                           "\uffff", "\U00010000", "\U0010ffff", "日本語 🐎"}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
  }
  EXPECT_TRUE(IsUtf8(std::string_view("a\0b", 3)));
}

TEST(Utf8Test, IllFormedTextIsNot) {
  for (const char* text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x80\x80",
        "\xe0\x9f\xbf", "\xe2\x82", "\xe2(\xa1", "\xed\xa0\x80", "\xed\xbf\xbf",
        "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xff", "12345678\xff", "1234567\xc3"}) {
    EXPECT_FALSE(IsUtf8(text)) << text;
    EXPECT_FALSE(IsUtf8(std::string("12345678") + text + "12345678"));
  }
}

TEST(QuotedTest, TextIsPrintedSafely) {
  EXPECT_EQ(Quoted("plain"), "\"plain\"");
  EXPECT_EQ(Quoted("é\n\"\x01"), "\"é\\n\\\"\\x01\"");
  EXPECT_EQ(Quoted("é\xff"), "\"\\xc3\\xa9\\xff\"");
  EXPECT_EQ(Quoted("\x7f\u0080x\u009f\u00a0é\u009b"),
            "\"\\x7f\\xc2\\x80x\\xc2\\x9f\u00a0é\\xc2\\x9b\"");
}

}  // namespace
}  // namespace daybook
