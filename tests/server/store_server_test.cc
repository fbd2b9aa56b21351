// What the server of a store does where that is slow, damaged or gone: over a
// store whose calls a test can make fail.

#include "daybook/server/store_server.h"

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "daybook/server/remote_groups.h"
#include "daybook/server/remote_store.h"
#include "daybook/store/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/connection.h"
#include "server/socket.h"
#include "store/mutex.h"
#include "tests/server/remote_engine.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/intercepted_store.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using testing::InterceptedStore;
using testing::RemoteEngine;
using testing::StatusIs;
using testing::TemporaryFolder;

constexpr absl::Duration kSoon = absl::Seconds(30);

class StoreServerTest : public ::testing::Test {
 protected:
  StoreServerTest() {
    std::filesystem::create_directory(path());
    auto server = StoreServer::Start(store_, path());
    EXPECT_OK(server);
    server_ = *std::move(server);
    auto client = RemoteStore::Connect(path());
    EXPECT_OK(client);
    client_ = *std::move(client);
  }

  std::string path() const { return folder_ / "store"; }
  void Append(size_t bytes) {
    EXPECT_OK(
        held_->Append("a", ExpectedRevision::Any(),
                      {{.type = "t", .payload = std::string(bytes, 'x')}}));
  }

  const TemporaryFolder folder_;
  const std::unique_ptr<EventStore> held_ = EventStore::OpenInMemory();
  InterceptedStore store_{*held_};
  std::unique_ptr<StoreServer> server_;
  std::unique_ptr<EventStore> client_;
};

TEST_F(StoreServerTest, AppendsThatEndAfterItDoNotLookForIt) {
  constexpr int kCount = 3;
  Mutex mutex;
  std::vector<EventStore::AppendDone> under_way;
  store_.on_append_async = [&](EventStore::AppendDone done) {
    MutexLock lock(&mutex);
    under_way.push_back(std::move(done));
  };
  const auto under_way_count = [&] {
    MutexLock lock(&mutex);
    return under_way.size();
  };
  std::atomic<int> unknown_count = 0;
  for (int i = 0; i < kCount; ++i) {
    AppendRequest request;
    request.events = {{"a", {.type = "t"}}};
    client_->AppendAsync(
        request, [&](const absl::StatusOr<AppendResult>& result) {
          if (GetAppendOutcome(result.status()) == AppendOutcome::kUnknown) {
            ++unknown_count;
          }
        });
  }
  while (under_way_count() < kCount) absl::SleepFor(absl::Milliseconds(1));

  server_ = nullptr;
  for (EventStore::AppendDone& done : under_way) {
    std::move(done)(AppendResult());
  }
  EXPECT_OK(client_->Close(kSoon));
  EXPECT_EQ(unknown_count, kCount);
}

TEST_F(StoreServerTest, OneThatIsReplacedLeavesTheSocketOfTheNext) {
  auto next = StoreServer::Start(store_, path());
  ASSERT_OK(next);
  server_ = nullptr;
  EXPECT_OK(RemoteStore::Connect(path()));
}

TEST_F(StoreServerTest, AClientMayWaitForItForEver) {
  EXPECT_OK(RemoteStore::Connect(
      path(), {.connect_timeout = absl::InfiniteDuration()}));
}

TEST_F(StoreServerTest, WhoLooksForItShortlySaysNothingForThePatient) {
  // Somebody is there, and does not answer.
  auto silent = ListenIn(*OpenFolder(path()));
  ASSERT_OK(silent);
  Connector connector(path(), RemoteOptions());
  std::thread impatient([&] {
    EXPECT_THAT(connector.Use(absl::Seconds(1)),
                StatusIs(absl::StatusCode::kUnavailable));
  });
  OwnedFile peer;
  while (peer.get() < 0) peer = *AcceptFrom(silent->get());
  const auto next = StoreServer::Start(store_, path());
  ASSERT_OK(next);

  EXPECT_OK(connector.Use());

  impatient.join();
}

// The last event that can be read is before a damaged one.
class DamagedSubscription final : public Subscription {
 public:
  explicit DamagedSubscription(std::unique_ptr<Subscription> readable)
      : readable_(std::move(readable)) {}

  absl::StatusOr<EventBatch> Next(absl::Duration /*timeout*/) override {
    absl::StatusOr<EventBatch> batch = readable_->Next(absl::ZeroDuration());
    if (batch.ok() && batch->events.empty()) {
      return absl::DataLossError("the next event is damaged");
    }
    return batch;
  }
  void NotifyWhenReady(absl::AnyInvocable<void() &&> ready) override {
    readable_->NotifyWhenReady(std::move(ready));
  }
  absl::Status Acknowledge(Position position) override {
    return readable_->Acknowledge(position);
  }
  absl::Status Acknowledge() override { return readable_->Acknowledge(); }
  void Cancel() override { readable_->Cancel(); }
  Position next_position() const override { return readable_->next_position(); }

 private:
  const std::unique_ptr<Subscription> readable_;
};

TEST_F(StoreServerTest, EventsBeforeADamagedOneAreGiven) {
  // Large ones are pulled ahead; small ones are put together.
  for (int i = 0; i < 6; ++i) Append(1 << 20);
  for (int i = 0; i < 2; ++i) Append(1);
  store_.on_subscribe = [](std::unique_ptr<Subscription> subscription) {
    return std::make_unique<DamagedSubscription>(std::move(subscription));
  };
  const auto subscription = client_->Subscribe();
  ASSERT_OK(subscription);
  std::vector<uint64_t> positions;
  auto batch = (*subscription)->Next(kSoon);
  for (; batch.ok(); batch = (*subscription)->Next(kSoon)) {
    for (const EventView& event : batch->events) {
      positions.push_back(event.position.value());
    }
  }
  EXPECT_THAT(batch, StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(positions, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
}

TEST(RemoteMemberTest, OneWhoseLeaseRanOutIsForgotten) {
  testing::FakeClock clock;
  StoreOptions options;
  options.clock = &clock;
  RemoteEngine engine(options);
  const auto groups = RemoteGroups::Over(engine.store());
  const auto group = groups->Open("g", {});
  ASSERT_OK(group);
  const uint64_t dead = (*group)->Join("m")->id;
  clock.Advance(absl::Hours(1));
  EXPECT_THAT((*group)->Renew(dead), StatusIs(absl::StatusCode::kNotFound));
  // Its connection breaks, through which it can't be told to leave.
  engine.StopServing();
  engine.Serve();
  EXPECT_OK((*group)->Close());
}

}  // namespace
}  // namespace daybook
