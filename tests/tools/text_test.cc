#include "tools/text.h"

#include "gtest/gtest.h"

namespace daybook::tools {
namespace {

// Marks that turn the direction of writing, and those that hide text.
TEST(TextTest, WhatIsInvisibleIsEscaped) {
  EXPECT_EQ(Escaped("a\u061c\u202e\u00adb"), "a\\u061c\\u202e\\u00adb");
  EXPECT_EQ(Escaped("\U000E0041"), "\\U000e0041");
}

TEST(TextTest, EscapedLeavesNothingThatDrivesATerminal) {
  EXPECT_EQ(Escaped("a\nb\tc\rd"), "a\\nb\\tc\\rd");
  EXPECT_EQ(Escaped("\x1b[31mred\x07"), "\\x1b[31mred\\x07");
  EXPECT_EQ(Escaped("\x7f\xc2\x9b"), "\\x7f\\x9b");
  EXPECT_EQ(Escaped("\xff\xc3"), "\\xff\\xc3");
  EXPECT_EQ(Escaped("abc\u202Egnp"), "abc\\u202egnp");
  EXPECT_EQ(Escaped("grün 日本"), "grün 日本");
}

TEST(TextTest, ColumnsCountWhatATerminalShows) {
  EXPECT_EQ(ColumnsOf("abc"), 3u);
  EXPECT_EQ(ColumnsOf("grün"), 4u);
  EXPECT_EQ(ColumnsOf("日本"), 4u);
  EXPECT_EQ(ColumnsOf("e\u0301"), 1u);
  EXPECT_EQ(ColumnsOf(""), 0u);
}

TEST(TextTest, FittedNeverExceedsItsColumns) {
  EXPECT_EQ(Fitted("abcdef", 6), "abcdef");
  EXPECT_EQ(Fitted("abcdef", 5), "abcd…");
  EXPECT_EQ(Fitted("日本語", 5), "日本…");
  EXPECT_EQ(Fitted("日本語", 4), "日…");
  EXPECT_EQ(Fitted("abc", 0), "");
  EXPECT_EQ(Fitted("abc", 1), "…");
}

TEST(TextTest, ShellQuotedIsOneWord) {
  EXPECT_EQ(ShellQuoted("order-42"), "order-42");
  EXPECT_EQ(ShellQuoted(""), "''");
  EXPECT_EQ(ShellQuoted("a b"), "'a b'");
  EXPECT_EQ(ShellQuoted("it's"), "'it'\\''s'");
  EXPECT_EQ(ShellQuoted("#7"), "'#7'");
}

TEST(TextTest, NumbersAreGrouped) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1000), "1,000");
  EXPECT_EQ(Grouped(1234567), "1,234,567");
  EXPECT_EQ(Bytes(1023), "1023 B");
  EXPECT_EQ(Bytes(1536), "1.5 KiB");
  EXPECT_EQ(Elapsed(absl::Milliseconds(400)), "0.4 s");
  EXPECT_EQ(Elapsed(absl::Seconds(200)), "3 min 20 s");
  EXPECT_EQ(Elapsed(absl::Minutes(125)), "2 h 5 min");
}

}  // namespace
}  // namespace daybook::tools
