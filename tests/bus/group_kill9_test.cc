// Kills a process whose group handles what it appends, with kill -9 at a random
// moment, or lets it close. Handled at least once, in the order of each lane,
// and parked if it must be; never given again what was acknowledged before a
// clean close; nothing is lost.
//
// The child is this binary started afresh. It notes in a file mapped by both
// what became of each event, before the group is told.
//
// DAYBOOK_FAULT_SECONDS, DAYBOOK_SEED: tests/testing/fault_run.h.

#include <sys/wait.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/bus/groups.h"
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

constexpr uint64_t kStreamCount = 20;
constexpr uint64_t kEventCountMax = 16 << 20;
constexpr int kMemberCount = 3;

// Outlives the child; all zero at first.
struct Ledger {
  std::atomic<uint64_t> handled;
  std::atomic<uint64_t> handled_again;
  std::atomic<uint64_t> parked;
  // Of the child, from 1, and of the first one since the last that was killed.
  std::atomic<uint32_t> run;
  std::atomic<uint32_t> clean_since;
  std::atomic<uint64_t> please_close;
  // Takes nothing new up, and ends when all is done.
  std::atomic<uint64_t> please_drain;
  // Of each stream, how many revisions are done.
  std::array<std::atomic<uint64_t>, kStreamCount> done;
  // By position.
  std::array<std::atomic<uint8_t>, kEventCountMax> is_done;
  // Likewise, the run in which the group was told so; zero: in none.
  std::array<std::atomic<uint32_t>, kEventCountMax> told_in;
};

using MappedLedger = testing::Mapped<Ledger>;

// A member at work.
class Handler {
 public:
  Handler(ConsumerGroup* group, MappedLedger* ledger, uint64_t seed)
      : group_(*group), ledger_(*ledger), random_(seed) {}

  // Until it is told to stop, or nothing is left. Empty, or what is wrong.
  std::string Run() {
    const auto joined = group_.Join("handler");
    if (!joined.ok()) return joined.status().ToString();
    member_ = joined->id;
    int idle_count = 0;
    while (ledger_->please_close == 0) {
      const auto deliveries =
          group_.Poll(member_, 1 + Draw(random_, 8), absl::Milliseconds(20));
      if (!deliveries.ok()) return deliveries.status().ToString();
      for (const Delivery& delivery : *deliveries) {
        std::string wrong = Handle(delivery);
        if (!wrong.empty()) return wrong;
      }
      if (!deliveries->empty()) idle_count = 0;
      if (ledger_->please_drain != 0 && ++idle_count > 10) break;
    }
    return "";
  }

 private:
  std::string Handle(const Delivery& delivery) {
    const uint64_t position = delivery.event->position.value();
    const uint64_t revision = delivery.event->revision.value();
    uint64_t stream;
    if (!absl::SimpleAtoi(delivery.event->stream, &stream)) return "stream";
    const uint64_t done = ledger_->done[stream];
    if (revision > done) {
      return absl::StrCat("revision ", revision, " of ", stream, " after ",
                          done);
    }
    // What was told to one that was killed may come again, even after a clean
    // close if it was not reached before.
    const uint32_t told_in = ledger_->told_in[position];
    if (told_in != 0 && told_in >= ledger_->clean_since) {
      return absl::StrCat("revision ", revision, " of ", stream,
                          " came again in run ", ledger_->run.load(),
                          ", told in run ", told_in);
    }
    if (revision < done) ++ledger_->handled_again;
    if (OneIn(random_, 20)) {
      return Told(group_.Nack(member_, delivery.id,
                              {.retry_after = absl::Milliseconds(1)}));
    }
    // Noted before it can be in the store.
    ledger_->is_done[position] = 1;
    if (revision == done) {
      ledger_->done[stream] = revision + 1;
      ++ledger_->handled;
    }
    if (OneIn(random_, 200)) {
      ++ledger_->parked;
      return Done(position, group_.Park(member_, delivery.id, "poison"));
    }
    return Done(position, group_.Ack(member_, delivery.id));
  }
  std::string Done(uint64_t position, const absl::Status& status) {
    if (status.ok()) ledger_->told_in[position] = ledger_->run.load();
    return Told(status);
  }
  static std::string Told(const absl::Status& status) {
    return status.ok() ? "" : status.ToString();
  }

