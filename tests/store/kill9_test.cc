// Kills a process that appends, with kill -9 at a random moment, and looks at
// what it left. Whatever the durability nothing acknowledged may be missing,
// since what was written is in the page cache; nothing may be there half or
// twice; a retry of what was not acknowledged stores it once; and rows, those
// that ride on appends and those that do not, are as the log says.
//
// The child is this binary started afresh. Writers note in a file mapped by
// both what they began and what was acknowledged. A store goes through several
// kills, some while it is being made or recovered.
//
// DAYBOOK_FAULT_SECONDS, DAYBOOK_SEED: tests/testing/fault_run.h.

#include <sys/wait.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/fault_workload.h"
#include "tests/testing/mapped.h"
#include "tests/testing/row_workload.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

using testing::AppendId;
using testing::CheckLog;
using testing::CheckRows;
using testing::CheckStore;
using testing::ChildProcess;
using testing::Draw;
using testing::FaultRun;
using testing::OneIn;
using testing::Random;
using testing::RowChain;
using testing::StoredAppends;
using testing::TemporaryFolder;
using testing::Workload;

constexpr uint32_t kWriters = 5;
// The last writer appends asynchronously, this many at once.
constexpr uint32_t kAsyncWriter = kWriters - 1;
constexpr uint64_t kInFlightMax = 16;
constexpr uint64_t kAppendsMax = 20'000;

// What the child says to its parent, in shared memory that outlives it.
struct Ledger {
  struct Writer {
    // Appends below this were begun.
    std::atomic<uint64_t> begun;
    // By number: 0, or first position + 1 once acknowledged.
    std::array<std::atomic<uint64_t>, kAppendsMax> acknowledged;
  };
  std::atomic<uint64_t> acknowledged_count;
  std::atomic<uint64_t> failures;
  // Batches of the chain of rows that were acknowledged.
  std::atomic<uint64_t> row_batches;
  std::array<Writer, kWriters> writers;
};

using MappedLedger = testing::Mapped<Ledger>;

Durability DurabilityNamed(const std::string& name) {
  if (name == "Anchored") return Durability::Anchored();
  if (name == "Interval") return Durability::Interval(absl::Milliseconds(20));
  if (name == "None") return Durability::None();
  return Durability::Sync();
}

StoreOptions OptionsFor(const std::string& durability) {
  StoreOptions options;
  options.durability = DurabilityNamed(durability);
  // A small budget flushes the log's write buffer within a round.
  options.memory_budget = MemoryBudget::Create(16 << 20);
  return options;
}

// --- The child ---------------------------------------------------------------

class Appender {
 public:
  Appender(EventStore& store, Ledger& ledger, uint64_t seed)
      : store_(store), ledger_(ledger), workload_(seed) {}

  void AppendForEver(uint32_t writer) {
    Ledger::Writer& mine = ledger_.writers[writer];
    for (uint64_t n = mine.begun; n < kAppendsMax; ++n) {
      mine.begun = n + 1;
      Note(writer, n, store_.Append(workload_.Make({writer, n})));
    }
  }

  void AppendAsyncForEver() {
    std::atomic<uint64_t> in_flight = 0;
    Ledger::Writer& mine = ledger_.writers[kAsyncWriter];
    for (uint64_t n = mine.begun; n < kAppendsMax; ++n) {
      while (in_flight >= kInFlightMax) std::this_thread::yield();
      mine.begun = n + 1;
      ++in_flight;
      store_.AppendAsync(workload_.Make({kAsyncWriter, n}),
                         [&, n](absl::StatusOr<AppendResult> result) {
                           Note(kAsyncWriter, n, result);
                           --in_flight;
                         });
    }
    while (in_flight > 0) std::this_thread::yield();
  }

 private:
  void Note(uint32_t writer, uint64_t n,
            const absl::StatusOr<AppendResult>& result) {
    if (!result.ok()) {
      ++ledger_.failures;
      return;
    }
    ledger_.writers[writer].acknowledged[n] =
        result->first_position.value() + 1;
    ++ledger_.acknowledged_count;
  }

  EventStore& store_;
  Ledger& ledger_;
  const Workload workload_;
};

