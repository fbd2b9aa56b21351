// What clients cost that are slow, or wait: a batch, and no thread.

#include <atomic>
#include <fstream>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/clock.h"
#include "daybook/store/rows.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/served_read.h"
#include "server/wire_events.h"
#include "store/mutex.h"
#include "tests/server/remote_engine.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using testing::IsOkAndHolds;
using testing::RemoteEngine;
using testing::StatusIs;

constexpr size_t kMebibyte = 1 << 20;

// Of this process: client and server are both in it.
int ThreadCount() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("Threads:")) return std::stoi(line.substr(8));
  }
  return 0;
}

absl::Status Append(EventStore& store, size_t bytes) {
  return store
      .Append("a", ExpectedRevision::Any(),
              {{.type = "t", .payload = std::string(bytes, 'x')}})
      .status();
}

TEST(PatientServerTest, SubscribersThatWaitHaveNoThreads) {
  constexpr int kCount = 300;
  RemoteEngine engine({});
  std::vector<std::unique_ptr<Subscription>> subscriptions;
  std::atomic<int> ready = 0;
  int threads_with_few = 0;
  for (int i = 0; i < kCount; ++i) {
    auto subscription = engine.store().Subscribe();
    ASSERT_OK(subscription);
    (*subscription)->NotifyWhenReady([&] { ++ready; });
    subscriptions.push_back(*std::move(subscription));
    if (i == kCount / 10) threads_with_few = ThreadCount();
  }
  // gRPC comes and goes with some of its own.
  EXPECT_LE(ThreadCount(), threads_with_few + 10);
  EXPECT_EQ(ready, 0);

  ASSERT_OK(Append(engine.held(), 1));
  while (ready < kCount) absl::SleepFor(absl::Milliseconds(1));
  for (const auto& subscription : subscriptions) {
    const auto batch = subscription->Next(absl::ZeroDuration());
    ASSERT_OK(batch);
    EXPECT_EQ(batch->events.size(), 1u);
  }
}

TEST(PatientServerTest, AReaderThatStandsStillHoldsNothingOfTheStoreForLong) {
  RemoteEngine engine({}, {.reader_idle_max = absl::Milliseconds(10)});
  for (int i = 0; i < 20; ++i) ASSERT_OK(Append(engine.held(), kMebibyte));
  auto cursor = engine.store().ReadLog();
  ASSERT_OK(cursor);
  ASSERT_TRUE(cursor->Next());
  // Would wait for the cursor that the server reads with.
  EXPECT_OK(engine.held().Close(absl::Minutes(1)));
  while (cursor->Next()) {
  }
  EXPECT_THAT(cursor->status(), StatusIs(absl::StatusCode::kUnavailable));
}

// Lets go of everything, and goes on nevertheless.
TEST(PatientServerTest, AReaderThatStoodStillGoesOn) {
  RemoteEngine engine({});
  for (int i = 0; i < 20; ++i) ASSERT_OK(Append(engine.held(), kMebibyte));
  ServedStore served(engine.held(), ServeOptions());
  v1::ReadRequest request;
  request.mutable_log();
  const auto read = std::make_shared<ServedRead>(served, request);
  const absl::Duration much_later =
      Clock::System()->Monotonic() + absl::Hours(1);
  std::vector<uint64_t> positions;
  v1::EventBatch batch;
  absl::StatusOr<bool> more = read->Produce(&batch);
  while (more.ok() && *more) {
    wire::EventList list;
    ASSERT_OK(list.Parse(batch.events()));
    for (const EventView& event : list.events()) {
      positions.push_back(event.position.value());
    }
    EXPECT_FALSE(read->LetGoIfIdle(much_later));
    ASSERT_OK(Append(engine.held(), 1));
    batch.Clear();
    more = read->Produce(&batch);
  }
  ASSERT_OK(more);
  std::vector<uint64_t> all(20);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(positions, all);
}

// The reader has not taken the last batch yet.
TEST(PatientServerTest, AReadThatHasSeenAllHoldsNothingOfTheStore) {
  RemoteEngine engine({});
  ASSERT_OK(Append(engine.held(), 1));
  ServedStore served(engine.held(), ServeOptions());
  v1::ReadRequest request;
  request.mutable_log();
  const auto read = std::make_shared<ServedRead>(served, request);
  v1::EventBatch batch;
  EXPECT_THAT(read->Produce(&batch), IsOkAndHolds(true));
  engine.StopServing();
  EXPECT_OK(engine.held().Close(absl::ZeroDuration()));
}

// An append that holds up all others.
class Gate final : public AppendParticipant {
 public:
  absl::Status Join(std::span<const EventView> /*events*/,
                    RowEditor& /*rows*/) override {
    MutexLock lock(&mutex_);
    while (!is_open_) changed_.Wait(&mutex_);
    return absl::OkStatus();
  }
  void Open() {
    MutexLock lock(&mutex_);
    is_open_ = true;
    changed_.SignalAll();
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool is_open_ ABSL_GUARDED_BY(mutex_) = false;
};

TEST(PatientServerTest, AppendsThatWaitForRoomKeepNobodyFromReading) {
  StoreOptions options;
  options.queue_count_max = 1;
  RemoteEngine engine(options, {.thread_count = 1});
  const auto gate = std::make_shared<Gate>();
  ASSERT_OK(engine.held().Attach(
      gate, [](Position /*head*/) { return absl::OkStatus(); }));
  constexpr int kCount = 10;
  std::vector<uint64_t> positions;
  for (int i = 0; i < kCount; ++i) {
    AppendRequest request;
    request.events = {{"a", {.type = "t"}}};
    engine.store().AppendAsync(
        request,
        [&](const absl::StatusOr<AppendResult>& result) {
          ASSERT_OK(result);
          positions.push_back(result->first_position.value());
        },
        {.queue_timeout = absl::InfiniteDuration()});
  }
  // The one thread of the server has time for this; again and again, since it
  // may come before the appends.
  for (int i = 0; i < 200; ++i) EXPECT_OK(engine.store().Tree());
  gate->Open();
  EXPECT_OK(engine.store().Close(absl::Minutes(1)));
  // In their order.
  std::vector<uint64_t> all(kCount);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(positions, all);
}

}  // namespace
}  // namespace daybook
