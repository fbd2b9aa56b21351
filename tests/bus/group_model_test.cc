// Random members of a group, compared with a simple model: each event is
// acknowledged once or parked, and order in a lane holds, whoever joins,
// leaves, dies, fails, parks, retries, or restarts.
//
// DAYBOOK_FAULT_SECONDS, DAYBOOK_SEED: tests/testing/fault_run.h.

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/bus/groups_fixture.h"
#include "tests/testing/fault_run.h"

namespace daybook {
namespace {

using testing::Draw;
using testing::FaultRun;
using testing::OneIn;
using testing::Random;

constexpr uint32_t kAttemptCountMax = 3;
constexpr absl::Duration kLease = absl::Seconds(10);
constexpr uint64_t kStreamCount = 6;

class GroupModelTest : public GroupsTest {
 protected:
  enum class State { kPending, kInHand, kAcknowledged, kParked };
  struct Known {
    std::string stream;
    State state = State::kPending;
    uint32_t failed_count = 0;
  };
  struct Hand {
    uint64_t position;
    uint64_t member;
  };

  GroupOptions Options() const {
    return {.filter = {.stream_prefix = "s"},
            .retry = {.first = absl::Seconds(1),
                      .max = absl::Seconds(3),
                      .attempt_count_max = kAttemptCountMax},
            .lease = kLease,
            .outstanding_count_max = outstanding_count_max_};
  }
  void OpenGroup() { group_ = Open(Options()); }

