// Kills a process whose scheduler fires what it schedules and partly cancels,
// with kill -9 at a random moment: in the end each schedule has fired once or
// is cancelled, and what it appends is there once or never.
//
// The child is this binary started afresh.
//
// DAYBOOK_FAULT_SECONDS, DAYBOOK_SEED: tests/testing/fault_run.h.

#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/bus/schedules.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

using testing::ChildProcess;
using testing::Draw;
using testing::FakeClock;
using testing::FaultRun;
using ::testing::IsEmpty;
using testing::OneIn;
using testing::Random;
using testing::TemporaryFolder;

constexpr std::string_view kScheduleStreams = "$schedule-";
constexpr std::string_view kFiredStreams = "fired-";

StoreOptions Options() {
  StoreOptions options;
  options.durability = Durability::Interval(absl::Milliseconds(20));
  options.memory_budget = MemoryBudget::Create(16 << 20);
  return options;
}

// Says what is wrong and ends the child.
int Wrong(const absl::Status& status) {
  std::printf("WRONG: %s\n", status.ToString().c_str());
  std::fflush(stdout);
  std::_Exit(3);
}

int ScheduleUntilKilled(const std::map<std::string, std::string>& arguments) {
  const std::string seed_text = arguments.at("seed");
  uint64_t seed;
  if (!absl::SimpleAtoi(seed_text, &seed)) return 2;
  const auto store = EventStore::Open(arguments.at("store"), Options());
  if (!store.ok()) return Wrong(store.status());
  const auto scheduler = Scheduler::Start(**store);
  if (!scheduler.ok()) return Wrong(scheduler.status());
  const auto schedules = Schedules::Over(**store);
  Random random(seed);
  for (uint64_t i = 0;; ++i) {
    const std::string id = absl::StrCat(seed_text, "x", i);
    const auto added = schedules->Add(
        {.id = id,
         .due = absl::Now() + absl::Milliseconds(Draw(random, 30)),
         .events = {{absl::StrCat("fired-", id), {.type = "happened"}}}});
    if (!added.ok()) return Wrong(added.status());
    absl::SleepFor(absl::Microseconds(Draw(random, 1000)));
    if (OneIn(random, 3)) {
      const auto cancelled = schedules->Cancel(id, "by chance");
      // It may have fired.
      if (!cancelled.ok() && !absl::IsFailedPrecondition(cancelled.status())) {
        return Wrong(cancelled.status());
      }
    }
    if (!(*scheduler)->status().ok()) return Wrong((*scheduler)->status());
  }
}

const bool kRegistered =
    testing::RegisterChild("schedule_kill9", ScheduleUntilKilled);

// What the log has of one schedule.
struct Fate {
  int scheduled = 0;
  int fired = 0;
  int cancelled = 0;
  int appended = 0;
};

std::map<std::string, Fate> FatesIn(EventStore& store) {
  std::map<std::string, Fate> fates;
  auto log = store.ReadLog();
  EXPECT_OK(log);
  if (!log.ok()) return fates;
  for (const EventView& event : *log) {
    if (event.stream.starts_with(kFiredStreams)) {
      ++fates[std::string(event.stream.substr(kFiredStreams.size()))].appended;
    }
    if (!event.stream.starts_with(kScheduleStreams)) continue;
    Fate& fate =
        fates[std::string(event.stream.substr(kScheduleStreams.size()))];
    fate.scheduled += event.type == "$scheduled";
    fate.fired += event.type == "$schedule-fired";
    fate.cancelled += event.type == "$schedule-cancelled";
  }
  EXPECT_OK(log->status());
  return fates;
}

TEST(ScheduleKill9Test, EachScheduleFiresOnceOrIsCancelled) {
  FaultRun run;
  const TemporaryFolder folder;
  uint64_t kills = 0;
  while (run.More()) {
    ChildProcess child("schedule_kill9",
                       {{"store", folder / "store"},
                        {"seed", absl::StrCat(run.random()() % 1'000'000'000)}},
                       folder / "output");
    absl::SleepFor(absl::Milliseconds(100 + Draw(run.random(), 400)));
    child.Kill();
    const int status = child.Wait();
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        << "the child ended by itself: " << status << "\n"
        << child.Output() << run.Replay();
    ++kills;
  }
  const auto store = EventStore::Open(folder / "store", Options());
  ASSERT_OK(store);
  // All that is left is due by then.
  FakeClock later(absl::Now() + absl::Minutes(1));
  const auto schedules = Schedules::Over(**store, {.clock = &later});
  const auto last = schedules->FireDue();
  ASSERT_OK(last) << run.Replay();
  EXPECT_OK(last->problem) << run.Replay();
  EXPECT_THAT(*schedules->Pending(100), IsEmpty()) << run.Replay();
  const std::map<std::string, Fate> fates = FatesIn(**store);
  uint64_t fired_count = 0;
  for (const auto& [id, fate] : fates) {
    EXPECT_EQ(fate.scheduled, 1) << id << run.Replay();
    EXPECT_EQ(fate.fired + fate.cancelled, 1) << id << run.Replay();
    EXPECT_EQ(fate.appended, fate.fired) << id << run.Replay();
    fired_count += fate.fired;
  }
  run.Report(absl::StrCat(kills, " kills, ", fired_count, " of ", fates.size(),
                          " schedules fired, ", last->fired_count,
                          " of them in the end"));
}

}  // namespace
}  // namespace daybook
