#include "tools/time_text.h"

#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::IsOkAndHolds;
using ::daybook::testing::StatusIs;

TEST(TimeTextTest, TrimsTrailingZeros) {
  const absl::Time time = absl::FromUnixSeconds(1'442'018'818);
  EXPECT_EQ(TimeText(time), "2015-09-12T00:46:58Z");
  EXPECT_EQ(TimeText(time + absl::Milliseconds(771)),
            "2015-09-12T00:46:58.771Z");
  EXPECT_EQ(TimeText(time + absl::Microseconds(1)),
            "2015-09-12T00:46:58.000001Z");
}

TEST(TimeTextTest, WritesTimesBefore1970) {
  EXPECT_EQ(TimeText(absl::FromUnixMicros(-1)), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(TimeText(absl::FromCivil(absl::CivilSecond(1, 1, 1),
                                     absl::UTCTimeZone())),
            "0001-01-01T00:00:00Z");
}

TEST(TimeTextTest, WritesYearsOfMoreDigitsWithASign) {
  EXPECT_EQ(TimeText(absl::InfiniteFuture()), "+294247-01-10T04:00:54.775807Z");
}

TEST(TimeTextTest, ReadsWhatItWrites) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 10'000; ++i) {
    const absl::Time time =
        absl::FromUnixMicros(std::uniform_int_distribution<int64_t>(
            -62'135'596'800'000'000, 253'402'300'799'999'999)(random));
    EXPECT_THAT(ParseTimeText(TimeText(time)), IsOkAndHolds(time));
  }
}

TEST(TimeTextTest, ReadsOffsetsLowerCaseAndASpace) {
  const absl::Time time = absl::FromUnixSeconds(1'442'018'818);
  for (const char* text :
       {"2015-09-12T00:46:58Z", "2015-09-12t00:46:58z", "2015-09-12 00:46:58Z",
        "2015-09-12T02:46:58+02:00", "2015-09-11T19:16:58-05:30",
        "2015-09-12T00:46:58.0000000001Z"}) {
    EXPECT_THAT(ParseTimeText(text), IsOkAndHolds(time)) << text;
  }
}

TEST(TimeTextTest, LeapSecondIsTheNextMinute) {
  EXPECT_THAT(ParseTimeText("2016-12-31T23:59:60Z"),
              IsOkAndHolds(*ParseTimeText("2017-01-01T00:00:00Z")));
}

TEST(TimeTextTest, WhatIsNoTimeIsRefused) {
  for (const char* text :
       {"", "now", "2015-09-12", "2015-09-12T00:46Z", "2015-09-12T00:46:58",
        "2015-09-12T00:46:58.Z", "2015-09-12T00:46:58+0200",
        "2015-09-12T00:46:58+2:00", "2015-13-12T00:46:58Z",
        "2015-09-12T24:00:00Z", "2015-09-12T00:46:61Z", "0000-01-01T00:00:00Z",
        " 2015-09-12T00:46:58Z", "2015-09-12T00:46:58Z ", "2015-9-12T00:46:58Z",
        "20150912T004658Z", "2015-09-12T00:46:58ZZ", "infinite-past"}) {
    EXPECT_THAT(ParseTimeText(text),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << text;
  }
}

}  // namespace
}  // namespace daybook::tools