  void AppendSome(Random& random) {
    const std::string stream = absl::StrCat("s", Draw(random, kStreamCount));
    const int count = static_cast<int>(1 + Draw(random, 4));
    const uint64_t first = store().Head().value();
    Append(stream, count);
    for (int i = 0; i < count; ++i) events_[first + i].stream = stream;
  }
  void PollSome(Random& random) {
    const uint64_t member = Any(random);
    for (const Delivery& delivery :
         Poll(*group_, member, 1 + Draw(random, 4))) {
      const uint64_t position = delivery.event->position.value();
      ASSERT_TRUE(events_.contains(position));
      Known& event = events_[position];
      ASSERT_EQ(event.state, State::kPending) << position;
      ASSERT_EQ(delivery.attempt, event.failed_count + 1) << position;
      // Of its lane nothing else is in hand, and all before it is done.
      for (const auto& [other, known] : events_) {
        if (known.stream != event.stream || other == position) continue;
        ASSERT_NE(known.state, State::kInHand) << position << " " << other;
        if (other > position) continue;
        ASSERT_NE(known.state, State::kPending) << position << " " << other;
      }
      event.state = State::kInHand;
      hands_[delivery.id] = {position, member};
    }
  }
  void Answer(Random& random) {
    if (hands_.empty()) return;
    auto hand = hands_.begin();
    std::advance(hand, Draw(random, hands_.size()));
    const auto [delivery, what] = *hand;
    hands_.erase(hand);
    Known& event = events_[what.position];
    switch (Draw(random, 6)) {
      case 0:
        EXPECT_OK(group_->Nack(what.member, delivery, {.cause = "nack"}));
        Fail(event);
        break;
      case 1:
        EXPECT_OK(group_->Park(what.member, delivery, "park"));
        event.state = State::kParked;
        break;
      default:
        EXPECT_OK(group_->Ack(what.member, delivery));
        event.state = State::kAcknowledged;
        ++acknowledged_count_;
    }
  }
  void Fail(Known& event) {
    const bool is_last = ++event.failed_count == kAttemptCountMax;
    event.state = is_last ? State::kParked : State::kPending;
  }
  void Leave(Random& random) {
    const uint64_t member = Any(random);
    EXPECT_OK(group_->Leave(member));
    Forget(member, [](Known& event) { event.state = State::kPending; });
  }
  void Die(Random& random) {
    const uint64_t dead = Any(random);
    Forget(dead, [this](Known& event) { Fail(event); });
    // The others live.
    for (int i = 0; i < 2; ++i) {
      clock_.Advance(kLease / 2);
      for (const uint64_t member : members_) EXPECT_OK(group_->Renew(member));
    }
    EXPECT_THAT(group_->Renew(dead), StatusIs(absl::StatusCode::kNotFound));
  }
  template <typename Change>
  void Forget(uint64_t member, Change change) {
    std::erase(members_, member);
    std::erase_if(hands_, [&](const auto& hand) {
      if (hand.second.member != member) return false;
      change(events_[hand.second.position]);
      return true;
    });
  }
  void RetryOne(Random& random) {
    const std::vector<ParkedEvent> parked = Parked();
    if (parked.empty()) return;
    const uint64_t position =
        parked[Draw(random, parked.size())].position.value();
    const absl::Status status =
        groups().Retry("group", Position(position), {.user = "model"});
    if (absl::IsResourceExhausted(status)) return;
    EXPECT_OK(status);
    events_[position].state = State::kPending;
    events_[position].failed_count = 0;
  }
  void Restart() {
    if (GetParam().persistent) {
      Reopen();
    } else {
      EXPECT_OK(groups_->Close());
      MakeGroups();
    }
    for (const auto& [delivery, hand] : hands_) {
      events_[hand.position].state = State::kPending;
    }
    hands_.clear();
    members_.clear();
    OpenGroup();
  }
  uint64_t Any(Random& random) {
    if (members_.empty()) members_.push_back(Join(*group_));
    return members_[Draw(random, members_.size())];
  }
  void Step(Random& random) {
    switch (Draw(random, 40)) {
      case 0:
        return Leave(random);
      case 1:
        return Die(random);
      case 2:
        return RetryOne(random);
      case 3:
        if (members_.size() < 5) members_.push_back(Join(*group_));
        return;
      case 4:
        // More than a day ahead, the store would refuse appends.
        clock_.Jump(is_ahead_ ? -absl::Hours(23) : absl::Hours(23));
        is_ahead_ = !is_ahead_;
        return;
      case 5:
        if (OneIn(random, 10)) Restart();
        return;
      case 6:
        clock_.Advance(absl::Milliseconds(Draw(random, 3000)));
        for (const uint64_t member : members_) {
          EXPECT_OK(group_->Renew(member));
        }
        return;
      default:
        break;
    }
    switch (Draw(random, 3)) {
      case 0:
        return AppendSome(random);
      case 1:
        return PollSome(random);
      default:
        return Answer(random);
    }
  }
  // Everything is acknowledged in the end, but for what is parked.
  void End(Random& random) {
    while (!hands_.empty()) Answer(random);
    const uint64_t member = Join(*group_);
    for (int i = 0; i < 20; ++i) {
      clock_.Advance(absl::Seconds(4));
      for (const uint64_t position : Finish(*group_, member)) {
        ASSERT_EQ(events_[position].state, State::kPending) << position;
        events_[position].state = State::kAcknowledged;
        ++acknowledged_count_;
      }
    }
    std::vector<uint64_t> parked;
    for (const auto& [position, event] : events_) {
      ASSERT_TRUE(event.state == State::kAcknowledged ||
                  event.state == State::kParked)
          << position;
      if (event.state == State::kParked) parked.push_back(position);
    }
    std::vector<uint64_t> stored;
    const auto all = groups().Parked("group", {.count_max = 1'000'000});
    ASSERT_OK(all);
    for (const ParkedEvent& event : *all) {
      stored.push_back(event.position.value());
    }
    EXPECT_EQ(stored, parked);
    EXPECT_EQ(InfoOf().outstanding_count, 0);
  }

  size_t outstanding_count_max_ = 8;
  std::shared_ptr<ConsumerGroup> group_;
  std::vector<uint64_t> members_;
  std::map<uint64_t, Hand> hands_;  // by delivery
  std::map<uint64_t, Known> events_;
  uint64_t acknowledged_count_ = 0;
  bool is_ahead_ = false;
};
DAYBOOK_FOR_GROUP_ENGINES(GroupModelTest);

TEST_P(GroupModelTest, EachEventIsAcknowledgedOnceOrParkedInTheOrderOfItsLane) {
  FaultRun run;
  uint64_t event_count = 0;
  while (run.More()) {
    Begin();
    events_.clear();
    members_.clear();
    outstanding_count_max_ = 1 + Draw(run.random(), 40);
    OpenGroup();
    for (int i = 0; i < 1000 && !HasFailure(); ++i) Step(run.random());
    ASSERT_FALSE(HasFailure()) << run.Replay();
    End(run.random());
    ASSERT_FALSE(HasFailure()) << run.Replay();
    event_count += events_.size();
    group_.reset();
  }
  run.Report(absl::StrCat(run.rounds(), " rounds, ", event_count, " events, ",
                          acknowledged_count_, " acknowledged"));
}

}  // namespace
}  // namespace daybook
