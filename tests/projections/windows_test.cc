// Windows over time: which an event is in, and sessions in any order of events.

#include "daybook/projections/windows.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/projections/keys.pb.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using tests::v1::Session;
using tests::v1::Sessions;

absl::Time Minute(int64_t minute) {
  return absl::UnixEpoch() + absl::Minutes(minute);
}

// Recorded `delay` after it happened.
EventInfo At(absl::Time time, absl::Duration delay = absl::ZeroDuration()) {
  EventInfo event;
  event.occurred_at = time;
  event.recorded_at = time + delay;
  return event;
}

TEST(TimeWindowsTest, EveryMomentIsInOneTumblingWindow) {
  const auto windows = TimeWindows::Tumbling(absl::Minutes(10));

  EXPECT_THAT(windows.Of(At(Minute(25))),
              ElementsAre(TimeWindow{Minute(20), Minute(30)}));
  EXPECT_THAT(windows.Of(At(Minute(30))),
              ElementsAre(TimeWindow{Minute(30), Minute(40)}));
  EXPECT_THAT(windows.Of(At(Minute(-1))),
              ElementsAre(TimeWindow{Minute(-10), Minute(0)}));
}

TEST(TimeWindowsTest, HoppingWindowsOverlapOrLeaveGaps) {
  EXPECT_THAT(TimeWindows::Hopping(absl::Minutes(10), absl::Minutes(5))
                  .Of(At(Minute(12))),
              ElementsAre(TimeWindow{Minute(5), Minute(15)},
                          TimeWindow{Minute(10), Minute(20)}));
  const auto gaps = TimeWindows::Hopping(absl::Minutes(5), absl::Minutes(10));
  EXPECT_THAT(gaps.Of(At(Minute(12))),
              ElementsAre(TimeWindow{Minute(10), Minute(15)}));
  EXPECT_THAT(gaps.Of(At(Minute(17))), IsEmpty());
}

TEST(TimeWindowsTest, AWindowIsClosedOnceItsLatenessHasPassed) {
  const auto windows =
      TimeWindows::Tumbling(absl::Minutes(10)).AllowLateness(absl::Minutes(5));

  // The window ends at minute 20.
  EXPECT_THAT(windows.Of(At(Minute(12), absl::Minutes(13))), SizeIs(1));
  EXPECT_THAT(windows.Of(At(Minute(12), absl::Minutes(14))), IsEmpty());
  EXPECT_THAT(TimeWindows::Tumbling(absl::Minutes(10))
                  .Of(At(Minute(12), absl::Hours(1000))),
              SizeIs(1));
}

TEST(TimeWindowsTest, WithoutATimeOfItsOwnAnEventHappenedWhenItWasRecorded) {
  EventInfo event;
  event.recorded_at = Minute(25);

  EXPECT_THAT(TimeWindows::Tumbling(absl::Minutes(10)).Of(event),
              ElementsAre(TimeWindow{Minute(20), Minute(30)}));
}

// Sessions of events at these minutes, as "start-end count".
std::vector<std::string> SessionsOf(const std::vector<int64_t>& minutes) {
  Sessions row;
  for (const int64_t minute : minutes) {
    Session& session = JoinSession(
        row.mutable_sessions(), At(Minute(minute)), absl::Minutes(30),
        [](Session& earlier, const Session& later) {
          earlier.set_count(earlier.count() + later.count());
        });
    session.set_count(session.count() + 1);
  }
  std::vector<std::string> lines;
  for (const Session& session : row.sessions()) {
    lines.push_back(absl::StrCat(session.start() / 60'000'000, "-",
                                 session.end() / 60'000'000, " ",
                                 session.count()));
  }
  return lines;
}

TEST(SessionTest, EventsCloserThanTheGapAreOneSession) {
  EXPECT_THAT(SessionsOf({0, 10, 39, 69, 98}),
              ElementsAre("0-39 3", "69-98 2"));
}

TEST(SessionTest, AnEventInBetweenMergesTwoSessions) {
  EXPECT_THAT(SessionsOf({0, 50, 25}), ElementsAre("0-50 3"));
}

TEST(SessionTest, AnEarlierEventComesFirst) {
  EXPECT_THAT(SessionsOf({100, 0}), ElementsAre("0-0 1", "100-100 1"));
}

TEST(SessionTest, TheOrderOfEventsMakesNoDifference) {
  const uint32_t seed = std::random_device()();
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    std::vector<int64_t> minutes;
    for (int i = 0; i < 12; ++i) minutes.push_back(random() % 400);
    std::vector<int64_t> sorted = minutes;
    std::ranges::sort(sorted);

    ASSERT_EQ(SessionsOf(minutes), SessionsOf(sorted)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace daybook
