#include "tools/log_time.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace daybook::tools {
namespace {

using ::testing::HasSubstr;

TEST(LogTimeTest, ATimeWithoutOffsetIsUtcOnlyIfSaidSo) {
  const absl::Time time = absl::FromUnixSeconds(1772435200);
  EXPECT_EQ(*ParseLogTime("2026-03-02T07:06:40Z", false), time);
  EXPECT_EQ(*ParseLogTime("2026-03-02T08:06:40.000+01:00", true), time);
  EXPECT_EQ(*ParseLogTime("2026-03-02 07:06:40", true), time);
  EXPECT_THAT(
      std::string(
          ParseLogTime("2026-03-02T07:06:40", false).status().message()),
      HasSubstr("--utc"));
}

TEST(LogTimeTest, WhatIsNoTimeIsRefusedHoweverLongItIs) {
  for (const std::string& text :
       {std::string(), std::string("yesterday"),
        std::string("99999-01-01T00:00:00Z"), std::string(10'000'000, '9'),
        std::string("2026-02-30T00:00:00Z")}) {
    const absl::Status status = ParseLogTime(text, true).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << text.substr(0, 30);
    EXPECT_LT(status.message().size(), 200u);
  }
}

TEST(LogTimeTest, TwinsOfATimeHaveOneText) {
  EXPECT_EQ(CanonicalLogTime("2026-03-02T07:06:40.000Z"),
            "2026-03-02T07:06:40+00:00");
  EXPECT_EQ(CanonicalLogTime("2026-03-02 07:06:40"),
            "2026-03-02T07:06:40+00:00");
  EXPECT_EQ(CanonicalLogTime("2026-03-02t07:06:40.1200+01:00"),
            "2026-03-02T07:06:40.12+01:00");
  EXPECT_EQ(CanonicalLogTime("2026-03-02T07:06:40.123456789z"),
            "2026-03-02T07:06:40.123456789+00:00");
}

}  // namespace
}  // namespace daybook::tools
