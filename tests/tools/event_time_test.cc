// DAYBOOK_SEED: tests/tools/seeded_random.h.

#include "tools/event_time.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/seeded_random.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::IsOkAndHolds;
using ::daybook::testing::SeededRandom;
using ::daybook::testing::StatusIs;
using ::testing::HasSubstr;

absl::Time Micros(int64_t micros) { return absl::FromUnixMicros(micros); }

TEST(EventTimeTest, Rfc3339IsReadWithItsOffset) {
  for (const char* text :
       {"2015-09-12T00:46:58.771Z", "2015-09-12 02:46:58.771+02:00",
        "2015-09-11t18:16:58.771-06:30", "2015-09-12T00:46:58.771000000z"}) {
    EXPECT_THAT(ParseEventTime(text),
                IsOkAndHolds(Micros(1'442'018'818'771'000)))
        << text;
  }
}

TEST(EventTimeTest, ANumberIsSecondsSince1970) {
  EXPECT_THAT(ParseEventTime("1442018818"),
              IsOkAndHolds(Micros(1'442'018'818'000'000)));
  EXPECT_THAT(ParseEventTime("1442018818.771"),
              IsOkAndHolds(Micros(1'442'018'818'771'000)));
  EXPECT_THAT(ParseEventTime("0"), IsOkAndHolds(absl::UnixEpoch()));
  EXPECT_THAT(ParseEventTime("-1.5"), IsOkAndHolds(Micros(-1'500'000)));
}

TEST(EventTimeTest, ALargeNumberIsMilliseconds) {
  EXPECT_THAT(ParseEventTime("1442018818771"),
              IsOkAndHolds(Micros(1'442'018'818'771'000)));
  EXPECT_THAT(ParseEventTime("1442018818771.25"),
              IsOkAndHolds(Micros(1'442'018'818'771'250)));
  EXPECT_THAT(ParseEventTime("-1442018818771"),
              IsOkAndHolds(Micros(-1'442'018'818'771'000)));
}

TEST(EventTimeTest, TheSmallestMillisecondsComeAfterTheLargestSeconds) {
  EXPECT_THAT(ParseEventTime("100000000000"),
              IsOkAndHolds(absl::FromUnixSeconds(100'000'000'000)));
  EXPECT_THAT(ParseEventTime("100000000001"),
              IsOkAndHolds(absl::FromUnixMillis(100'000'000'001)));
}

TEST(EventTimeTest, WhatIsNoTimeIsRefusedWithTheForms) {
  for (const char* text : {"",
                           " ",
                           "-",
                           ".",
                           "1.",
                           ".5",
                           "1..5",
                           "1.2.3",
                           "--1",
                           "1-",
                           "1-2",
                           "+1",
                           "1e9",
                           "0x10",
                           " 1",
                           "1 ",
                           "1,5",
                           "nan",
                           "inf",
                           "yesterday",
                           "2015-09-12",
                           "2015-09-12T00:46:58",
                           "2015-13-12T00:46:58Z",
                           "2015-09-12T24:46:58Z",
                           "99999999999999999999",
                           "0000000000000000000000000000001"}) {
    EXPECT_THAT(ParseEventTime(text),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("is no time: RFC 3339 with an offset, or "
                                   "seconds or milliseconds since 1970")))
        << text;
  }
}

TEST(EventTimeTest, AllFormsOfATimeGiveTheSame) {
  SeededRandom random;
  for (int round = 0; round < 2000; ++round) {
    // Milliseconds are only known for such from March 1973 on.
    const uint64_t millis = 100'000'000'001 + random.Below(4'000'000'000'000);
    const absl::Time time = absl::FromUnixMillis(static_cast<int64_t>(millis));
    ASSERT_THAT(ParseEventTime(absl::StrCat(millis)), IsOkAndHolds(time));
    ASSERT_THAT(ParseEventTime(
                    absl::StrFormat("%d.%03d", millis / 1000, millis % 1000)),
                IsOkAndHolds(time));
    ASSERT_THAT(ParseEventTime(TimeText(time)), IsOkAndHolds(time));
  }
}

}  // namespace
}  // namespace daybook::tools
