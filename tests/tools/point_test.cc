// DAYBOOK_SEED: tests/tools/seeded_random.h.

#include "tools/point.h"

#include <iterator>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/seeded_random.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::SeededRandom;
using ::daybook::testing::StatusIs;
using ::testing::HasSubstr;

// Half past one at night in Berlin, when it is still yesterday in UTC, on the
// day on which summer time begins.
absl::TimeZone Berlin() {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone("Europe/Berlin", &zone));
  return zone;
}

absl::Time Utc(int year, int month, int day, int hour = 0, int minute = 0,
               int second = 0) {
  return absl::FromCivil(
      absl::CivilSecond(year, month, day, hour, minute, second),
      absl::UTCTimeZone());
}

const absl::Time kNow = Utc(2026, 3, 29, 0, 30);

absl::StatusOr<Point> Parse(std::string_view text) {
  return ParsePoint(text, kNow, Berlin());
}

Point ParseOk(std::string_view text) {
  const absl::StatusOr<Point> point = Parse(text);
  EXPECT_OK(point) << text;
  return point.ok() ? *point : Point();
}

TEST(PointTest, AtSignGivesAPosition) {
  EXPECT_EQ(ParseOk("@123"),
            (Point{.kind = Point::Kind::kPosition, .position = Position(123)}));
  EXPECT_EQ(ParseOk("@18446744073709551615").position,
            Position(18446744073709551615u));
}

TEST(PointTest, HashGivesARevision) {
  EXPECT_EQ(ParseOk("#7"),
            (Point{.kind = Point::Kind::kRevision, .revision = Revision(7)}));
}

TEST(PointTest, ANumberThatIsTooLargeIsSaidToBe) {
  for (const char* text : {"@99999999999999999999", "#99999999999999999999"}) {
    EXPECT_THAT(Parse(text), StatusIs(absl::StatusCode::kInvalidArgument,
                                      HasSubstr("beyond all numbers")))
        << text;
  }
}

TEST(PointTest, Rfc3339TimeIsAMomentWhateverTheZone) {
  const Point point = ParseOk("2026-03-02T08:06:40.25+01:00");
  EXPECT_EQ(point.kind, Point::Kind::kTime);
  EXPECT_EQ(point.first, Utc(2026, 3, 2, 7, 6, 40) + absl::Milliseconds(250));
  EXPECT_EQ(point.last, point.first);
  EXPECT_FALSE(point.relative);
}

TEST(PointTest, DateIsAWholeDayOfTheZone) {
  const Point point = ParseOk("2026-03-02");
  EXPECT_EQ(point.first, Utc(2026, 3, 1, 23));
  EXPECT_EQ(point.last, Utc(2026, 3, 2, 23) - absl::Microseconds(1));
  EXPECT_TRUE(point.relative);
}

TEST(PointTest, TodayIsTheZonesDayAndMayHave23Hours) {
  const Point point = ParseOk("today");
  EXPECT_EQ(point.first, Utc(2026, 3, 28, 23));
  EXPECT_EQ(point.last, Utc(2026, 3, 29, 22) - absl::Microseconds(1));
}

TEST(PointTest, YesterdayEndsWhereTodayBegins) {
  EXPECT_EQ(ParseOk("yesterday").last,
            ParseOk("today").first - absl::Microseconds(1));
  EXPECT_TRUE(ParseOk("yesterday").relative);
}

TEST(PointTest, NowAndSpansBeforeNowAreMoments) {
  EXPECT_EQ(ParseOk("now").first, kNow);
  EXPECT_EQ(ParseOk("-2h").first, kNow - absl::Hours(2));
  EXPECT_EQ(ParseOk("-30s").first, kNow - absl::Seconds(30));
  EXPECT_EQ(ParseOk("-15m").first, kNow - absl::Minutes(15));
  EXPECT_EQ(ParseOk("-3d").first, kNow - absl::Hours(72));
  EXPECT_EQ(ParseOk("-1w").first, kNow - absl::Hours(168));
  EXPECT_EQ(ParseOk("-1h30m").first, kNow - absl::Minutes(90));
  EXPECT_EQ(ParseOk("-2h").last, ParseOk("-2h").first);
  EXPECT_TRUE(ParseOk("-2h").relative);
}

