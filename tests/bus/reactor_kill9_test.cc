// Kills a process whose reactor answers what it appends, with kill -9 at a
// random moment: each event is answered exactly once, and the states count each
// exactly once.
//
// The child is this binary started afresh.
//
// DAYBOOK_FAULT_SECONDS, DAYBOOK_SEED: tests/testing/fault_run.h.

#include <sys/wait.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/bus/reactor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

using testing::ChildProcess;
using testing::Draw;
using testing::FaultRun;
using testing::Random;
using testing::TemporaryFolder;

constexpr uint64_t kProcessCount = 10;

StoreOptions Options() {
  StoreOptions options;
  options.durability = Durability::Interval(absl::Milliseconds(20));
  options.memory_budget = MemoryBudget::Create(16 << 20);
  return options;
}

// Answers every other event of a process, and counts all.
absl::StatusOr<Reaction> Answer(const EventView& event,
                                std::string_view state) {
  uint64_t count = 0;
  if (!state.empty() && !absl::SimpleAtoi(std::string(state), &count)) {
    return absl::InternalError("a state that is no number");
  }
  Reaction reaction{.state = absl::StrCat(count + 1)};
  if (count % 2 == 0) {
    reaction.events.push_back(
        {absl::StrCat("answer-", std::string(event.stream)),
         {.type = "answered",
          .payload = absl::StrCat(event.position.value())}});
  }
  return reaction;
}

absl::StatusOr<std::unique_ptr<Reactor>> OpenReactor(EventStore& store) {
  return Reactor::Open(
      store, "r",
      {.filter = {.category = "ask"},
       .key = [](const EventView& event) { return std::string(event.stream); }},
      Answer);
}

int AnswerUntilKilled(const std::map<std::string, std::string>& arguments) {
  uint64_t seed;
  if (!absl::SimpleAtoi(arguments.at("seed"), &seed)) return 2;
  auto store = EventStore::Open(arguments.at("store"), Options());
  if (!store.ok()) {
    std::printf("WRONG: %s\n", store.status().ToString().c_str());
    return 3;
  }
  const auto reactor = OpenReactor(**store);
  std::thread appender([&] {
    Random random(seed);
    while (true) {
      (*store)
          ->Append(absl::StrCat("ask-", Draw(random, kProcessCount)),
                   ExpectedRevision::Any(), {{.type = "asked"}})
          .IgnoreError();
      absl::SleepFor(absl::Microseconds(Draw(random, 300)));
    }
  });
  while (true) {
    const auto step = reactor.ok() ? (*reactor)->Step(absl::Milliseconds(20))
                                   : absl::StatusOr<uint64_t>(reactor.status());
    if (step.ok()) continue;
    std::printf("WRONG: %s\n", step.status().ToString().c_str());
    std::fflush(stdout);
    std::_Exit(3);
  }
}

const bool kRegistered =
    testing::RegisterChild("reactor_kill9", AnswerUntilKilled);

TEST(ReactorKill9Test, EachEventHasItsEffectExactlyOnce) {
  FaultRun run;
  const TemporaryFolder folder;
  uint64_t kills = 0;
  while (run.More()) {
    ChildProcess child("reactor_kill9",
                       {{"store", folder / "store"},
                        {"seed", absl::StrCat(run.random()() % 1'000'000)}},
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
  const auto reactor = OpenReactor(**store);
  ASSERT_OK(reactor);
  while ((*reactor)->checkpoint() < (*store)->Head()) {
    ASSERT_OK((*reactor)->Step(absl::ZeroDuration())) << run.Replay();
  }
  uint64_t answer_count = 0;
  for (uint64_t i = 0; i < kProcessCount; ++i) {
    const std::string stream = absl::StrCat("ask-", i);
    std::vector<std::string> expected;
    uint64_t count = 0;
    auto asked = (*store)->ReadStream(stream);
    if (!asked.ok()) continue;
    for (const EventView& event : *asked) {
      if (count++ % 2 == 0) {
        expected.push_back(absl::StrCat(event.position.value()));
      }
    }
    EXPECT_EQ(*(*reactor)->StateOf(stream), absl::StrCat(count))
        << run.Replay();
    std::vector<std::string> answers;
    auto answered = (*store)->ReadStream(absl::StrCat("answer-", stream));
    ASSERT_OK(answered);
    for (const EventView& event : *answered) {
      answers.emplace_back(event.payload);
    }
    EXPECT_EQ(answers, expected) << run.Replay();
    answer_count += answers.size();
  }
  run.Report(absl::StrCat(kills, " kills, ", answer_count, " answers"));
}

}  // namespace
}  // namespace daybook
