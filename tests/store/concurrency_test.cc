// Many threads on one store, and many stores on few threads: what only races
// can break. Run it under ThreadSanitizer too (tools/dev tsan).
//
// DAYBOOK_FAULT_SECONDS, DAYBOOK_SEED: tests/testing/fault_run.h.
// DAYBOOK_RACES: rounds of the races (default 100; 1000 when seconds >= 30).

#include <atomic>
#include <barrier>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "daybook/store/errors.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/fault_workload.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

using ::testing::AnyOf;
using testing::CheckStore;
using testing::Draw;
using testing::FaultRun;
using testing::IsOk;
using testing::OneIn;
using testing::Random;
using testing::StatusIs;
using testing::StoredAppends;
using testing::TemporaryFolder;
using testing::Workload;

constexpr int kRacers = 16;

class ConcurrencyTest : public ::testing::Test {
 protected:
  static StoreOptions Options() {
    StoreOptions options;
    options.durability = Durability::None();
    options.memory_budget = MemoryBudget::Create(16 << 20);
    return options;
  }

  std::unique_ptr<EventStore> Open(const StoreOptions& options = Options(),
                                   std::string_view name = "store") {
    auto store = EventStore::Open(folder_ / name, options);
    EXPECT_OK(store);
    return *std::move(store);
  }

  static int Rounds(const FaultRun& run) {
    if (const char* text = std::getenv("DAYBOOK_RACES")) return std::atoi(text);
    return run.budget() >= absl::Seconds(30) ? 1000 : 100;
  }

  // `kRacers` threads each append what `make` gives for the round, all at
  // once; `judge` sees the results.
  using Results = std::vector<absl::StatusOr<AppendResult>>;
  static void Race(
      EventStore& store, int rounds,
      const std::function<AppendRequest(int round, int racer)>& make,
      const std::function<void(int round, Results&)>& judge);

  TemporaryFolder folder_;
};

