// The defaults of runtime.h: clock, ids, executor.

#include "daybook/store/runtime.h"

#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace daybook {
namespace {

// --- Clock ------------------------------------------------------------------

TEST(SystemClockTest, RunsWithTheMachines) {
  const absl::Duration before = Clock::System()->Monotonic();
  EXPECT_LT(absl::AbsDuration(Clock::System()->Now() - absl::Now()),
            absl::Minutes(1));
  absl::SleepFor(absl::Milliseconds(2));
  EXPECT_GE(Clock::System()->Monotonic() - before, absl::Milliseconds(1));
}

// --- IdSource ---------------------------------------------------------------

constexpr absl::Time kTime = absl::FromUnixMillis(0x0190163d8694);

TEST(IdSourceTest, IdsAreUuidsOfVersion7) {
  const auto seeded = IdSource::Seeded(1);
  for (IdSource* ids : {IdSource::Random(), seeded.get()}) {
    for (int i = 0; i < 1000; ++i) {
      const EventId id = ids->NewId(kTime);
      EXPECT_EQ(id.ToString().substr(0, 15), "0190163d-8694-7");
      EXPECT_EQ(id.bytes()[8] >> 6, 0b10);
    }
  }
}

TEST(IdSourceTest, AllOtherBitsAreRandom) {
  const auto seeded = IdSource::Seeded(1);
  for (IdSource* ids : {IdSource::Random(), seeded.get()}) {
    std::array<uint8_t, EventId::kSize> ever_set{};
    std::array<uint8_t, EventId::kSize> always_set;
    always_set.fill(0xff);
    for (int i = 0; i < 200; ++i) {
      const EventId id = ids->NewId(absl::UnixEpoch());
      for (size_t byte = 0; byte < EventId::kSize; ++byte) {
        ever_set[byte] |= id.bytes()[byte];
        always_set[byte] &= id.bytes()[byte];
      }
    }
    EXPECT_EQ(EventId(ever_set).ToString(),
              "00000000-0000-7fff-bfff-ffffffffffff");
    EXPECT_EQ(EventId(always_set).ToString(),
              "00000000-0000-7000-8000-000000000000");
  }
}

TEST(IdSourceTest, SameSeedMakesTheSameIds) {
  const auto first = IdSource::Seeded(42);
  const auto second = IdSource::Seeded(42);
  const auto other = IdSource::Seeded(43);
  for (int i = 0; i < 10; ++i) {
    const EventId id = first->NewId(kTime);
    EXPECT_EQ(id, second->NewId(kTime));
    EXPECT_NE(id, other->NewId(kTime));
  }
}

TEST(IdSourceTest, SeededIdsAreTheSameOnEveryMachine) {
  EXPECT_EQ(IdSource::Seeded(1)->NewId(kTime).ToString(),
            "0190163d-8694-7f68-88ba-e49408c63e93");
}

TEST(IdSourceTest, TimesThatDontFitAreTheNearestThatDo) {
  const auto text = [](absl::Time time) {
    return IdSource::Random()->NewId(time).ToString().substr(0, 15);
  };
  EXPECT_EQ(text(absl::UnixEpoch() - absl::Seconds(1)), "00000000-0000-7");
  EXPECT_EQ(text(absl::InfinitePast()), "00000000-0000-7");
  EXPECT_EQ(text(absl::InfiniteFuture()), "ffffffff-ffff-7");
}

TEST(IdSourceTest, ThreadsNeverMakeTheSameId) {
  std::vector<std::vector<EventId>> ids(4);
  std::vector<std::thread> threads;
  threads.reserve(ids.size());
  for (auto& mine : ids) {
    threads.emplace_back([&mine] {
      for (int i = 0; i < 1000; ++i) {
        mine.push_back(IdSource::Random()->NewId(kTime));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  std::set<EventId> all;
  for (const auto& mine : ids) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), 4000u);
}

// --- Executor ---------------------------------------------------------------

// Something that one thread says once and another waits for. Of std, which
// ThreadSanitizer sees into.
class Signal {
 public:
  void Send() { promise_.set_value(); }
  // False when it does not come for very long.
  bool Wait() {
    return future_.wait_for(std::chrono::seconds(30)) ==
           std::future_status::ready;
  }

 private:
  std::promise<void> promise_;
  std::future<void> future_ = promise_.get_future();
};

TEST(ExecutorTest, RunsEachTaskOnceOnAnotherThread) {
  std::atomic<int> ran = 0;
  {
    const auto executor = Executor::Threads(2);
    for (int i = 0; i < 1000; ++i) {
      executor->Schedule([&, caller = std::this_thread::get_id()] {
        EXPECT_NE(std::this_thread::get_id(), caller);
        ++ran;
      });
    }
  }
  EXPECT_EQ(ran, 1000);
}

TEST(ExecutorTest, DelayedTaskRunsNoEarlierThanItsTime) {
  const auto executor = Executor::Threads(1);
  const absl::Duration start = Clock::System()->Monotonic();
  Signal done;
  executor->ScheduleAfter(absl::Milliseconds(30), [&] { done.Send(); });
  ASSERT_TRUE(done.Wait());
  EXPECT_GE(Clock::System()->Monotonic() - start, absl::Milliseconds(30));
}

TEST(ExecutorTest, DelayedTasksRunInOrderOfTheirTimes) {
  std::vector<int> order;
  Signal done;
  const auto executor = Executor::Threads(1);
  executor->ScheduleAfter(absl::Milliseconds(60), [&] {
    order.push_back(3);
    done.Send();
  });
  executor->ScheduleAfter(absl::Milliseconds(20), [&] { order.push_back(1); });
  executor->ScheduleAfter(absl::Milliseconds(40), [&] { order.push_back(2); });
  ASSERT_TRUE(done.Wait());
  EXPECT_THAT(order, ::testing::ElementsAre(1, 2, 3));
}

TEST(ExecutorTest, TaskWithoutDelayRunsSoon) {
  const auto executor = Executor::Threads(1);
  Signal done;
  executor->ScheduleAfter(absl::Hours(1), [] {});
  executor->ScheduleAfter(-absl::Seconds(1), [&] { done.Send(); });
  EXPECT_TRUE(done.Wait());
}

TEST(ExecutorTest, DelayedTaskIsNotLateBecauseAThreadIsBusy) {
  Signal go_on;
  Signal done;
  const auto executor = Executor::Threads(2);
  // Whichever thread was waiting for the delayed task may take the busy one.
  executor->ScheduleAfter(absl::Milliseconds(30), [&] { done.Send(); });
  executor->Schedule([&] { go_on.Wait(); });
  EXPECT_TRUE(done.Wait());
  go_on.Send();
}

TEST(ExecutorTest, DestructorFinishesWhatIsDueAndDropsTheRest) {
  std::atomic<int> ran = 0;
  bool late = false;
  auto dropped = std::make_shared<int>(0);
  {
    const auto executor = Executor::Threads(1);
    executor->Schedule([&] { absl::SleepFor(absl::Milliseconds(20)); });
    for (int i = 0; i < 10; ++i) executor->Schedule([&] { ++ran; });
    executor->ScheduleAfter(absl::Hours(1), [&, dropped] { late = true; });
  }
  EXPECT_EQ(ran, 10);
  EXPECT_FALSE(late);
  EXPECT_EQ(dropped.use_count(), 1);
}

TEST(ExecutorTest, TasksMayScheduleMore) {
  std::atomic<int> ran = 0;
  {
    const auto executor = Executor::Threads(1);
    executor->Schedule([&, executor = executor.get()] {
      ++ran;
      executor->Schedule([&] { ++ran; });
    });
    while (ran < 2) std::this_thread::yield();
  }
  EXPECT_EQ(ran, 2);
}

TEST(ExecutorTest, TaskMayDestroyTheExecutorItRunsOn) {
  Signal done;
  std::shared_ptr<Executor> executor = Executor::Threads(2);
  Executor* const raw = executor.get();
  raw->Schedule([&done, mine = std::move(executor)]() mutable {
    mine.reset();
    done.Send();
  });
  EXPECT_TRUE(done.Wait());
}

}  // namespace
}  // namespace daybook
