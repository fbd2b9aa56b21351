#include "tools/canonical_json.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace daybook::tools {
namespace {

using ::testing::HasSubstr;

std::string Canonical(std::string_view json) {
  std::string out;
  EXPECT_OK(AppendCanonicalJson(json, &out));
  return out;
}

TEST(CanonicalJsonTest, MembersAreSortedAtEveryDepth) {
  EXPECT_EQ(Canonical(R"( {"b": [ {"d":1, "c": {}}, [] ],"a":null} )"),
            R"({"a":null,"b":[{"c":{},"d":1},[]]})");
}

TEST(CanonicalJsonTest, NumbersStayAsTheyAreWritten) {
  EXPECT_EQ(Canonical("[1.0, 12345678901234567890.10, 1E5, -0]"),
            "[1.0,12345678901234567890.10,1E5,-0]");
}

TEST(CanonicalJsonTest, StringsAreWrittenOneWay) {
  EXPECT_EQ(Canonical(R"(["\u0061\/é", "\u00e9\n"])"), R"(["a/é","é\n"])");
  EXPECT_EQ(Canonical(R"({"\u0062":1,"a":2})"), R"({"a":2,"b":1})");
}

TEST(CanonicalJsonTest, AMemberTwiceIsSaidAndBothAreThere) {
  std::string out;
  EXPECT_THAT(AppendCanonicalJson(R"([{"a":1,"\u0061":2}])", &out).message(),
              HasSubstr("the member \"a\" twice"));
  EXPECT_EQ(out, R"([{"a":1,"a":2}])");
}

}  // namespace
}  // namespace daybook::tools
