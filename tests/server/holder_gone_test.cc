// What clients see when the process that holds the store ends or hangs, and
// when it comes back.

#include <signal.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/store/errors.h"
#include "daybook/store/push_subscription.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/socket.h"
#include "store/mutex.h"
#include "tests/server/remote_engine.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

using ::testing::AnyOf;
using testing::ChildProcess;
using testing::Draw;
using ::testing::ElementsAre;
using testing::FaultRun;
using ::testing::IsEmpty;
using testing::RemoteEngine;
using testing::StatusIs;
using testing::TemporaryFolder;

constexpr absl::Duration kSoon = absl::Seconds(30);
constexpr auto kUnavailable = absl::StatusCode::kUnavailable;

// Gives up soon.
constexpr RemoteOptions kImpatient{.reconnect_timeout = absl::ZeroDuration()};

class HolderGoneTest : public ::testing::Test {
 protected:
  static absl::Status Append(EventStore& store) {
    return store.Append("a", ExpectedRevision::Any(), {{.type = "t"}}).status();
  }
  static std::vector<uint64_t> Take(Subscription& subscription, size_t count) {
    std::vector<uint64_t> positions;
    while (positions.size() < count) {
      const auto batch = subscription.Next(kSoon);
      EXPECT_OK(batch);
      if (!batch.ok()) break;
      for (const EventView& event : batch->events) {
        positions.push_back(event.position.value());
      }
    }
    return positions;
  }

  RemoteEngine engine_{StoreOptions()};
};

TEST_F(HolderGoneTest, CallsAreUnavailableUntilItIsBack) {
  EventStore& store = engine_.store();
  EXPECT_OK(Append(store));
  engine_.StopServing();
  EXPECT_THAT(store.ReadLog(), StatusIs(kUnavailable));
  EXPECT_THAT(store.GetStream("a"), StatusIs(kUnavailable));
  EXPECT_THAT(store.Status().health, StatusIs(kUnavailable));
  EXPECT_EQ(store.Head(), Position(1));
  const absl::Status append = Append(store);
  EXPECT_THAT(append, StatusIs(kUnavailable));
  EXPECT_EQ(GetAppendOutcome(append), AppendOutcome::kNotAppended);

  engine_.Serve();
  EXPECT_OK(Append(store));
  EXPECT_OK(store.Status().health);
}

TEST_F(HolderGoneTest, ACursorUnderWayIsUnavailable) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_OK(engine_.held().Append(
        "a", ExpectedRevision::Any(),
        {{.type = "t", .payload = std::string(1 << 20, 'x')}}));
  }
  auto cursor = engine_.store().ReadLog();
  ASSERT_OK(cursor);
  ASSERT_TRUE(cursor->Next());
  engine_.StopServing();
  while (cursor->Next()) {
  }
  EXPECT_THAT(cursor->status(), StatusIs(kUnavailable));
}

