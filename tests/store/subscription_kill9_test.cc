// Kills a process whose durable subscription handles what it appends, with kill
// -9 at a random moment, or lets it close. Handled at least once, in order;
// never given again what was acknowledged before a clean close; never a
// checkpoint beyond what was acknowledged.
//
// The child is this binary started afresh. It notes in a file mapped by both
// what it handled and acknowledged, and looks at that itself when it goes on.
//
// DAYBOOK_FAULT_SECONDS, DAYBOOK_SEED: tests/testing/fault_run.h.

#include <sys/wait.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <map>
#include <string>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/mapped.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

using testing::ChildProcess;
using testing::Draw;
using testing::FaultRun;
using testing::OneIn;
using testing::Random;
using testing::TemporaryFolder;

// Outlives the child.
struct Ledger {
  // Every event below was handled at least once, and acknowledged.
  std::atomic<uint64_t> handled;
  std::atomic<uint64_t> acknowledged;
  // The last one closed its store.
  std::atomic<uint64_t> closed;
  std::atomic<uint64_t> handed_out_again;
  // Asks the child to close.
  std::atomic<uint64_t> please_close;
};

using MappedLedger = testing::Mapped<Ledger>;

// Says what is wrong and ends the child.
int Wrong(const std::string& what) {
  std::printf("WRONG: %s\n", what.c_str());
  return 3;
}

int HandleUntilKilled(const std::map<std::string, std::string>& arguments) {
  MappedLedger ledger(arguments.at("ledger"));
  uint64_t seed;
  if (!absl::SimpleAtoi(arguments.at("seed"), &seed)) return 2;
  StoreOptions options;
  options.durability = Durability::Interval(absl::Milliseconds(20));
  options.memory_budget = MemoryBudget::Create(16 << 20);
  auto store = EventStore::Open(arguments.at("store"), options);
  if (!store.ok()) return Wrong(store.status().ToString());
  SubscribeOptions subscribe;
  subscribe.name = "handler";
  subscribe.batch_count_max = 7;
  auto subscription = (*store)->Subscribe(subscribe);
  if (!subscription.ok()) return Wrong(subscription.status().ToString());

  const uint64_t begin = (*subscription)->next_position().value();
  if (begin > ledger->acknowledged) {
    return Wrong(absl::StrCat("goes on at ", begin, ", acknowledged was ",
                              ledger->acknowledged.load()));
  }
  if (ledger->closed.exchange(0) != 0 && begin != ledger->acknowledged) {
    return Wrong(absl::StrCat("after a clean close it goes on at ", begin,
                              ", acknowledged was ",
                              ledger->acknowledged.load()));
  }
  ledger->handed_out_again += ledger->handled - begin;

  std::atomic<bool> stopped = false;
  std::thread appender([&] {
    Random random(seed);
    while (!stopped) {
      std::vector<NewEvent> events(1 + Draw(random, 5));
      for (NewEvent& event : events) event.type = "happened";
      (*store)->Append("stream", ExpectedRevision::Any(), events).IgnoreError();
      if (OneIn(random, 10)) {
        absl::SleepFor(absl::Microseconds(Draw(random, 500)));
      }
    }
  });
  Random random(seed + 1);
  uint64_t next = begin;
  while (ledger->please_close == 0) {
    const auto batch = (*subscription)->Next(absl::Milliseconds(20));
    if (!batch.ok()) return Wrong(batch.status().ToString());
    for (const EventView& event : batch->events) {
      if (event.position.value() != next++) return Wrong("not the next event");
      if (ledger->handled < next) ledger->handled = next;
    }
    // Noted before it can be in the store.
    if (OneIn(random, 5)) continue;
    if (ledger->acknowledged < next) ledger->acknowledged = next;
    const absl::Status status = (*subscription)->Acknowledge();
    if (!status.ok()) return Wrong(status.ToString());
  }
  stopped = true;
  appender.join();
  const absl::Status closed = (*store)->Close(absl::Minutes(1));
  if (!closed.ok()) return Wrong(closed.ToString());
  ledger->closed = 1;
  return 0;
}

const bool kRegistered =
    testing::RegisterChild("subscription_kill9", HandleUntilKilled);

TEST(SubscriptionKill9Test, HandledAtLeastOnceAndNotAgainAfterACleanClose) {
  FaultRun run;
  const TemporaryFolder folder;
  MappedLedger ledger(folder / "ledger");
  uint64_t kills = 0;
  uint64_t closes = 0;
  while (run.More()) {
    ChildProcess child("subscription_kill9",
                       {{"store", folder / "store"},
                        {"ledger", folder / "ledger"},
                        {"seed", absl::StrCat(run.random()() % 1'000'000)}},
                       folder / "output");
    const uint64_t before = ledger->acknowledged;
    const absl::Time patience = absl::Now() + absl::Seconds(60);
    while (ledger->acknowledged == before && absl::Now() < patience &&
           !child.HasEnded()) {
      absl::SleepFor(absl::Milliseconds(1));
    }
    absl::SleepFor(absl::Milliseconds(Draw(run.random(), 200)));
    if (OneIn(run.random(), 3)) {
      ledger->please_close = 1;
      ASSERT_EQ(child.Wait(), 0) << child.Output();
      ledger->please_close = 0;
      ++closes;
      continue;
    }
    child.Kill();
    const int status = child.Wait();
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        << "the child ended by itself: " << status << "\n"
        << child.Output();
    ++kills;
  }
  run.Report(absl::StrCat(kills, " kills, ", closes, " closes, ",
                          ledger->handled.load(), " events handled, ",
                          ledger->handed_out_again.load(), " of them again"));
}

}  // namespace
}  // namespace daybook
