// Who waits for the head is woken, however many they are, and nobody else.

#include "store/head_watch.h"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using testing::Draw;
using testing::FaultRun;
using testing::IsOk;
using testing::OneIn;
using testing::Random;
using testing::StatusIs;

constexpr absl::Duration kSoon = absl::Seconds(30);

TEST(HeadWatchTest, AnnouncingWakesAllWhoWaitForWhatIsThere) {
  HeadWatch watch;
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < 20; ++i) {
    threads.emplace_back([&watch, i] {
      EXPECT_OK(watch.Wait(Position(i % 4), kSoon));
      EXPECT_GT(watch.head().value(), i % 4);
    });
  }
  for (uint64_t head = 1; head <= 4; ++head) {
    absl::SleepFor(absl::Milliseconds(1));
    watch.Announce(Position(head));
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(HeadWatchTest, WhoWaitsForMoreGoesOnWaiting) {
  HeadWatch watch;
  std::atomic<bool> over = false;
  std::thread patient([&] {
    EXPECT_OK(watch.Wait(Position(9), kSoon));
    over = true;
  });
  watch.Announce(Position(9));
  absl::SleepFor(absl::Milliseconds(2));
  EXPECT_FALSE(over);
  watch.Announce(Position(10));
  patient.join();
}

TEST(HeadWatchTest, TheHeadNeverGoesBack) {
  HeadWatch watch;
  watch.Announce(Position(5));
  watch.Announce(Position(3));
  EXPECT_EQ(watch.head(), Position(5));
}

TEST(HeadWatchTest, TimesOut) {
  HeadWatch watch;
  EXPECT_THAT(watch.Wait(Position(0), absl::Milliseconds(1)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(watch.Wait(Position(0), absl::ZeroDuration()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST(HeadWatchTest, CancelEndsItsOwnWaitsOnly) {
  HeadWatch watch;
  HeadWatch::Canceller mine;
  HeadWatch::Canceller other;
  std::thread cancelled([&] {
    EXPECT_THAT(watch.Wait(Position(0), kSoon, &mine),
                StatusIs(absl::StatusCode::kCancelled));
  });
  std::thread woken([&] { EXPECT_OK(watch.Wait(Position(0), kSoon, &other)); });
  watch.Cancel(&mine);
  cancelled.join();
  watch.Announce(Position(1));
  woken.join();
}

TEST(HeadWatchTest, CloseEndsAllWaitsNowAndLater) {
  HeadWatch watch;
  HeadWatch::Canceller canceller;
  int called = 0;
  watch.Notify(Position(0), &canceller, [&] { ++called; });
  std::thread thread([&] {
    EXPECT_THAT(watch.Wait(Position(0), kSoon),
                StatusIs(absl::StatusCode::kUnavailable));
  });
  watch.Close();
  thread.join();
  EXPECT_EQ(called, 1);
  EXPECT_THAT(watch.Wait(Position(0), kSoon),
              StatusIs(absl::StatusCode::kUnavailable));
  watch.Notify(Position(0), &canceller, [&] { ++called; });
  EXPECT_EQ(called, 2);
}

// Nobody may be forgotten, nor called after Cancel().
TEST(HeadWatchTest, ManyWaitTimeOutCancelAndAreCalledAtOnce) {
  FaultRun run;
  HeadWatch watch;
  std::atomic<bool> stopped = false;
  std::atomic<uint64_t> waits = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, seed = run.random()()] {
      Random random(seed);
      while (!stopped) {
        HeadWatch::Canceller canceller;
        const Position next(watch.head().value() + Draw(random, 3));
        if (OneIn(random, 2)) {
          watch
              .Wait(next,
                    OneIn(random, 2) ? kSoon
                                     : absl::Microseconds(Draw(random, 100)),
                    &canceller)
              .IgnoreError();
        } else {
          auto called = std::make_unique<std::atomic<bool>>(false);
          watch.Notify(next, &canceller, [&called] { *called = true; });
          if (OneIn(random, 2)) {
            while (!*called) std::this_thread::yield();
          }
          watch.Cancel(&canceller);
          EXPECT_TRUE(*called);
          called.reset();
        }
        ++waits;
      }
    });
  }
  uint64_t head = 0;
  while (run.More()) watch.Announce(Position(++head));
  stopped = true;
  watch.Close();
  for (std::thread& thread : threads) thread.join();
  run.Report(absl::StrCat(waits.load(), " waits"));
}

}  // namespace
}  // namespace daybook