TEST_F(HolderGoneTest, AnotherStoreInItsPlaceIsRefused) {
  const TemporaryFolder folder;
  std::unique_ptr<EventStore> first = *EventStore::Open(folder / "s", {});
  auto server = StoreServer::Start(*first, folder / "s");
  ASSERT_OK(server);
  auto store = RemoteStore::Connect(folder / "s");
  ASSERT_OK(store);
  server->reset();
  first.reset();
  std::filesystem::remove_all(folder / "s");
  first = *EventStore::Open(folder / "s", {});
  server = StoreServer::Start(*first, folder / "s");
  ASSERT_OK(server);
  // The first call finds the connection broken.
  (*store)->Tree().IgnoreError();
  EXPECT_THAT((*store)->Tree(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(HolderGoneTest, ASubscriptionGoesOnWhereItWas) {
  for (int i = 0; i < 3; ++i) ASSERT_OK(Append(engine_.held()));
  auto subscription = engine_.store().Subscribe();
  ASSERT_OK(subscription);
  EXPECT_THAT(Take(**subscription, 3), ElementsAre(0, 1, 2));
  engine_.StopServing();
  for (int i = 0; i < 2; ++i) ASSERT_OK(Append(engine_.held()));
  std::thread back([&] {
    absl::SleepFor(absl::Milliseconds(50));
    engine_.Serve();
  });
  EXPECT_THAT(Take(**subscription, 2), ElementsAre(3, 4));
  back.join();
}

TEST_F(HolderGoneTest, ADurableOneNeitherRepeatsNorSkipsWhatItWasGiven) {
  for (int i = 0; i < 4; ++i) ASSERT_OK(Append(engine_.held()));
  SubscribeOptions options;
  options.name = "s";
  options.batch_count_max = 2;
  auto subscription = engine_.store().Subscribe(options);
  ASSERT_OK(subscription);
  EXPECT_THAT(Take(**subscription, 2), ElementsAre(0, 1));
  EXPECT_OK((*subscription)->Acknowledge(Position(0)));
  engine_.StopServing();
  engine_.Serve();
  EXPECT_THAT(Take(**subscription, 2), ElementsAre(2, 3));
  // What was given before may still be acknowledged.
  EXPECT_OK((*subscription)->Acknowledge(Position(1)));
  EXPECT_EQ(engine_.held().GetSubscription("s")->checkpoint, Position(2));
  engine_.StopServing();
  engine_.Serve();
  EXPECT_OK((*subscription)->Acknowledge());
  EXPECT_EQ(engine_.held().GetSubscription("s")->checkpoint, Position(4));
}

TEST_F(HolderGoneTest, APushSubscriptionOnAnExecutorGoesOnToo) {
  const std::shared_ptr<Executor> executor = Executor::Threads(1);
  std::atomic<int> handled = 0;
  SubscribeOptions options;
  options.name = "s";
  auto subscription = PushSubscription::Start(
      engine_.store(), options,
      [&](const EventBatch& batch) {
        handled += static_cast<int>(batch.events.size());
        return absl::OkStatus();
      },
      {.executor = executor});
  ASSERT_OK(subscription);
  for (int round = 1; round <= 3; ++round) {
    ASSERT_OK(Append(engine_.held()));
    while (handled < round && (*subscription)->status().ok()) {
      absl::SleepFor(absl::Milliseconds(1));
    }
    ASSERT_OK((*subscription)->status());
    engine_.StopServing();
    engine_.Serve();
  }
  EXPECT_EQ(handled, 3);
}

TEST_F(HolderGoneTest, ASubscriptionGivesUpWhenNobodyComesBack) {
  RemoteEngine engine({}, {}, kImpatient);
  auto subscription = engine.store().Subscribe();
  ASSERT_OK(subscription);
  engine.StopServing();
  EXPECT_THAT((*subscription)->Next(kSoon), StatusIs(kUnavailable));
  engine.Serve();
  ASSERT_OK(Append(engine.held()));
  EXPECT_THAT(Take(**subscription, 1), ElementsAre(0));
}

// It serves still, and ends every call.
TEST_F(HolderGoneTest, AHolderThatClosedItsStoreIsAsGoodAsNone) {
  RemoteEngine engine({}, {}, kImpatient);
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Subscription> subscription,
                       engine.store().Subscribe());

  ASSERT_OK(engine.held().Close(absl::Minutes(1)));

  EXPECT_THAT(subscription->Next(kSoon), StatusIs(kUnavailable));
}

TEST_F(HolderGoneTest, ClosingDoesNotWaitForWhoeverLooksForTheHolder) {
  RemoteEngine engine({}, {}, {.connect_timeout = absl::Seconds(3)});
  engine.StopServing();
  // Somebody connects, and nobody answers.
  const auto listening = ListenIn(*OpenFolder(engine.path()));
  ASSERT_OK(listening);
  std::atomic<bool> has_given_up = false;
  std::thread caller([&] {
    EXPECT_THAT(engine.store().Tree(), StatusIs(kUnavailable));
    EXPECT_THAT(engine.store().Tree(), StatusIs(kUnavailable));
    has_given_up = true;
  });
  absl::SleepFor(absl::Milliseconds(50));
  EXPECT_OK(engine.store().Close(absl::Minutes(1)));
  EXPECT_FALSE(has_given_up);
  caller.join();
}

TEST_F(HolderGoneTest, ReadyIsCalledAlsoAfterANextThatFoundNothing) {
  auto subscription = engine_.store().Subscribe();
  ASSERT_OK(subscription);
  std::atomic<bool> ready = false;
  (*subscription)->NotifyWhenReady([&] { ready = true; });
  EXPECT_THAT((*subscription)->Next(absl::ZeroDuration())->events, IsEmpty());
  ASSERT_OK(Append(engine_.held()));
  while (!ready) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_THAT(Take(**subscription, 1), ElementsAre(0));
}

// --- In a process of its own

int ServeUntilKilled(const std::map<std::string, std::string>& arguments) {
  auto store = EventStore::Open(arguments.at("store"), {});
  if (!store.ok()) return 2;
  auto server = StoreServer::Start(**store, arguments.at("store"));
  if (!server.ok()) return 3;
  while (true) absl::SleepFor(absl::Seconds(1));
}

const bool kRegistered = testing::RegisterChild("serve", ServeUntilKilled);

std::unique_ptr<EventStore> Connect(const std::string& path,
                                    const RemoteOptions& options = {}) {
  while (true) {
    auto store = RemoteStore::Connect(path, options);
    if (store.ok()) return *std::move(store);
    absl::SleepFor(absl::Milliseconds(5));
  }
}

// --- Stopped

class HolderStoppedTest : public ::testing::Test {
 protected:
  HolderStoppedTest() { Start(); }

  void Start() {
    holder_.emplace("serve",
                    std::map<std::string, std::string>{{"store", path()}},
                    folder_ / "output");
  }
  void Stop() { kill(holder_->pid(), SIGSTOP); }
  void Kill() {
    holder_->Kill();
    holder_->Wait();
  }
  std::string path() const { return folder_ / "store"; }
  static AppendRequest AnAppend() {
    AppendRequest request;
    request.events = {{"a", {.type = "t"}}};
    return request;
  }

  // Where nothing but the call itself can end it.
  static constexpr RemoteOptions kPatient{.answer_timeout =
                                              absl::InfiniteDuration()};

  TemporaryFolder folder_;
  std::optional<ChildProcess> holder_;
};

TEST_F(HolderStoppedTest, IsGoneForWhoeverWaitsForIt) {
  const auto store = Connect(path(), {.connect_timeout = absl::Seconds(1),
                                      .reconnect_timeout = absl::ZeroDuration(),
                                      .answer_timeout = absl::Seconds(1)});
  const auto subscription = store->Subscribe();
  ASSERT_OK(subscription);
  Stop();
  // More than what fits into a socket that nobody reads from.
  AppendRequest large = AnAppend();
  large.events[0].event.payload = std::string(8 << 20, 'x');
  const auto appended = store->Append(large);
  EXPECT_THAT(appended, StatusIs(absl::StatusCode::kUnknown));
  EXPECT_EQ(GetAppendOutcome(appended.status()), AppendOutcome::kUnknown);
  EXPECT_THAT((*subscription)->Next(absl::InfiniteDuration()),
              StatusIs(kUnavailable));
  EXPECT_THAT(store->Tree(), StatusIs(kUnavailable));
}

TEST_F(HolderStoppedTest, NobodyWaitsForItToClose) {
  const auto store = Connect(path(), kPatient);
  const auto subscription = store->Subscribe();
  ASSERT_OK(subscription);
  Stop();
  std::optional<AppendOutcome> outcome;
  store->AppendAsync(AnAppend(),
                     [&](const absl::StatusOr<AppendResult>& result) {
                       outcome = GetAppendOutcome(result.status());
                     });
  EXPECT_OK(store->Close(absl::Milliseconds(100)));
  EXPECT_EQ(outcome, AppendOutcome::kUnknown);
}

TEST_F(HolderStoppedTest, WhatIsAppendedWhileTheStoreClosesIsOverWhenItHas) {
  std::atomic<int> unanswered = 0;
  std::atomic<bool> is_closed = false;
  const auto store = Connect(path(), kPatient);
  Stop();
  std::thread appender([&] {
    while (!is_closed) {
      ++unanswered;
      store->AppendAsync(AnAppend(),
                         [&](const absl::StatusOr<AppendResult>& result) {
                           if (absl::IsUnavailable(result.status()))
                             is_closed = true;
                           --unanswered;
                         },
                         {.queue_timeout = absl::ZeroDuration()});
    }
  });
  while (unanswered < 10) std::this_thread::yield();
  EXPECT_OK(store->Close(absl::Milliseconds(100)));
  // The one that is being refused.
  EXPECT_LE(unanswered, 1);
  appender.join();
  EXPECT_EQ(unanswered, 0);
}

TEST_F(HolderStoppedTest, ASubscriptionThatBeginsEndsWithTheStore) {
  const auto store = Connect(path(), kPatient);
  Stop();
  std::thread subscriber(
      [&] { EXPECT_THAT(store->Subscribe(), StatusIs(kUnavailable)); });
  absl::SleepFor(absl::Milliseconds(50));
  EXPECT_OK(store->Close(absl::Milliseconds(100)));
  subscriber.join();
}

TEST_F(HolderStoppedTest, NextWaitsNoLongerThanItIsTold) {
  const auto store = Connect(path(), kPatient);
  const auto subscription = store->Subscribe();
  ASSERT_OK(subscription);
  Kill();
  while (store->Tree().ok()) {
  }
  Start();
  while (!store->Tree().ok()) {
  }
  Stop();
  // Begins anew, and nobody says that it has.
  const auto batch = (*subscription)->Next(absl::Milliseconds(100));
  ASSERT_OK(batch);
  EXPECT_THAT(batch->events, IsEmpty());
  EXPECT_OK(store->Close(absl::Milliseconds(100)));
}

// --- Killed

// Appends with keys until the holder is killed, again and again: what was
// acknowledged is there, what was "not appended" is not, and a retry makes the
// rest sure. A subscriber sees each event once.
TEST(HolderKilledTest, NothingAcknowledgedIsLostAndNoSubscriberMissesAnything) {
  FaultRun run;
  const TemporaryFolder folder;
  const std::string path = folder / "store";
  std::unique_ptr<EventStore> store;
  std::unique_ptr<Subscription> subscription;
  uint64_t next_key = 0;
  uint64_t next_position = 0;
  uint64_t unknown = 0;
  while (run.More()) {
    ChildProcess child("serve", {{"store", path}}, folder / "output");
    if (store == nullptr) {
      store = Connect(path);
      subscription = *store->Subscribe();
    } else {
      Connect(path);
    }
    Mutex mutex;
    std::vector<std::string> retry;
    std::vector<std::string> absent;
    std::atomic<int> pending = 0;
    std::atomic<bool> stop = false;
    std::thread appender([&] {
      while (!stop) {
        if (pending > 100) {
          std::this_thread::yield();
          continue;
        }
        AppendRequest request;
        request.events = {{"a", {.type = "t"}}};
        request.key = absl::StrCat("k", next_key++);
        ++pending;
        store->AppendAsync(
            request,
            [&, key = request.key](const absl::StatusOr<AppendResult>& result) {
              const auto outcome = GetAppendOutcome(result.status());
              EXPECT_EQ(outcome.has_value(), !result.ok());
              MutexLock lock(&mutex);
              if (outcome == AppendOutcome::kUnknown) retry.push_back(key);
              if (outcome == AppendOutcome::kNotAppended) absent.push_back(key);
              --pending;
            });
      }
    });
    absl::SleepFor(absl::Milliseconds(20 + Draw(run.random(), 200)));
    child.Kill();
    child.Wait();
    absl::SleepFor(absl::Milliseconds(5));
    stop = true;
    appender.join();
    while (pending > 0) std::this_thread::yield();
    unknown += retry.size();

    ChildProcess again("serve", {{"store", path}}, folder / "output");
    Connect(path);
    for (const std::string& key : absent) {
      // Looks at the store anew where the connection is found broken.
      absl::StatusOr<AppendResult> found = store->FindAppend(key);
      if (absl::IsUnavailable(found.status())) found = store->FindAppend(key);
      ASSERT_THAT(found, StatusIs(absl::StatusCode::kNotFound));
    }
    for (const std::string& key : retry) {
      AppendRequest request;
      request.events = {{"a", {.type = "t"}}};
      request.key = key;
      ASSERT_OK(store->Append(request));
    }
    const uint64_t head = store->Head().value();
    while (next_position < head) {
      const auto batch = subscription->Next(kSoon);
      ASSERT_OK(batch);
      for (const EventView& event : batch->events) {
        ASSERT_EQ(event.position.value(), next_position++);
      }
    }
    again.Kill();
    again.Wait();
  }
  run.Report(absl::StrCat("kills, ", next_position, " events, ", unknown,
                          " of unknown outcome"));
}

}  // namespace
}  // namespace daybook
