// DAYBOOK_SEED: tests/tools/seeded_random.h.

#include "tools/pacer.h"

#include <csignal>

#include "gtest/gtest.h"
#include "tests/testing/fake_clock.h"
#include "tests/tools/seeded_random.h"
#include "tools/interrupt.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::FakeClock;
using ::daybook::testing::SeededRandom;

TEST(PacerTest, RateZeroNeverWaits) {
  FakeClock clock;
  Pacer pacer(clock, 0);
  EXPECT_EQ(pacer.Wait(0), absl::ZeroDuration());
  EXPECT_EQ(pacer.Wait(UINT64_MAX), absl::ZeroDuration());
}

TEST(PacerTest, TheFirstPieceIsDueAtOnceAndTheOthersEvenly) {
  FakeClock clock;
  Pacer pacer(clock, 4);
  EXPECT_EQ(pacer.Wait(0), absl::ZeroDuration());
  EXPECT_EQ(pacer.Wait(1), absl::Milliseconds(250));
  EXPECT_EQ(pacer.Wait(8), absl::Seconds(2));
}

TEST(PacerTest, TimeThatPassedIsNotWaitedFor) {
  FakeClock clock;
  Pacer pacer(clock, 4);
  clock.Advance(absl::Milliseconds(100));
  EXPECT_EQ(pacer.Wait(1), absl::Milliseconds(150));
  clock.Advance(absl::Milliseconds(500));
  EXPECT_EQ(pacer.Wait(1), absl::ZeroDuration());
}

TEST(PacerTest, APauseOfUpToASecondIsMadeUpFor) {
  FakeClock clock;
  Pacer pacer(clock, 10);
  clock.Advance(absl::Seconds(1));
  EXPECT_EQ(pacer.Wait(0), absl::ZeroDuration());
  EXPECT_EQ(pacer.Wait(10), absl::ZeroDuration());
  EXPECT_EQ(pacer.Wait(11), absl::Milliseconds(100));
}

TEST(PacerTest, OfALongerPauseOnlyASecondIs) {
  FakeClock clock;
  Pacer pacer(clock, 10);
  clock.Advance(absl::Hours(1));
  EXPECT_EQ(pacer.Wait(0), absl::ZeroDuration());
  EXPECT_EQ(pacer.Wait(10), absl::ZeroDuration());
  EXPECT_EQ(pacer.Wait(11), absl::Milliseconds(100));
}

TEST(PacerTest, AWallClockThatIsSetChangesNothing) {
  FakeClock clock;
  Pacer pacer(clock, 1);
  clock.Jump(absl::Hours(-5));
  EXPECT_EQ(pacer.Wait(1), absl::Seconds(1));
}

// In no second are there more pieces than the rate, and the second's worth
// that is made up for, allow.
TEST(PacerTest, TheRateIsNeverExceededWhateverThePauses) {
  SeededRandom random;
  for (int round = 0; round < 50; ++round) {
    FakeClock clock;
    const double rate = 1 + static_cast<double>(random.Below(1000)) / 7;
    Pacer pacer(clock, rate);
    const absl::Duration begin = clock.Monotonic();
    for (uint64_t done = 0; done < 300; ++done) {
      if (random.OneIn(20)) {
        clock.Advance(
            absl::Milliseconds(static_cast<int64_t>(random.Below(3000))));
      }
      clock.Advance(pacer.Wait(done));
      const double seconds = absl::ToDoubleSeconds(clock.Monotonic() - begin);
      ASSERT_LE(static_cast<double>(done), seconds * rate + 1e-3);
    }
  }
}

TEST(PacerTest, SleepingEndsWhenInterrupted) {
  SetReceivedSignal(SIGINT);
  SleepUnlessInterrupted(absl::InfiniteDuration());
  SetReceivedSignal(0);
}

}  // namespace
}  // namespace daybook::tools
