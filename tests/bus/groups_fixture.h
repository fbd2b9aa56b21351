// The fixture of tests of consumer groups: a store of each engine, a clock that
// stands still, the groups of the store, and short verbs.

#ifndef DAYBOOK_TESTS_BUS_GROUPS_FIXTURE_H_
#define DAYBOOK_TESTS_BUS_GROUPS_FIXTURE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/bus/groups.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/engines.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"

namespace daybook {

using testing::IsOk;
using testing::StatusIs;

namespace testing {

// What these tests go over, and the groups of such an engine's store. Of each
// binary its own: local_groups.cc; tests/server/remote_groups.cc.
std::vector<EngineFactory> GroupEngines();
std::unique_ptr<Groups> MakeGroups(Engine& engine, Clock* clock);

}  // namespace testing

inline constexpr absl::Duration kNow = absl::ZeroDuration();
inline constexpr absl::Duration kSoon = absl::Seconds(30);

class GroupsTest : public ::testing::TestWithParam<testing::EngineFactory> {
 protected:
  GroupsTest() { Begin(); }
  ~GroupsTest() override { groups_.reset(); }

  EventStore& store() { return engine_->store(); }
  Groups& groups() { return *groups_; }

  // Functions don't get to the process that holds the store.
  static bool TakeFunctions() { return GetParam().name != "Remote"; }

  // An empty store.
  void Begin() {
    groups_.reset();
    StoreOptions options;
    options.clock = &clock_;
    engine_ = GetParam().make(options);
    MakeGroups();
  }
  // A clean end, and a beginning.
  void Reopen() {
    EXPECT_OK(groups_->Close());
    groups_.reset();
    engine_->Reopen();
    MakeGroups();
  }
  void MakeGroups() { groups_ = testing::MakeGroups(*engine_, &clock_); }

  void Append(const std::string& stream, int count) {
    std::vector<NewEvent> events;
    for (int i = 0; i < count; ++i) events.push_back({.type = "happened"});
    EXPECT_OK(store().Append(stream, ExpectedRevision::Any(), events));
  }
  void AppendTagged(const std::string& stream, std::vector<std::string> tags) {
    EXPECT_OK(store().Append(stream, ExpectedRevision::Any(),
                             {{.type = "happened", .tags = std::move(tags)}}));
  }

  std::shared_ptr<ConsumerGroup> Open(const GroupOptions& options = {},
                                      std::string_view name = "group") {
    auto group = groups_->Open(name, options);
    EXPECT_OK(group);
    return group.ok() ? *std::move(group) : nullptr;
  }
  static uint64_t Join(ConsumerGroup& group, std::string_view name = "member") {
    const auto member = group.Join(name);
    EXPECT_OK(member);
    return member.ok() ? member->id : 0;
  }
  static std::vector<Delivery> Poll(ConsumerGroup& group, uint64_t member,
                                    size_t count_max = 100,
                                    absl::Duration timeout = kNow) {
    auto deliveries = group.Poll(member, count_max, timeout);
    EXPECT_OK(deliveries);
    return deliveries.ok() ? *std::move(deliveries) : std::vector<Delivery>();
  }
  static std::vector<uint64_t> PositionsOf(
      const std::vector<Delivery>& deliveries) {
    std::vector<uint64_t> positions;
    for (const Delivery& delivery : deliveries) {
      positions.push_back(delivery.event->position.value());
    }
    return positions;
  }
  // Polls, and tells what was given.
  static std::vector<uint64_t> Take(ConsumerGroup& group, uint64_t member,
                                    size_t count_max = 100) {
    return PositionsOf(Poll(group, member, count_max));
  }
  // Takes and acknowledges all there is.
  static std::vector<uint64_t> Finish(ConsumerGroup& group, uint64_t member) {
    std::vector<uint64_t> positions;
    while (true) {
      const std::vector<Delivery> deliveries = Poll(group, member);
      if (deliveries.empty()) return positions;
      for (const Delivery& delivery : deliveries) {
        positions.push_back(delivery.event->position.value());
        EXPECT_OK(group.Ack(member, delivery.id));
      }
    }
  }
  GroupInfo InfoOf(std::string_view name = "group") {
    const auto info = groups_->Get(name);
    EXPECT_OK(info);
    return info.ok() ? *info : GroupInfo();
  }
  std::vector<ParkedEvent> Parked(std::string_view name = "group") {
    const auto parked = groups_->Parked(name, {});
    EXPECT_OK(parked);
    return parked.ok() ? *parked : std::vector<ParkedEvent>();
  }
  // What operators did, as it was recorded.
  int RecordedCount() {
    const auto stream = store().GetStream("$operations");
    if (!stream.ok()) return 0;
    return static_cast<int>(stream->last_revision->value()) + 1;
  }

  testing::FakeClock clock_;
  std::unique_ptr<testing::Engine> engine_;
  std::unique_ptr<Groups> groups_;
};

}  // namespace daybook

#define DAYBOOK_FOR_GROUP_ENGINES(Suite)                                      \
  INSTANTIATE_TEST_SUITE_P(                                                   \
      Engine, Suite, ::testing::ValuesIn(::daybook::testing::GroupEngines()), \
      ::daybook::testing::EngineName)

#endif  // DAYBOOK_TESTS_BUS_GROUPS_FIXTURE_H_
