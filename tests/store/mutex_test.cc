#include "store/mutex.h"

#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace daybook {
namespace {

struct Counter {
  Mutex mutex;
  CondVar changed;
  int value ABSL_GUARDED_BY(mutex) = 0;
};

TEST(MutexTest, ExcludesAndWakesWaiters) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 1000;
  Counter counter;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&counter] {
      for (int round = 0; round < kRounds; ++round) {
        MutexLock lock(&counter.mutex);
        ++counter.value;
        counter.changed.SignalAll();
      }
    });
  }
  {
    MutexLock lock(&counter.mutex);
    while (counter.value < kThreads * kRounds) {
      counter.changed.Wait(&counter.mutex);
    }
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(MutexTest, WaitThatNobodyEndsTimesOut) {
  Counter counter;
  MutexLock lock(&counter.mutex);
  EXPECT_TRUE(
      counter.changed.WaitWithTimeout(&counter.mutex, absl::Milliseconds(1)));
  EXPECT_TRUE(counter.changed.WaitWithTimeout(&counter.mutex,
                                              -absl::InfiniteDuration()));
}

}  // namespace
}  // namespace daybook