TEST(PointTest, WhatIsNoPointIsRefusedWithTheGrammar) {
  for (const char* text : {"",
                           "123",
                           "@",
                           "@-1",
                           "@ 1",
                           "@1x",
                           "#",
                           "#x",
                           "@18446744073709551616",
                           "tomorrow",
                           "2h",
                           "-",
                           "-h",
                           "-2",
                           "-2x",
                           "-2h3",
                           "- 2h",
                           "Now",
                           "-99999999999999999999h",
                           "-9999999999w",
                           "20260302",
                           "12:00"}) {
    EXPECT_THAT(Parse(text), StatusIs(absl::StatusCode::kInvalidArgument,
                                      HasSubstr("yesterday")))
        << text;
  }
}

TEST(PointTest, BadTimesSayWhatIsWrongWithThem) {
  EXPECT_THAT(
      Parse("2026-03-02T08:06:40"),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("add the zone")));
  EXPECT_THAT(Parse("2026-02-30"), StatusIs(absl::StatusCode::kInvalidArgument,
                                            HasSubstr("no such date")));
  EXPECT_THAT(
      Parse("2026-02-30T00:00:00Z"),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no such date")));
  EXPECT_THAT(Parse("2026-03-02T25:00:00Z"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("no such time of day")));
}

TEST(PointTest, PositionsAndRevisionsOfAnySizeAreRead) {
  SeededRandom random;
  for (int round = 0; round < 1000; ++round) {
    const uint64_t number = random.Below(UINT64_MAX) >> random.Below(64);
    EXPECT_EQ(ParseOk(absl::StrCat("@", number)).position, Position(number));
    EXPECT_EQ(ParseOk(absl::StrCat("#", number)).revision, Revision(number));
  }
}

TEST(PointTest, EachDayEndsWhereTheNextBegins) {
  SeededRandom random;
  for (int round = 0; round < 1000; ++round) {
    const absl::CivilDay day =
        absl::CivilDay(1970, 1, 1) + static_cast<int>(random.Below(30'000));
    const Point one = ParseOk(absl::FormatCivilTime(day));
    const Point next = ParseOk(absl::FormatCivilTime(day + 1));
    ASSERT_EQ(one.last, next.first - absl::Microseconds(1)) << day;
    ASSERT_LT(one.first, one.last);
  }
}

TEST(PointTest, PartsOfASpanAddUpInAnyOrder) {
  SeededRandom random;
  const std::map<char, absl::Duration> units = {{'s', absl::Seconds(1)},
                                                {'m', absl::Minutes(1)},
                                                {'h', absl::Hours(1)},
                                                {'d', absl::Hours(24)},
                                                {'w', absl::Hours(168)}};
  for (int round = 0; round < 1000; ++round) {
    std::string text = "-";
    absl::Duration span;
    for (uint64_t parts = 1 + random.Below(4); parts > 0; --parts) {
      const auto& [letter, unit] =
          *std::next(units.begin(), static_cast<int>(random.Below(5)));
      const auto count = static_cast<int64_t>(random.Below(1000));
      absl::StrAppend(&text, count, std::string(1, letter));
      span += count * unit;
    }
    ASSERT_EQ(ParseOk(text).first, kNow - span) << text;
  }
}

TEST(PointTest, AnyTextIsAPointOrRefused) {
  SeededRandom random;
  for (int round = 0; round < 20'000; ++round) {
    const std::string text = random.Text("@#-0129TZ:+.hdw x\n\xff", 22);
    const absl::StatusOr<Point> point = Parse(text);
    if (point.ok()) {
      ASSERT_LE(point->first, point->last) << text;
    } else {
      ASSERT_TRUE(absl::IsInvalidArgument(point.status())) << text;
    }
  }
}

}  // namespace
}  // namespace daybook::tools
