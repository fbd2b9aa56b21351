// What clients cost that are slow, or wait: a batch, and no thread.

#include <atomic>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/remote_engine.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

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
  EXPECT_OK(engine.held().Close(absl::Seconds(30)));
  while (cursor->Next()) {
  }
  EXPECT_THAT(cursor->status(), StatusIs(absl::StatusCode::kUnavailable));
}

TEST(PatientServerTest, AReaderThatStoodStillGoesOn) {
  RemoteEngine engine({}, {.reader_idle_max = absl::Milliseconds(10)});
  for (int i = 0; i < 20; ++i) ASSERT_OK(Append(engine.held(), kMebibyte));
  auto cursor = engine.store().ReadLog();
  ASSERT_OK(cursor);
  ASSERT_TRUE(cursor->Next());
  // Idle readers are looked for once a second.
  absl::SleepFor(absl::Milliseconds(1500));
  ASSERT_OK(Append(engine.held(), 1));
  uint64_t count = 1;
  while (cursor->Next()) {
    EXPECT_EQ(cursor->event().position, Position(count++));
  }
  EXPECT_OK(cursor->status());
  EXPECT_EQ(count, 20u);
}

}  // namespace
}  // namespace daybook