void WriteRowsForEver(EventStore& store, Ledger& ledger, uint64_t seed) {
  Random random(seed);
  RowChain chain(store);
  if (!chain.Begin().ok()) ++ledger.failures;
  while (true) {
    if (!chain.WriteBatch(random).ok()) ++ledger.failures;
    ledger.row_batches = chain.length();
    if (OneIn(random, 100) && !chain.Load().ok()) ++ledger.failures;
    absl::SleepFor(absl::Microseconds(Draw(random, 500)));
  }
}

int AppendUntilKilled(const std::map<std::string, std::string>& arguments) {
  MappedLedger ledger(arguments.at("ledger"));
  uint64_t seed;
  if (!absl::SimpleAtoi(arguments.at("seed"), &seed)) return 2;
  auto store = EventStore::Open(arguments.at("store"),
                                OptionsFor(arguments.at("durability")));
  if (!store.ok()) {
    std::printf("%s\n", store.status().ToString().c_str());
    return 3;
  }
  if (const absl::Status status = testing::AttachCounter(**store);
      !status.ok()) {
    std::printf("%s\n", status.ToString().c_str());
    return 3;
  }
  Appender appender(**store, *ledger.operator->(), seed);
  std::vector<std::thread> threads;
  for (uint32_t writer = 0; writer < kAsyncWriter; ++writer) {
    threads.emplace_back([&, writer] { appender.AppendForEver(writer); });
  }
  threads.emplace_back([&] { appender.AppendAsyncForEver(); });
  threads.emplace_back(
      [&] { WriteRowsForEver(**store, *ledger.operator->(), seed); });
  threads.emplace_back([&] {
    while (true) {
      absl::SleepFor(absl::Milliseconds(15));
      (*store)->Sync().IgnoreError();
      (*store)->WaitForIndexes(absl::Milliseconds(5)).IgnoreError();
    }
  });
  for (std::thread& thread : threads) thread.join();
  return 4;
}

const bool kRegistered = testing::RegisterChild("kill9", AppendUntilKilled);

// --- The parent --------------------------------------------------------------

class Kill9Test : public ::testing::TestWithParam<std::string> {
 protected:
  // One store's life; true to go on with another.
  void LiveAndDie(FaultRun& run);
  void KillAppenders(FaultRun& run, const TemporaryFolder& folder,
                     uint64_t seed);
  void Check(const std::string& path, MappedLedger& ledger, uint64_t seed);
  void CheckAcknowledged(MappedLedger& ledger, const StoredAppends& stored);
  void Retry(EventStore& store, MappedLedger& ledger, const Workload& workload,
             const StoredAppends& stored);

  uint64_t kills_ = 0;
  uint64_t checks_ = 0;
  uint64_t acknowledged_ = 0;
  uint64_t retried_stored_ = 0;
  uint64_t retried_missing_ = 0;
};