  ConsumerGroup& group_;
  MappedLedger& ledger_;
  Random random_;
  uint64_t member_ = 0;
};

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
  const auto groups = Groups::Over(**store);
  const auto group =
      groups->Open("handlers", {.retry = {.attempt_count_max = 1'000'000},
                                .outstanding_count_max = 500});
  if (!group.ok()) return Wrong(group.status().ToString());

  std::atomic<bool> stopped = false;
  std::thread appender([&] {
    Random random(seed);
    while (!stopped && ledger->please_drain == 0) {
      if ((*store)->Head().value() + 100 > kEventCountMax) break;
      std::vector<NewEvent> events(1 + Draw(random, 5));
      for (NewEvent& event : events) event.type = "happened";
      (*store)
          ->Append(absl::StrCat(Draw(random, kStreamCount)),
                   ExpectedRevision::Any(), events)
          .IgnoreError();
      absl::SleepFor(absl::Microseconds(Draw(random, 200)));
    }
  });
  std::array<std::string, kMemberCount> wrongs;
  std::vector<std::thread> members;
  for (int i = 0; i < kMemberCount; ++i) {
    members.emplace_back([&, i] {
      wrongs[i] = Handler(group->get(), &ledger, seed + 1 + i).Run();
      // One that is wrong ends all.
      if (!wrongs[i].empty()) ledger->please_close = 1;
    });
  }
  for (std::thread& member : members) member.join();
  stopped = true;
  appender.join();
  for (const std::string& wrong : wrongs) {
    if (!wrong.empty()) return Wrong(wrong);
  }
  if (ledger->please_drain != 0) {
    const GroupInfo info = *groups->Get("handlers");
    if (info.lag_count != 0) return Wrong("not all was handed out");
    for (uint64_t i = 0; i < (*store)->Head().value(); ++i) {
      if (ledger->is_done[i] == 0) return Wrong(absl::StrCat("lost: ", i));
    }
  }
  absl::Status closed = groups->Close();
  closed.Update((*store)->Close(absl::Minutes(1)));
  if (!closed.ok()) return Wrong(closed.ToString());
  return 0;
}

const bool kRegistered =
    testing::RegisterChild("group_kill9", HandleUntilKilled);

TEST(GroupKill9Test, NothingIsLostAndNothingComesAgainAfterACleanClose) {
  FaultRun run;
  const TemporaryFolder folder;
  MappedLedger ledger(folder / "ledger");
  uint64_t kills = 0;
  uint64_t closes = 0;
  ledger->clean_since = 1;
  const auto start = [&] {
    ++ledger->run;
    return ChildProcess("group_kill9",
                        {{"store", folder / "store"},
                         {"ledger", folder / "ledger"},
                         {"seed", absl::StrCat(run.random()() % 1'000'000)}},
                        folder / "output");
  };
  while (run.More()) {
    ChildProcess child = start();
    const uint64_t before = ledger->handled;
    const absl::Time patience = absl::Now() + absl::Seconds(60);
    while (ledger->handled == before && absl::Now() < patience &&
           !child.HasEnded()) {
      absl::SleepFor(absl::Milliseconds(1));
    }
    absl::SleepFor(absl::Milliseconds(Draw(run.random(), 300)));
    if (OneIn(run.random(), 3)) {
      ledger->please_close = 1;
      ASSERT_EQ(child.Wait(), 0) << child.Output() << run.Replay();
      ledger->please_close = 0;
      ++closes;
      continue;
    }
    child.Kill();
    const int status = child.Wait();
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        << "the child ended by itself: " << status << "\n"
        << child.Output() << run.Replay();
    ledger->clean_since = ledger->run + 1;
    ++kills;
  }
  ledger->please_drain = 1;
  ChildProcess child = start();
  ASSERT_EQ(child.Wait(), 0) << child.Output() << run.Replay();
  run.Report(absl::StrCat(kills, " kills, ", closes, " closes, ",
                          ledger->handled.load(), " events handled, ",
                          ledger->handled_again.load(), " of them again, ",
                          ledger->parked.load(), " parked"));
}

}  // namespace
}  // namespace daybook
