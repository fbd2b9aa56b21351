// Consumer groups through the socket: what is not as in the holder's process.
// The rest: the tests of tests/bus, which run through it too.

#include "daybook/server/remote_groups.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "daybook/bus/group_handler.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/remote_engine.h"
#include "tests/testing/intercepted_store.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::InterceptedStore;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::RemoteEngine;
using ::testing::SizeIs;
using testing::StatusIs;
using testing::TemporaryFolder;

constexpr auto kFailedPrecondition = absl::StatusCode::kFailedPrecondition;
constexpr auto kInternal = absl::StatusCode::kInternal;
constexpr auto kInvalidArgument = absl::StatusCode::kInvalidArgument;
constexpr auto kNotFound = absl::StatusCode::kNotFound;
constexpr auto kUnavailable = absl::StatusCode::kUnavailable;

class RemoteGroupsTest : public ::testing::Test {
 protected:
  EventStore& store() { return engine_.store(); }

  void Append(const std::string& stream, const std::string& payload = "") {
    EXPECT_OK(store().Append(stream, ExpectedRevision::Any(),
                             {{.type = "happened", .payload = payload}}));
  }
  // Positions, in the order in which they are given.
  static std::vector<uint64_t> Take(ConsumerGroup& group, uint64_t member,
                                    size_t count_max = 100) {
    const auto deliveries =
        group.Poll(member, count_max, absl::Milliseconds(1));
    EXPECT_OK(deliveries);
    std::vector<uint64_t> positions;
    if (!deliveries.ok()) return positions;
    for (const Delivery& delivery : *deliveries) {
      positions.push_back(delivery.event->position.value());
    }
    return positions;
  }
  // Takes and acknowledges all.
  static std::vector<uint64_t> Finish(ConsumerGroup& group, uint64_t member) {
    std::vector<uint64_t> positions;
    while (true) {
      const auto deliveries = group.Poll(member, 100, absl::Milliseconds(1));
      EXPECT_OK(deliveries);
      if (!deliveries.ok() || deliveries->empty()) return positions;
      for (const Delivery& delivery : *deliveries) {
        positions.push_back(delivery.event->position.value());
        EXPECT_OK(group.Ack(member, delivery.id));
      }
    }
  }

  RemoteEngine engine_ =
      RemoteEngine(StoreOptions(), ServeOptions(),
                   RemoteOptions{.reconnect_timeout = absl::Milliseconds(200)});
};

TEST_F(RemoteGroupsTest, AreOfNoStoreOfThisProcess) {
  EXPECT_EQ(RemoteGroups::Over(engine_.held()), nullptr);
}

TEST_F(RemoteGroupsTest, MembersHereAndThereShareTheEvents) {
  Append("a");
  Append("b");
  const auto groups = RemoteGroups::Over(store());
  const auto there = groups->Open("group", {});
  ASSERT_OK(there);
  const auto here = engine_.held_groups().Open("group");
  ASSERT_OK(here);
  const uint64_t remote = (*there)->Join("there")->id;
  const uint64_t local = (*here)->Join("here")->id;

  EXPECT_THAT(Take(**there, remote, 1), ElementsAre(0));
  EXPECT_THAT(Take(**here, local), ElementsAre(1));
  EXPECT_THAT(Take(**there, remote), IsEmpty());
}

TEST_F(RemoteGroupsTest, AnEventComesWithAllItHas) {
  const NewEvent event{.type = "placed",
                       .payload = std::string("\0x", 2),
                       .tags = {"a:1", "b:2"},
                       .metadata = {.actor = "ann", .fields = {{"k", "v"}}}};
  ASSERT_OK(store().Append("s", ExpectedRevision::Any(), {event}));
  const auto groups = RemoteGroups::Over(store());
  const auto group = groups->Open("group", {});
  ASSERT_OK(group);

  const auto deliveries =
      (*group)->Poll((*group)->Join("m")->id, 1, absl::Seconds(10));

  ASSERT_OK(deliveries);
  ASSERT_THAT(*deliveries, SizeIs(1));
  EXPECT_EQ(*deliveries->front().event, *engine_.held().ReadEvent(Position(0)));
}

TEST_F(RemoteGroupsTest, AWaitEndsWithTheEvent) {
  const auto groups = RemoteGroups::Over(store());
  const auto group = groups->Open("group", {});
  ASSERT_OK(group);
  const uint64_t member = (*group)->Join("m")->id;
  std::vector<uint64_t> taken;
  std::thread waiting([&] {
    const auto deliveries = (*group)->Poll(member, 1, absl::Seconds(60));
    if (deliveries.ok()) taken.push_back(deliveries->size());
  });
  Append("a");
  waiting.join();
  EXPECT_THAT(taken, ElementsAre(1));
}

