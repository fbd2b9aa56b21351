// Members on threads of their own, that come, fail and go, beside one who
// appends: each event is acknowledged once, in the order of its stream. When
// one goes missing, they give up after a minute in which nothing happened.
//
// DAYBOOK_FAULT_SECONDS, DAYBOOK_SEED: tests/testing/fault_run.h.

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/bus/groups_fixture.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using testing::Draw;
using testing::FaultRun;
using testing::OneIn;
using testing::Random;

constexpr size_t kStreamCount = 50;
constexpr int kMemberCount = 4;
constexpr absl::Duration kPatience = absl::Minutes(1);

class GroupRaceTest : public ::testing::TestWithParam<testing::EngineFactory> {
 protected:
  // Handles what it is given, until all that was appended is done.
  void Work(uint64_t seed) {
    Random random(seed);
    uint64_t member = group_->Join("racer")->id;
    absl::Time patience = absl::Now() + kPatience;
    while ((!stopped_ || done_count_ < appended_count_) &&
           absl::Now() < patience) {
      const auto deliveries =
          group_->Poll(member, 1 + Draw(random, 20), absl::Milliseconds(10));
      ASSERT_OK(deliveries);
      if (!deliveries->empty()) patience = absl::Now() + kPatience;
      for (const Delivery& delivery : *deliveries) {
        if (OneIn(random, 50)) {
          EXPECT_OK(group_->Nack(member, delivery.id,
                                 {.retry_after = absl::Milliseconds(1)}));
          continue;
        }
        uint64_t stream;
        ASSERT_TRUE(
            absl::SimpleAtoi(delivery.event->stream.substr(1), &stream));
        if (delivery.event->revision.value() != next_[stream]) ++wrong_count_;
        // Before anybody can be given the next one.
        ++next_[stream];
        ++done_count_;
        EXPECT_OK(group_->Ack(member, delivery.id));
      }
      if (!OneIn(random, 30)) continue;
      group_->Poll(member, 3, absl::ZeroDuration()).IgnoreError();
      EXPECT_OK(group_->Leave(member));
      member = group_->Join("racer")->id;
    }
    EXPECT_OK(group_->Leave(member));
  }

  std::shared_ptr<ConsumerGroup> group_;
  // Of each stream, the revision that is to be handled next.
  std::array<std::atomic<uint64_t>, kStreamCount> next_ = {};
  std::atomic<uint64_t> appended_count_ = 0;
  std::atomic<uint64_t> done_count_ = 0;
  std::atomic<uint64_t> wrong_count_ = 0;
  std::atomic<bool> stopped_ = false;
};
DAYBOOK_FOR_GROUP_ENGINES(GroupRaceTest);

TEST_P(GroupRaceTest, EachEventIsHandledOnceInTheOrderOfItsStream) {
  FaultRun run;
  StoreOptions options;
  options.durability = Durability::Interval(absl::Milliseconds(20));
  const auto engine = GetParam().make(options);
  EventStore& store = engine->store();
  const auto groups = testing::MakeGroups(*engine, nullptr);
  auto group = groups->Open(
      "group", {.retry = {.attempt_count_max = 1'000'000},
                .outstanding_count_max = 1 + Draw(run.random(), 3000)});
  ASSERT_OK(group);
  group_ = *group;
  std::vector<std::thread> members;
  for (int i = 0; i < kMemberCount; ++i) {
    members.emplace_back([this, seed = run.random()()] { Work(seed); });
  }
  while (run.More()) {
    std::vector<NewEvent> events(1 + Draw(run.random(), 30));
    for (NewEvent& event : events) event.type = "happened";
    ASSERT_OK(store.Append(absl::StrCat("s", Draw(run.random(), kStreamCount)),
                           ExpectedRevision::Any(), events));
    appended_count_ += events.size();
  }
  stopped_ = true;
  for (std::thread& member : members) member.join();
  EXPECT_EQ(wrong_count_, 0) << run.Replay();
  EXPECT_EQ(done_count_, appended_count_) << run.Replay();
  EXPECT_EQ((*group)->Info()->outstanding_count, 0);
  run.Report(absl::StrCat(done_count_.load(), " events handled"));
}

}  // namespace
}  // namespace daybook
