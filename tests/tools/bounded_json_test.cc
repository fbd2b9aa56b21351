#include "tools/bounded_json.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::StatusIs;
using ::testing::HasSubstr;

std::string Nested(size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(BoundedJsonTest, AnyValueIsJson) {
  for (const char* text :
       {"null", " 1.50 ", "\"\\u00e9\"", "{\"a\":[{}]}", "1e999"}) {
    EXPECT_OK(CheckBoundedJson(text)) << text;
  }
}

TEST(BoundedJsonTest, TheReasonSaysWhere) {
  EXPECT_THAT(CheckBoundedJson("{\"a\":}"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("no JSON: parse error at line 1, column 6")));
  for (const char* text : {"", "{", "{} {}", "[1,]", "nul", "\"\xff\"",
                           "\"\\udead\"", "01", "\xEF\xBB\xBF{}"}) {
    EXPECT_THAT(CheckBoundedJson(text),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << text;
  }
}

TEST(BoundedJsonTest, DepthIsBounded) {
  EXPECT_OK(CheckBoundedJson(Nested(kJsonDepthMax)));
  EXPECT_THAT(CheckBoundedJson(Nested(kJsonDepthMax + 1)),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("nested deeper than 1000 levels")));
  EXPECT_OK(CheckBoundedJson(Nested(2), 2));
  EXPECT_FALSE(CheckBoundedJson("[{\"a\":{}}]", 2).ok());
}

TEST(BoundedJsonTest, ABombOf32MegabytesIsRefusedAtItsFirstLevels) {
  EXPECT_FALSE(CheckBoundedJson(std::string(32 << 20, '[')).ok());
}

TEST(BoundedJsonTest, AReasonIsShortHoweverLongTheToken) {
  const std::string text = "\"" + std::string(4 << 20, 'x');
  EXPECT_LT(CheckBoundedJson(text).message().size(), 1024u);
  const std::string number = std::string(4 << 20, '9') + "e";
  EXPECT_LT(CheckBoundedJson(number).message().size(), 1024u);
  const std::string marks = "\"" + std::string(4 << 20, '\xc2') + "\x1b\n";
  EXPECT_LT(CheckBoundedJson(marks).message().size(), 1024u);
}

}  // namespace
}  // namespace daybook::tools