// Replies are bounded; events are not lost for it.
TEST_F(RemoteGroupsTest, LargeEventsComeAFewAtATime) {
  for (const char* stream : {"a", "b", "c"}) {
    Append(stream, std::string(700'000, 'x'));
  }
  const auto groups = RemoteGroups::Over(store());
  const auto group = groups->Open("group", {});
  ASSERT_OK(group);
  const uint64_t member = (*group)->Join("m")->id;
  EXPECT_THAT(Take(**group, member), ElementsAre(0, 1));
  EXPECT_THAT(Take(**group, member), ElementsAre(2));
}

TEST_F(RemoteGroupsTest, WhatWasTakenBeforeAnErrorIsGivenAndTheMemberStays) {
  AppendRequest both;
  both.events = {{"a", {.type = "t"}}, {"b", {.type = "t"}}};
  ASSERT_OK(store().Append(both));
  const auto is_broken = std::make_shared<std::atomic<bool>>(false);
  const auto here = engine_.held_groups().Open(
      "group",
      {.filter = {
           .where = [is_broken](const EventView&) -> absl::StatusOr<bool> {
             if (*is_broken) return absl::InternalError("broken");
             return true;
           }}});
  ASSERT_OK(here);
  const auto groups = RemoteGroups::Over(store());
  const auto there = groups->Open("group");
  ASSERT_OK(there);
  const uint64_t remote = (*there)->Join("there")->id;
  // Reads both. What comes then can't be read.
  EXPECT_THAT(Take(**here, (*here)->Join("here")->id, 1), ElementsAre(0));
  *is_broken = true;
  Append("c");

  EXPECT_THAT(Take(**there, remote), ElementsAre(1));
  EXPECT_THAT((*there)->Poll(remote, 1, absl::ZeroDuration()).status(),
              StatusIs(kInternal));
  EXPECT_OK((*there)->Renew(remote));
}

TEST_F(RemoteGroupsTest, ParkedEventsAreListedBeyondOneAnswer) {
  constexpr size_t kCount = 1500;
  std::vector<NewEvent> events(kCount, {.type = "t"});
  ASSERT_OK(store().Append("s", ExpectedRevision::Any(), events));
  const auto groups = RemoteGroups::Over(store());
  const auto group = groups->Open("group", {});
  ASSERT_OK(group);
  const uint64_t member = (*group)->Join("m")->id;
  for (size_t i = 0; i < kCount; ++i) {
    const auto deliveries = (*group)->Poll(member, 1, absl::Seconds(10));
    ASSERT_OK(deliveries);
    ASSERT_OK((*group)->Park(member, deliveries->front().id, "no use"));
  }
  const auto parked = groups->Parked("group", {.count_max = 10'000});
  ASSERT_OK(parked);
  EXPECT_THAT(*parked, SizeIs(kCount));
  EXPECT_THAT(*groups->Parked("group", {.from = Position(7), .count_max = 1}),
              SizeIs(1));
}

TEST_F(RemoteGroupsTest, FunctionsStayInTheirProcess) {
  const auto groups = RemoteGroups::Over(store());
  EXPECT_THAT(groups
                  ->Open("group", {.lanes = Lanes::ByKey([](const EventView&) {
                                     return std::string();
                                   })})
                  .status(),
              StatusIs(kInvalidArgument, HasSubstr("by a function")));
  EXPECT_THAT(
      groups
          ->Open("group",
                 {.filter = {.where = [](const EventView&) { return true; }}})
          .status(),
      StatusIs(kInvalidArgument, HasSubstr("by a function")));
}

TEST_F(RemoteGroupsTest, AGroupIsClosedWithItsLastMember) {
  Append("a");
  const auto groups = RemoteGroups::Over(store());
  const auto group = groups->Open("group", {.filter = {.stream = "a"}});
  ASSERT_OK(group);
  const Operation operation{.user = "ann", .reason = "again"};
  const uint64_t member = (*group)->Join("m")->id;
  EXPECT_THAT(Finish(**group, member), ElementsAre(0));
  EXPECT_THAT(groups->Reset("group", Position(0), operation),
              StatusIs(kFailedPrecondition));

  EXPECT_OK((*group)->Leave(member));

  EXPECT_OK(groups->Reset("group", Position(0), operation));
  EXPECT_THAT(Finish(**group, (*group)->Join("m")->id), ElementsAre(0));
}

TEST_F(RemoteGroupsTest, WhatTheProgramHasOpenedStaysOpenForIt) {
  const auto groups = RemoteGroups::Over(store());
  for (const bool is_first : {true, false}) {
    const std::string name = absl::StrCat("group-", is_first);
    if (is_first) {
      ASSERT_OK(engine_.held_groups().Open(name, {}));
    }
    const auto there = groups->Open(name, {});
    ASSERT_OK(there);
    const uint64_t member = (*there)->Join("there")->id;
    const auto here = engine_.held_groups().Open(name);
    ASSERT_OK(here);

    EXPECT_OK((*there)->Leave(member));

    EXPECT_OK((*here)->Join("here"));
  }
}

TEST_F(RemoteGroupsTest, MembersOfAGroupThatTheProgramClosesJoinAgain) {
  Append("a");
  const auto groups = RemoteGroups::Over(store());
  const auto there = groups->Open("group", {});
  ASSERT_OK(there);
  const uint64_t member = (*there)->Join("m")->id;
  const auto here = engine_.held_groups().Open("group");
  ASSERT_OK(here);

  EXPECT_OK((*here)->Close());

  EXPECT_OK((*there)->Flush());
  EXPECT_THAT((*there)->Renew(member), StatusIs(kNotFound));
  EXPECT_THAT(Finish(**there, (*there)->Join("m")->id), ElementsAre(0));
}

TEST_F(RemoteGroupsTest, CallsOfMembersOfAClosedStoreAreUnavailable) {
  const auto groups = RemoteGroups::Over(store());
  const auto group = groups->Open("group", {});
  ASSERT_OK(group);
  const uint64_t member = (*group)->Join("m")->id;
  EXPECT_OK(store().Close(absl::Minutes(1)));
  EXPECT_THAT((*group)->Renew(member), StatusIs(kUnavailable));
}

// The lease of who is not heard of would give back what it has; who is there
// says so at once.
TEST_F(RemoteGroupsTest, ClosedGroupsGiveBackWhatTheirMembersHad) {
  Append("a");
  const auto other = RemoteGroups::Over(store());
  const auto group = other->Open("group", {});
  ASSERT_OK(group);
  const uint64_t waiting = (*group)->Join("waiting")->id;
  {
    const auto groups = RemoteGroups::Over(store());
    const auto closed = groups->Open("group", {});
    ASSERT_OK(closed);
    EXPECT_THAT(Take(**closed, (*closed)->Join("m")->id), ElementsAre(0));
    EXPECT_THAT(Take(**group, waiting), IsEmpty());
    EXPECT_OK(groups->Close());
    EXPECT_THAT((*closed)->Join("m").status(), StatusIs(kUnavailable));
    EXPECT_THAT(groups->Open("group").status(), StatusIs(kUnavailable));
  }
  EXPECT_THAT(Take(**group, waiting), ElementsAre(0));
}

TEST_F(RemoteGroupsTest, WhenTheHolderGoesMembersJoinAgainAndLoseNothing) {
  Append("a");
  Append("b");
  const auto groups = RemoteGroups::Over(store());
  const auto group = groups->Open("group", {});
  ASSERT_OK(group);
  const uint64_t one = (*group)->Join("one")->id;
  const uint64_t other = (*group)->Join("other")->id;
  const auto taken = (*group)->Poll(one, 1, absl::Seconds(10));
  ASSERT_OK(taken);
  EXPECT_OK((*group)->Ack(one, taken->front().id));

  engine_.StopServing();
  EXPECT_THAT((*group)->Renew(one), StatusIs(kNotFound));
  EXPECT_THAT((*group)->Join("one").status(), StatusIs(kUnavailable));
  engine_.Serve();

  const auto again = (*group)->Join("one");
  ASSERT_OK(again);
  // Its number may be somebody else's by now.
  EXPECT_THAT((*group)->Poll(other, 1, absl::ZeroDuration()).status(),
              StatusIs(kNotFound));
  EXPECT_THAT(Finish(**group, again->id), ElementsAre(1));
}

TEST(RemoteGroupJoinTest, WhoJoinsWhileTheGroupIsClosedLeavesAgain) {
  const TemporaryFolder folder;
  const auto held = EventStore::Open(folder / "store", {});
  ASSERT_OK(held);
  InterceptedStore intercepted(**held);
  std::atomic<bool> is_held_up = false;
  absl::Notification joining;
  absl::Notification closed;
  intercepted.before_write_rows = [&] {
    if (is_held_up.exchange(false)) {
      joining.Notify();
      closed.WaitForNotification();
    }
    return absl::OkStatus();
  };
  const auto server = StoreServer::Start(intercepted, folder / "store");
  ASSERT_OK(server);
  const auto store = RemoteStore::Connect(folder / "store");
  ASSERT_OK(store);
  const auto groups = RemoteGroups::Over(**store);
  const auto group = groups->Open("group", {});
  ASSERT_OK(group);
  // Whoever joins opens it anew, which is written.
  EXPECT_OK((*(*server)->groups().Open("group"))->Close());
  is_held_up = true;
  std::thread joiner([&] {
    EXPECT_THAT((*group)->Join("m").status(), StatusIs(kUnavailable));
  });
  joining.WaitForNotification();

  EXPECT_OK((*group)->Close());
  closed.Notify();
  joiner.join();

  EXPECT_THAT((*server)->groups().Get("group")->members, IsEmpty());
}

TEST_F(RemoteGroupsTest, WhatTheHolderClosesIsToBeJoinedAgain) {
  Append("a");
  const auto groups = RemoteGroups::Over(store());
  const auto group = groups->Open("group", {});
  ASSERT_OK(group);
  const uint64_t member = (*group)->Join("m")->id;
  const auto held = engine_.held_groups().Open("group");
  ASSERT_OK(held);

  EXPECT_OK((*held)->Close());

  EXPECT_THAT((*group)->Renew(member), StatusIs(kNotFound));
  EXPECT_FALSE((*group)->is_closed());
  const auto again = (*group)->Join("m");
  ASSERT_OK(again);
  EXPECT_THAT(Finish(**group, again->id), ElementsAre(0));
}

TEST_F(RemoteGroupsTest, AHandlerOutlivesAHolderThatIsAwayForLong) {
  const auto groups = RemoteGroups::Over(store());
  const auto group = groups->Open("group", {});
  ASSERT_OK(group);
  absl::Notification handled;
  const auto handler =
      GroupHandler::Start(*group, "handler", [&](const Delivery&) {
        handled.Notify();
        return absl::OkStatus();
      });
  ASSERT_OK(handler);
  const auto wait_for = [&](absl::StatusCode code) {
    const absl::Time patience = absl::Now() + absl::Seconds(30);
    while ((*handler)->status().code() != code && absl::Now() < patience) {
      absl::SleepFor(absl::Milliseconds(1));
    }
    EXPECT_THAT((*handler)->status(), StatusIs(code));
  };

  engine_.StopServing();
  wait_for(kUnavailable);
  engine_.Serve();

  wait_for(absl::StatusCode::kOk);
  Append("a");
  EXPECT_TRUE(handled.WaitForNotificationWithTimeout(absl::Seconds(30)));
}

TEST(RemoteGroupJoinTest, AHandlerThatLooksForTheHolderEndsAtOnce) {
  RemoteEngine engine({}, {}, {.reconnect_timeout = absl::InfiniteDuration()});
  const auto groups = RemoteGroups::Over(engine.store());
  const auto group = groups->Open("group", {});
  ASSERT_OK(group);
  auto handler = GroupHandler::Start(
      *group, "handler", [](const Delivery&) { return absl::OkStatus(); });
  ASSERT_OK(handler);
  engine.StopServing();
  while ((*handler)->status().ok()) absl::SleepFor(absl::Milliseconds(1));

  // Waits for nobody.
  handler->reset();

  EXPECT_THAT((*group)->TryJoin("m").status(), StatusIs(kUnavailable));
}

TEST_F(RemoteGroupsTest, GroupsAreClosedWithTheStoreTheyReach) {
  const auto groups = RemoteGroups::Over(store());
  const auto group = groups->Open("group", {});
  ASSERT_OK(group);
  EXPECT_FALSE((*group)->is_closed());
  EXPECT_OK(store().Close(absl::ZeroDuration()));
  EXPECT_TRUE((*group)->is_closed());
}

TEST_F(RemoteGroupsTest, AGroupThatNobodyOpenedHasNoMembers) {
  const auto groups = RemoteGroups::Over(store());
  EXPECT_THAT(groups->Open("group").status(), StatusIs(kNotFound));
  EXPECT_THAT(groups->Get("group").status(), StatusIs(kNotFound));
  EXPECT_THAT(*groups->List(), IsEmpty());
}

}  // namespace
}  // namespace daybook
