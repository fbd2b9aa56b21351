// What the tests of snapshots have in common: a store, and carts in it.

#ifndef DAYBOOK_TESTS_REPLAY_SNAPSHOTS_FIXTURE_H_
#define DAYBOOK_TESTS_REPLAY_SNAPSHOTS_FIXTURE_H_

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daybook/replay/fold.h"
#include "daybook/replay/snapshot_list.h"
#include "daybook/replay/snapshots.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/mutex.h"
#include "store/protobuf.h"
#include "tests/replay/cart.h"
#include "tests/testing/engines.h"
#include "tests/testing/status_matchers.h"

namespace daybook::testing {

// Does nothing until it is told to.
class HeldExecutor final : public Executor {
 public:
  void Schedule(absl::AnyInvocable<void() &&> task) override {
    MutexLock lock(&mutex_);
    tasks_.push_back(std::move(task));
  }
  void ScheduleAfter(absl::Duration /*delay*/,
                     absl::AnyInvocable<void() &&> task) override {
    Schedule(std::move(task));
  }
  void RunAll() {
    while (true) {
      absl::AnyInvocable<void() &&> task;
      {
        MutexLock lock(&mutex_);
        if (tasks_.empty()) return;
        task = std::move(tasks_.front());
        tasks_.pop_front();
      }
      std::move(task)();
    }
  }

 private:
  Mutex mutex_;
  std::deque<absl::AnyInvocable<void() &&>> tasks_ ABSL_GUARDED_BY(mutex_);
};

class KeptLines final : public Logger {
 public:
  void Log(LogLevel /*level*/, std::string_view message) override {
    MutexLock lock(&mutex_);
    lines_.emplace_back(message);
  }
  std::vector<std::string> lines() const {
    MutexLock lock(&mutex_);
    return lines_;
  }

 private:
  mutable Mutex mutex_;
  std::vector<std::string> lines_ ABSL_GUARDED_BY(mutex_);
};

class SnapshotsFixture : public ::testing::TestWithParam<EngineFactory> {
 protected:
  SnapshotsFixture() : engine_(GetParam().make(StoreOptions())) {}

  EventStore& store() { return engine_->store(); }

  // Appends `count` events of one article each to `stream`.
  void AddTea(const std::string& stream, uint64_t count = 1) {
    const absl::StatusOr<NewEvent> tea = MakeEvent(store(), Added("tea", 1));
    ASSERT_OK(tea);
    while (count > 0) {
      const uint64_t batch = std::min<uint64_t>(count, 10'000);
      ASSERT_OK(store().Append(stream, ExpectedRevision::Any(),
                               std::vector<NewEvent>(batch, *tea)));
      count -= batch;
    }
  }

  // What a fold gives is what one from zero gives. Returns how many events it
  // had to read.
  template <Decider D, typename Boundary>
  static int ExpectEqualToFold(EventStore& store, Snapshots<D>& snapshots,
                               const Boundary& boundary,
                               const AsOf& as_of = AsOf()) {
    const auto plain = Fold<D>(store, boundary, as_of);
    EXPECT_OK(plain);
    CountingCart::folded = 0;
    const auto folded = snapshots.Fold(boundary, as_of);
    const int count = CountingCart::folded;
    EXPECT_OK(folded);
    if (!plain.ok() || !folded.ok()) return -1;
    EXPECT_EQ(DeterministicBytes(folded->state),
              DeterministicBytes(plain->state));
    EXPECT_EQ(folded->place.position, plain->place.position);
    EXPECT_EQ(folded->place.revision, plain->place.revision);
    EXPECT_EQ(folded->place.head, plain->place.head);
    return count;
  }
  template <Decider D, typename Boundary>
  int ExpectEqualToFold(Snapshots<D>& snapshots, const Boundary& boundary,
                        const AsOf& as_of = AsOf()) {
    return ExpectEqualToFold<D>(store(), snapshots, boundary, as_of);
  }

  std::vector<SnapshotInfo> List(const SnapshotFilter& filter = {}) {
    std::vector<SnapshotInfo> infos;
    EXPECT_OK(VisitSnapshots(store(), filter, [&](const SnapshotInfo& info) {
      infos.push_back(info);
      return true;
    }));
    return infos;
  }

  std::unique_ptr<Engine> engine_;
};

}  // namespace daybook::testing

// Once on each; tests reopen where it matters.
#define DAYBOOK_FOR_SNAPSHOT_ENGINES(Suite)                          \
  INSTANTIATE_TEST_SUITE_P(                                          \
      Engine, Suite,                                                 \
      ::testing::Values(::daybook::testing::MemoryEngineFactory(),   \
                        ::daybook::testing::RocksDbEngineFactory()), \
      ::daybook::testing::EngineName)

#endif  // DAYBOOK_TESTS_REPLAY_SNAPSHOTS_FIXTURE_H_