void ConcurrencyTest::Race(EventStore& store, int rounds,
                           const std::function<AppendRequest(int, int)>& make,
                           const std::function<void(int, Results&)>& judge) {
  Results results(kRacers, absl::UnknownError("did not run"));
  int round = 0;
  std::barrier start(kRacers);
  std::barrier finish(kRacers, [&]() noexcept { judge(round++, results); });
  std::vector<std::thread> threads;
  for (int racer = 0; racer < kRacers; ++racer) {
    threads.emplace_back([&, racer] {
      for (int i = 0; i < rounds; ++i) {
        const AppendRequest request = make(i, racer);
        start.arrive_and_wait();
        results[racer] = store.Append(request);
        finish.arrive_and_wait();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

NewEvent Seat(int round, int racer) {
  return {.type = "seat-reserved",
          .payload = absl::StrCat(racer),
          .tags = {absl::StrCat("seat:", round)}};
}

void ExpectOneWinner(const std::vector<absl::StatusOr<AppendResult>>& results) {
  int winners = 0;
  for (const auto& result : results) {
    if (result.ok()) {
      ++winners;
    } else {
      EXPECT_THAT(result, StatusIs(absl::StatusCode::kAborted));
      EXPECT_EQ(GetAppendOutcome(result.status()), AppendOutcome::kNotAppended);
    }
  }
  EXPECT_EQ(winners, 1);
}

TEST_F(ConcurrencyTest, OfSixteenWithOneConditionOneWins) {
  const FaultRun run;
  const auto store = Open();
  const int rounds = Rounds(run);
  Race(
      *store, rounds,
      [](int round, int racer) {
        AppendRequest request;
        request.events.push_back(
            {absl::StrCat("racer-", racer), Seat(round, racer)});
        AppendCondition condition;
        condition.fail_if_matches.items.push_back(
            {.tags = {absl::StrCat("seat:", round)}});
        request.condition = condition;
        return request;
      },
      [](int, Results& results) { ExpectOneWinner(results); });
  EXPECT_EQ(store->Head(), Position(static_cast<uint64_t>(rounds)));
  run.Report(absl::StrCat(rounds, " races"));
}

TEST_F(ConcurrencyTest, OfSixteenThatExpectOneRevisionOneWins) {
  const FaultRun run;
  const auto store = Open();
  const int rounds = Rounds(run);
  Race(
      *store, rounds,
      [](int round, int racer) {
        AppendRequest request;
        request.events.push_back({"seats", Seat(round, racer)});
        request.expectations.push_back(
            {"seats", round == 0 ? ExpectedRevision::NoStream()
                                 : ExpectedRevision::Exactly(Revision(
                                       static_cast<uint64_t>(round - 1)))});
        return request;
      },
      [](int, Results& results) { ExpectOneWinner(results); });
  EXPECT_EQ(store->Head(), Position(static_cast<uint64_t>(rounds)));
  run.Report(absl::StrCat(rounds, " races"));
}

TEST_F(ConcurrencyTest, SixteenWithOneKeyAppendOnce) {
  const FaultRun run;
  const auto store = Open();
  const int rounds = Rounds(run);
  Race(
      *store, rounds,
      [](int round, int) {
        AppendRequest request;
        request.events.push_back(
            {absl::StrCat("s-", round % 7), Seat(round, 0)});
        request.key = absl::StrCat("key ", round);
        request.result = absl::StrCat("result ", round);
        return request;
      },
      [](int round, Results& results) {
        int written = 0;
        for (const auto& result : results) {
          EXPECT_OK(result);
          if (!result.ok()) continue;
          EXPECT_EQ(result->first_position.value(), round);
          EXPECT_EQ(result->result, absl::StrCat("result ", round));
          if (!result->repeated) ++written;
        }
        EXPECT_EQ(written, 1);
      });
  EXPECT_EQ(store->Head(), Position(static_cast<uint64_t>(rounds)));
  run.Report(absl::StrCat(rounds, " races"));
}

// The index takes over keys and streams all the while, and the cache of
// streams is far too small.
TEST_F(ConcurrencyTest, RacesHoldWhileTheIndexTakesOver) {
  FaultRun run;
  StoreOptions options = Options();
  options.stream_cache_count = 4;
  const auto store = Open(options);
  std::atomic<bool> done = false;
  std::thread indexer([&] {
    while (!done) store->WaitForIndexes(absl::Seconds(5)).IgnoreError();
  });
  const int rounds = Rounds(run);
  Race(
      *store, rounds,
      [](int round, int racer) {
        AppendRequest request;
        // Half the racers retry the round before.
        const int of = racer % 2 == 0 ? round : std::max(0, round - 1);
        const std::string stream = absl::StrCat("s-", of);
        request.events.push_back({stream, Seat(of, 0)});
        request.expectations.push_back({stream, ExpectedRevision::NoStream()});
        request.key = absl::StrCat("key ", of);
        return request;
      },
      [](int, Results& results) {
        for (const auto& result : results) EXPECT_OK(result);
      });
  done = true;
  indexer.join();
  EXPECT_EQ(store->Head(), Position(static_cast<uint64_t>(rounds)));
  run.Report(absl::StrCat(rounds, " races"));
}

TEST_F(ConcurrencyTest, ATailingReaderSeesEveryEventOnceAndInOrder) {
  FaultRun run;
  const Workload workload(run.seed(), 2000);
  const auto store = Open();
  std::atomic<bool> done = false;
  std::atomic<uint64_t> appended = 0;
  std::vector<std::thread> appenders;
  for (uint32_t writer = 0; writer < 8; ++writer) {
    appenders.emplace_back([&, writer] {
      for (uint64_t n = 0; !done; ++n) {
        const auto result = store->Append(workload.Make({writer, n}));
        ASSERT_OK(result);
        ++appended;
        // What was acknowledged is there for whoever asks next.
        EXPECT_GT(store->Head(), result->last_position);
      }
    });
  }
  std::atomic<uint64_t> log_read = 0;
  std::thread log_reader([&] {
    uint64_t next = 0;
    while (!done) {
      auto cursor = store->ReadLog({.from = Position(next)});
      ASSERT_OK(cursor);
      while (cursor->Next()) {
        ASSERT_EQ(cursor->event().position.value(), next);
        ++next;
      }
      ASSERT_OK(cursor->status());
      ASSERT_EQ(next, cursor->snapshot_head().value());
    }
    log_read = next;
  });
  std::thread stream_reader([&] {
    uint64_t next = 0;
    while (!done) {
      auto cursor = store->ReadStream("shared-3", {.from = Revision(next)});
      if (absl::IsNotFound(cursor.status())) continue;
      ASSERT_OK(cursor);
      while (cursor->Next()) {
        ASSERT_EQ(cursor->event().revision.value(), next);
        ASSERT_EQ(cursor->event().stream, "shared-3");
        ++next;
      }
      ASSERT_OK(cursor->status());
    }
  });
  std::thread query_reader([&] {
    Query query;
    query.items.push_back({.types = {"type-2"}, .tags = {"writer:3"}});
    uint64_t from = 0;
    while (!done) {
      auto cursor = store->ReadQuery(query, {.from = Position(from)});
      ASSERT_OK(cursor);
      std::vector<uint64_t> found, scanned;
      while (cursor->Next()) found.push_back(cursor->event().position.value());
      ASSERT_OK(cursor->status());
      const Position head = cursor->snapshot_head();
      if (head.value() == from) continue;
      auto log =
          store->ReadLog({.from = Position(from), .to = head.Previous()});
      ASSERT_OK(log);
      while (log->Next()) {
        if (Matches(query, log->event())) {
          scanned.push_back(log->event().position.value());
        }
      }
      ASSERT_OK(log->status());
      ASSERT_EQ(found, scanned);
      from = head.value();
    }
  });
  std::thread head_reader([&] {
    uint64_t last = 0;
    while (!done) {
      const Position durable = store->DurableHead();
      const Position head = store->Head();
      ASSERT_LE(durable, head);
      ASSERT_GE(head.value(), last);
      last = head.value();
      if (last > 0) {
        ASSERT_OK(store->ReadEvent(Position(last - 1)));
      }
      store->Sync().IgnoreError();
    }
  });
  absl::SleepFor(run.budget());
  done = true;
  for (std::thread& thread : appenders) thread.join();
  log_reader.join();
  stream_reader.join();
  query_reader.join();
  head_reader.join();
  ASSERT_OK(CheckStore(*store, workload));
  run.Report(absl::StrCat(appended.load(), " appends, ", log_read.load(),
                          " events tailed"));
}

TEST_F(ConcurrencyTest, TheDurableHeadIsNeverAheadOfTheHead) {
  FaultRun run;
  StoreOptions options = Options();
  options.durability = Durability::Sync();
  const auto store = Open(options);
  std::atomic<bool> done = false;
  std::vector<std::thread> appenders;
  for (int i = 0; i < 3; ++i) {
    appenders.emplace_back([&] {
      while (!done) {
        EXPECT_OK(store->Append("s", ExpectedRevision::Any(),
                                {NewEvent{.type = "t"}}));
      }
    });
  }
  uint64_t ahead = 0;
  while (run.More()) {
    const Position durable = store->DurableHead();
    if (durable > store->Head()) ++ahead;
  }
  done = true;
  for (std::thread& thread : appenders) thread.join();
  EXPECT_EQ(ahead, 0) << "of " << run.rounds();
}

TEST_F(ConcurrencyTest, ManyStoresShareOneThreadAndOneBudget) {
  FaultRun run;
  for (const int threads : {1, 3}) {
    StoreOptions options = Options();
    options.durability = Durability::Interval(absl::Milliseconds(2));
    options.executor = Executor::Threads(threads);
    std::vector<std::unique_ptr<EventStore>> stores;
    for (int i = 0; i < 6; ++i) {
      stores.push_back(Open(options, absl::StrCat("store", threads, i)));
    }
    std::atomic<uint64_t> ended = 0;
    uint64_t begun = 0;
    for (int round = 0; round < 100; ++round) {
      for (const auto& store : stores) {
        AppendRequest request;
        request.events.push_back({"s", {.type = "t"}});
        ++begun;
        store->AppendAsync(request, [&](absl::StatusOr<AppendResult> result) {
          EXPECT_OK(result);
          ++ended;
        });
        EXPECT_OK(store->Append("s", ExpectedRevision::Any(),
                                {NewEvent{.type = "t"}}));
      }
    }
    for (const auto& store : stores) {
      EXPECT_OK(store->WaitForIndexes(absl::Seconds(60)));
      EXPECT_OK(store->Close(absl::Seconds(60)));
      EXPECT_EQ(store->Head(), Position(200));
    }
    EXPECT_EQ(ended, begun);
  }
}

TEST_F(ConcurrencyTest, EveryAppendEndsWhenTheStoreIsClosed) {
  FaultRun run;
  uint64_t appended = 0;
  uint64_t refused = 0;
  while (run.More()) {
    const std::string name = absl::StrCat("store", run.rounds());
    const auto store = Open(Options(), name);
    std::atomic<uint64_t> ok = 0;
    std::atomic<uint64_t> unavailable = 0;
    std::atomic<uint64_t> in_flight = 0;
    const auto note = [&](const absl::StatusOr<AppendResult>& result) {
      if (result.ok()) {
        ++ok;
      } else {
        EXPECT_THAT(result, StatusIs(absl::StatusCode::kUnavailable));
        EXPECT_EQ(GetAppendOutcome(result.status()),
                  AppendOutcome::kNotAppended);
        ++unavailable;
      }
      return result.ok();
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&, i] {
        while (true) {
          AppendRequest request;
          request.events.push_back({absl::StrCat("s-", i), {.type = "t"}});
          if (i % 2 == 0) {
            if (!note(store->Append(request))) return;
          } else {
            ++in_flight;
            std::atomic<bool> failed = false;
            absl::Notification ended;
            store->AppendAsync(request,
                               [&](absl::StatusOr<AppendResult> result) {
                                 failed = !note(result);
                                 ended.Notify();
                               });
            ended.WaitForNotification();
            if (failed) return;
          }
        }
      });
    }
    threads.emplace_back(
        [&] { store->WaitForIndexes(absl::InfiniteDuration()).IgnoreError(); });
    absl::SleepFor(absl::Microseconds(Draw(run.random(), 20'000)));
    const absl::Duration grace =
        OneIn(run.random(), 3) ? absl::ZeroDuration() : absl::Seconds(20);
    const absl::Status closed = store->Close(grace);
    if (grace > absl::ZeroDuration()) {
      EXPECT_OK(closed);
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(store->Head(), Position(ok));
    EXPECT_THAT(store->ReadLog(), StatusIs(absl::StatusCode::kUnavailable));
    appended += ok;
    refused += unavailable;
    // And it is let go of.
    const auto again = Open(Options(), name);
    EXPECT_EQ(again->Head(), Position(ok));
  }
  run.Report(absl::StrCat(run.rounds(), " closings, ", appended, " appends, ",
                          refused, " refused"));
}

TEST_F(ConcurrencyTest, AStoreMayBeDestroyedWithAsyncAppendsUnderWay) {
  FaultRun run;
  while (run.More()) {
    std::atomic<int> ended = 0;
    {
      const auto store = Open();
      for (int i = 0; i < 50; ++i) {
        AppendRequest request;
        request.events.push_back({"s", {.type = "t"}});
        store->AppendAsync(request,
                           [&](absl::StatusOr<AppendResult>) { ++ended; });
      }
      absl::SleepFor(absl::Microseconds(Draw(run.random(), 300)));
    }
    EXPECT_EQ(ended, 50);
  }
  run.Report(absl::StrCat(run.rounds(), " stores destroyed"));
}

TEST_F(ConcurrencyTest, AFullQueueRefusesWhenTheTimeIsUp) {
  StoreOptions options = Options();
  options.queue_count_max = 2;
  // Runs nothing until let go: what is queued stays queued.
  class Stuck final : public Executor {
   public:
    void Schedule(absl::AnyInvocable<void() &&> task) override {
      if (let_go_) {
        threads_->Schedule(std::move(task));
      } else {
        tasks_.push_back(std::move(task));
      }
    }
    void ScheduleAfter(absl::Duration delay,
                       absl::AnyInvocable<void() &&> task) override {
      if (let_go_) threads_->ScheduleAfter(delay, std::move(task));
    }
    void LetGo() {
      let_go_ = true;
      for (auto& task : tasks_) threads_->Schedule(std::move(task));
    }

   private:
    bool let_go_ = false;
    std::vector<absl::AnyInvocable<void() &&>> tasks_;
    const std::unique_ptr<Executor> threads_ = Executor::Threads(1);
  };
  const auto stuck = std::make_shared<Stuck>();
  options.executor = stuck;
  const auto store = Open(options);
  AppendRequest request;
  request.events.push_back({"s", {.type = "t"}});
  int ended = 0;
  int refused = 0;
  for (int i = 0; i < 5; ++i) {
    store->AppendAsync(request,
                       [&](absl::StatusOr<AppendResult> result) {
                         ++ended;
                         if (absl::IsResourceExhausted(result.status()))
                           ++refused;
                       },
                       {.queue_timeout = absl::Milliseconds(5)});
  }
  EXPECT_EQ(refused, 3);
  EXPECT_EQ(ended, 3);
  EXPECT_THAT(store->Append(request, {.queue_timeout = absl::Milliseconds(5)}),
              StatusIs(absl::StatusCode::kResourceExhausted));
  stuck->LetGo();
  EXPECT_OK(store->Close(absl::Seconds(60)));
  EXPECT_EQ(ended, 5);
  EXPECT_EQ(store->Head(), Position(2));
}

TEST_F(ConcurrencyTest, AppendsWaitForTheIndexWhenTheTailIsFull) {
  StoreOptions options = Options();
  options.tail_count_max = 10;
  const auto store = Open(options);
  AppendRequest request;
  for (int i = 0; i < 7; ++i) request.events.push_back({"s", {.type = "t"}});
  for (int i = 0; i < 20; ++i) EXPECT_OK(store->Append(request));
  EXPECT_EQ(store->Head(), Position(140));
  EXPECT_OK(store->WaitForIndexes(absl::Minutes(1)));
}

}  // namespace
}  // namespace daybook
