#include "audit/text.h"

#include <cstdint>
#include <optional>
#include <string_view>

#include "gtest/gtest.h"

namespace daybook::audit {
namespace {

std::optional<char32_t> Only(std::string_view text) {
  const std::optional<char32_t> point = TakeCodePoint(&text);
  return text.empty() ? point : std::nullopt;
}

TEST(TextTest, CodePointsOfEveryLengthAreTaken) {
  EXPECT_EQ(Only("a"), U'a');
  EXPECT_EQ(Only("\x7F"), char32_t{0x7F});
  EXPECT_EQ(Only("\xC2\x80"), char32_t{0x80});
  EXPECT_EQ(Only("\xDF\xBF"), char32_t{0x7FF});
  EXPECT_EQ(Only("\xE0\xA0\x80"), char32_t{0x800});
  EXPECT_EQ(Only("\xEF\xBF\xBF"), char32_t{0xFFFF});
  EXPECT_EQ(Only("\xF0\x90\x80\x80"), char32_t{0x10000});
  EXPECT_EQ(Only("\xF4\x8F\xBF\xBF"), char32_t{0x10FFFF});
}

TEST(TextTest, IllFormedUtf8IsNoText) {
  for (const std::string_view text :
       {"\x80", "\xC1\xBF", "\xC2", "\xC2x", "\xE0\x9F\xBF", "\xE2\x80",
        "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
        "\xF8\x88\x80\x80\x80", "\xFF", "ok\xFF"}) {
    EXPECT_FALSE(IsNoteText(text)) << Quoted(text);
  }
}

TEST(TextTest, OfControlCharactersANoteHasOnlyNewlines) {
  EXPECT_TRUE(IsNoteText("one\ntwo \xE2\x80\x94\n"));
  EXPECT_FALSE(IsNoteText("one\r\n"));
  EXPECT_FALSE(IsNoteText(std::string_view("\0", 1)));
  EXPECT_FALSE(IsNoteText("\x1B[2J"));
  EXPECT_TRUE(IsNoteLine("one"));
  EXPECT_FALSE(IsNoteLine("one\n"));
}

TEST(TextTest, LinesEndInANewline) {
  std::string_view text = "one\n\ntwo";
  EXPECT_EQ(TakeLine(&text), "one");
  EXPECT_EQ(TakeLine(&text), "");
  EXPECT_EQ(TakeLine(&text), std::nullopt);
  EXPECT_EQ(text, "two");
}

TEST(TextTest, ANumberHasOneForm) {
  EXPECT_EQ(ParseDecimal("0"), 0u);
  EXPECT_EQ(ParseDecimal("20852163"), 20'852'163u);
  EXPECT_EQ(ParseDecimal("18446744073709551615"), UINT64_MAX);
  for (const std::string_view text :
       {"", "00", "01", "+1", "-1", " 1", "1 ", "1a", "1\n", "0x1",
        "18446744073709551616", "99999999999999999999"}) {
    EXPECT_FALSE(ParseDecimal(text).has_value()) << text;
  }
}

TEST(TextTest, QuotedTextIsPlainAscii) {
  EXPECT_EQ(Quoted("shop.example"), "\"shop.example\"");
  EXPECT_EQ(Quoted("\x1B[2J\xE2\x80\xAE"), R"("\x1b[2J\xe2\x80\xae")");
}

}  // namespace
}  // namespace daybook::audit