void Kill9Test::KillAppenders(FaultRun& run, const TemporaryFolder& folder,
                              uint64_t seed) {
  ChildProcess child("kill9",
                     {{"store", folder / "store"},
                      {"ledger", folder / "ledger"},
                      {"seed", absl::StrCat(seed)},
                      {"durability", GetParam()}},
                     folder / "output");
  MappedLedger ledger(folder / "ledger");
  // One in four is killed wherever it is, the others once they append.
  if (!OneIn(run.random(), 4)) {
    const uint64_t before = ledger->acknowledged_count;
    const absl::Time patience = absl::Now() + absl::Seconds(60);
    while (ledger->acknowledged_count == before && absl::Now() < patience) {
      absl::SleepFor(absl::Microseconds(200));
      if (child.HasEnded()) break;
    }
  }
  absl::SleepFor(absl::Microseconds(Draw(run.random(), 80'000)));
  child.Kill();
  const int status = child.Wait();
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
      << "the child ended by itself: " << status << "\n"
      << child.Output();
  EXPECT_EQ(ledger->failures, 0) << "an append failed without cause";
  ++kills_;
}

void Kill9Test::CheckAcknowledged(MappedLedger& ledger,
                                  const StoredAppends& stored) {
  acknowledged_ = 0;
  for (uint32_t writer = 0; writer < kWriters; ++writer) {
    const Ledger::Writer& noted = ledger->writers[writer];
    for (uint64_t n = 0; n < noted.begun; ++n) {
      if (noted.acknowledged[n] == 0) continue;
      ++acknowledged_;
      const auto found = stored.find({writer, n});
      ASSERT_NE(found, stored.end())
          << "append " << writer << "/" << n << " was acknowledged at "
          << noted.acknowledged[n] - 1 << " and is lost";
      ASSERT_EQ(found->second.value(), noted.acknowledged[n] - 1);
    }
  }
  for (const auto& [id, position] : stored) {
    ASSERT_LT(id.number, ledger->writers[id.writer].begun)
        << "position " << position << " holds what nobody appended";
  }
}

void Kill9Test::Retry(EventStore& store, MappedLedger& ledger,
                      const Workload& workload, const StoredAppends& stored) {
  for (uint32_t writer = 0; writer < kWriters; ++writer) {
    Ledger::Writer& noted = ledger->writers[writer];
    for (uint64_t n = 0; n < noted.begun; ++n) {
      if (noted.acknowledged[n] != 0) continue;
      const AppendRequest request = workload.Make({writer, n});
      if (request.key.empty()) continue;
      const auto found = stored.find({writer, n});
      ASSERT_OK_AND_ASSIGN(const AppendResult result, store.Append(request));
      EXPECT_EQ(result.result, request.result);
      EXPECT_EQ(result.repeated, found != stored.end());
      if (result.repeated) {
        EXPECT_EQ(result.first_position, found->second);
      }
      ++(result.repeated ? retried_stored_ : retried_missing_);
      noted.acknowledged[n] = result.first_position.value() + 1;
    }
  }
}

void Kill9Test::Check(const std::string& path, MappedLedger& ledger,
                      uint64_t seed) {
  const Workload workload(seed);
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store,
                       EventStore::Open(path, OptionsFor(GetParam())));
  ASSERT_OK_AND_ASSIGN(const StoredAppends stored,
                       CheckStore(*store, workload));
  CheckAcknowledged(ledger, stored);
  if (HasFatalFailure()) return;
  ASSERT_OK_AND_ASSIGN(const uint64_t row_batches, CheckRows(*store));
  EXPECT_GE(row_batches, ledger->row_batches) << "lost rows";
  ASSERT_OK(testing::AttachCounter(*store));
  Retry(*store, ledger, workload, stored);
  ASSERT_OK_AND_ASSIGN(const StoredAppends after, CheckLog(*store, workload));
  CheckAcknowledged(ledger, after);
  ASSERT_OK(CheckRows(*store));
  EXPECT_EQ(store->Status().health, absl::OkStatus());
  ++checks_;
}

void Kill9Test::LiveAndDie(FaultRun& run) {
  const TemporaryFolder folder;
  const uint64_t seed = Draw(run.random(), 1'000'000);
  const uint64_t kills = 1 + Draw(run.random(), 6);
  for (uint64_t i = 0; i < kills; ++i) {
    KillAppenders(run, folder, seed);
    if (HasFatalFailure()) return;
    // Now and then the next kill comes before anyone looked.
    if (i + 1 < kills && OneIn(run.random(), 3)) continue;
    MappedLedger ledger(folder / "ledger");
    Check(folder / "store", ledger, seed);
    if (HasFailure()) return;
  }
}

TEST_P(Kill9Test, NothingAcknowledgedIsLostAndNothingIsThereHalfOrTwice) {
  FaultRun run;
  uint64_t stores = 0;
  uint64_t acknowledged = 0;
  while (run.More()) {
    acknowledged_ = 0;
    LiveAndDie(run);
    acknowledged += acknowledged_;
    ++stores;
  }
  run.Report(absl::StrCat(kills_, " kills of ", stores, " stores, ", checks_,
                          " checks, ", acknowledged, " acknowledged appends, ",
                          retried_stored_, " retries found stored, ",
                          retried_missing_, " not"));
}

INSTANTIATE_TEST_SUITE_P(Durability, Kill9Test,
                         ::testing::Values("Sync", "Anchored", "Interval",
                                           "None"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace daybook
