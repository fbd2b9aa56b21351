// What a group makes of a store that can't be read, or is slow: errors that
// pass, and closing while somebody is at it.

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "daybook/bus/group_handler.h"
#include "tests/bus/groups_fixture.h"
#include "tests/testing/intercepted_store.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto kDataLoss = absl::StatusCode::kDataLoss;
constexpr auto kInternal = absl::StatusCode::kInternal;
constexpr auto kUnavailable = absl::StatusCode::kUnavailable;
constexpr auto kUnknown = absl::StatusCode::kUnknown;

// Long enough for one that does not wait as it should.
constexpr absl::Duration kAWhile = absl::Milliseconds(200);

// Forgets its tasks: nothing is written behind.
class IdleExecutor final : public Executor {
 public:
  void Schedule(absl::AnyInvocable<void() &&> /*task*/) override {}
  void ScheduleAfter(absl::Duration /*delay*/,
                     absl::AnyInvocable<void() &&> /*task*/) override {}
};

class GroupReadingTest : public GroupsTest {
 protected:
  GroupReadingTest() : intercepted_(store()) {
    groups_ = Groups::Over(
        intercepted_,
        {.clock = &clock_, .executor = std::make_shared<IdleExecutor>()});
  }
  ~GroupReadingTest() override { groups_.reset(); }

  // Holds no more than one event in memory.
  static GroupOptions Forgetful() { return {.outstanding_bytes_max = 1}; }
  absl::StatusOr<std::vector<Delivery>> TryPoll(ConsumerGroup& group,
                                                uint64_t member) {
    return group.Poll(member, 100, kNow);
  }

  testing::InterceptedStore intercepted_;
};
DAYBOOK_FOR_GROUP_ENGINES(GroupReadingTest);

// --- One at a time -----------------------------------------------------------

TEST_P(GroupReadingTest, AGroupIsOpenInTheseGroupsOrInOthers) {
  const auto others = Groups::Over(intercepted_);
  const auto group = Open();
  EXPECT_THAT(others->Open("group", {}),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_OK(others->Open("another", {}));

  EXPECT_OK(group->Close());

  EXPECT_OK(others->Open("group", {}));
}

// --- Errors that pass --------------------------------------------------------

TEST_P(GroupReadingTest, WhatCanNotBeReadAgainIsGivenLaterUncounted) {
  for (const std::string stream : {"a", "b", "c"}) Append(stream, 1);
  const auto group = Open(Forgetful());
  const uint64_t member = Join(*group);
  intercepted_.before_read_log = [] { return absl::DataLossError("damaged"); };
  EXPECT_THAT(Take(*group, member), ElementsAre(0));
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(TryPoll(*group, member), StatusIs(kDataLoss));
  EXPECT_THAT(Take(*group, member), IsEmpty());
  intercepted_.before_read_log = nullptr;
  clock_.Advance(absl::Seconds(1));
  const std::vector<Delivery> taken = Poll(*group, member);
  EXPECT_THAT(PositionsOf(taken), ElementsAre(1, 2));
  EXPECT_EQ(taken[0].attempt, 1);
}

TEST_P(GroupReadingTest, WhatIsTriedAgainIsNotHeldAboveTheLimitEither) {
  for (const std::string stream : {"a", "b"}) Append(stream, 1);
  GroupOptions options = Forgetful();
  options.filter.query.items = {{.types = {"happened"}}};
  const auto group = Open(options);
  const uint64_t member = Join(*group);
  const std::vector<Delivery> taken = Poll(*group, member);
  EXPECT_OK(group->Park(member, taken[1].id, "no use"));
  EXPECT_OK(groups().Retry("group", Position(1), {.user = "ann"}));
  int read_count = 0;
  intercepted_.before_read_log = [&] {
    ++read_count;
    return absl::OkStatus();
  };
  EXPECT_THAT(Take(*group, member), ElementsAre(1));
  EXPECT_EQ(read_count, 1);
}

TEST_P(GroupReadingTest, WhoAsksForWhatIsNotHandledHasNothingWritten) {
  Append("a", 2);
  const auto group = Open();
  const uint64_t member = Join(*group);
  EXPECT_OK(group->Ack(member, Poll(*group, member)[0].id));
  int write_count = 0;
  intercepted_.before_write_rows = [&] {
    ++write_count;
    return absl::OkStatus();
  };
  EXPECT_THAT(groups().WaitHandled("group", Position(1), kNow),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(write_count, 0);
  EXPECT_OK(groups().WaitHandled("group", Position(0), kNow));
}

TEST_P(GroupReadingTest, WhileNothingNewCanBeReadTheRestGoesOn) {
  std::atomic<bool> is_broken = false;
  const auto group =
      Open({.filter = {.where = [&](const EventView&) -> absl::StatusOr<bool> {
              if (is_broken) return absl::InternalError("broken");
              return true;
            }}});
  const uint64_t member = Join(*group);
  Append("a", 1);
  const std::vector<Delivery> taken = Poll(*group, member);
  Append("b", 1);
  is_broken = true;
  EXPECT_THAT(TryPoll(*group, member), StatusIs(kInternal));
  EXPECT_THAT(InfoOf().problem, StatusIs(kInternal));
  EXPECT_OK(group->Ack(member, taken[0].id));
  is_broken = false;
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(Take(*group, member), ElementsAre(1));
  EXPECT_OK(InfoOf().problem);
}

TEST_P(GroupReadingTest, AFilterThatIsUnavailableForAWhileEndsNothing) {
  std::atomic<bool> is_away = true;
  const auto group =
      Open({.filter = {.where = [&](const EventView&) -> absl::StatusOr<bool> {
              if (is_away) return absl::UnavailableError("away");
              return true;
            }}});
  const uint64_t member = Join(*group);
  Append("a", 1);
  EXPECT_THAT(TryPoll(*group, member), StatusIs(kUnavailable));
  EXPECT_FALSE(group->is_closed());
  is_away = false;
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(Take(*group, member), ElementsAre(0));
}

TEST_P(GroupReadingTest, AStoreThatIsClosedEndsTheGroup) {
  const auto group = Open();
  const uint64_t member = Join(*group);
  EXPECT_OK(store().Close(absl::Minutes(1)));
  EXPECT_THAT(TryPoll(*group, member), StatusIs(kUnavailable));
  EXPECT_TRUE(group->is_closed());
}

TEST_P(GroupReadingTest, ALaneThatThrowsLosesNoEventBehindIt) {
  std::atomic<bool> is_broken = false;
  const GroupOptions options = {
      .lanes = Lanes::ByKey([&](const EventView& event) -> std::string {
        if (is_broken && event.stream == "a") throw std::runtime_error("oh");
        return std::string(event.stream);
      })};
  const auto group = Open(options);
  const uint64_t member = Join(*group);
  for (const std::string stream : {"a", "b", "c"}) Append(stream, 1);
  is_broken = true;
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(TryPoll(*group, member), StatusIs(kUnknown));
    clock_.Advance(absl::Seconds(1));
  }
  is_broken = false;
  EXPECT_THAT(Take(*group, member), ElementsAre(0, 1, 2));
  EXPECT_OK(group->Close());
  is_broken = true;
  EXPECT_THAT(groups().Open("group", options), StatusIs(kUnknown));
}

TEST_P(GroupReadingTest, AHandlerOutlivesWhatCanNotBeReadAndTellsOfIt) {
  for (const std::string stream : {"a", "b"}) Append(stream, 1);
  std::atomic<bool> is_broken = true;
  intercepted_.before_read_log = [&] {
    return is_broken ? absl::DataLossError("damaged") : absl::OkStatus();
  };
  std::atomic<int> calls = 0;
  // As long as the first is outstanding, the other one is not held.
  absl::Notification told;
  const auto handler =
      GroupHandler::Start(Open(Forgetful()), "handler",
                          [&](const Delivery& delivery) {
                            ++calls;
                            if (delivery.event->position == Position(0)) {
                              told.WaitForNotification();
                            }
                            return absl::OkStatus();
                          },
                          {.worker_count = 2});
  ASSERT_OK(handler);
  const absl::Time patience = absl::Now() + kSoon;
  while ((*handler)->status().ok() && absl::Now() < patience) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  EXPECT_THAT((*handler)->status(), StatusIs(kDataLoss));
  told.Notify();
  is_broken = false;
  while ((calls < 2 || !(*handler)->status().ok()) && absl::Now() < patience) {
    clock_.Advance(absl::Milliseconds(100));
    absl::SleepFor(absl::Milliseconds(1));
  }
  EXPECT_EQ(calls, 2);
  EXPECT_OK((*handler)->status());
}

TEST_P(GroupReadingTest, AGroupThatCouldNotWriteIsResetOrDeletedWithoutThat) {
  Append("a", 2);
  for (const bool is_reset : {true, false}) {
    const auto group = Open();
    const uint64_t member = Join(*group);
    EXPECT_OK(group->Ack(member, Poll(*group, member)[0].id));
    intercepted_.before_write_rows = [] {
      return absl::InternalError("no write");
    };
    EXPECT_THAT(group->Flush(), StatusIs(kInternal));
    intercepted_.before_write_rows = nullptr;
    EXPECT_THAT(group->Flush(), StatusIs(kInternal));
    EXPECT_OK(is_reset ? groups().Reset("group", Position(0), {})
                       : groups().Delete("group", {}));
    const auto again = Open();
    EXPECT_THAT(Take(*again, Join(*again), 1), ElementsAre(0));
    EXPECT_OK(again->Close());
  }
}

// --- Closing -----------------------------------------------------------------

TEST_P(GroupReadingTest, WhoOpensAGroupThatIsBeingClosedFindsWhatWasDone) {
  Append("a", 2);
  const auto group = Open();
  const uint64_t member = Join(*group);
  EXPECT_OK(group->Ack(member, Poll(*group, member)[0].id));
  absl::Notification writing;
  absl::Notification opened;
  intercepted_.before_write_rows = [&] {
    if (writing.HasBeenNotified()) return absl::OkStatus();
    writing.Notify();
    opened.WaitForNotificationWithTimeout(kAWhile);
    return absl::OkStatus();
  };
  std::thread closer([&] { EXPECT_OK(group->Close()); });
  writing.WaitForNotification();
  const auto again = Open();
  opened.Notify();
  closer.join();
  EXPECT_THAT(Take(*again, Join(*again)), ElementsAre(1));
}

TEST_P(GroupReadingTest, ASecondCloseReturnsWhenTheFirstOneDoes) {
  Append("a", 1);
  const auto group = Open();
  const uint64_t member = Join(*group);
  EXPECT_OK(group->Ack(member, Poll(*group, member)[0].id));
  absl::Notification writing;
  absl::Notification returned;
  std::atomic<bool> is_written = false;
  intercepted_.before_write_rows = [&] {
    writing.Notify();
    returned.WaitForNotificationWithTimeout(kAWhile);
    is_written = true;
    return absl::InternalError("no write");
  };
  std::thread closer([&] { EXPECT_THAT(group->Close(), StatusIs(kInternal)); });
  writing.WaitForNotification();
  EXPECT_THAT(group->Close(), StatusIs(kInternal));
  EXPECT_TRUE(is_written);
  returned.Notify();
  closer.join();
}

TEST_P(GroupReadingTest, OnceItIsClosedNobodyReadsTheStore) {
  for (const std::string stream : {"a", "b"}) Append(stream, 1);
  const auto group = Open(Forgetful());
  const uint64_t member = Join(*group);
  absl::Notification reading;
  absl::Notification closed;
  std::atomic<bool> is_read = false;
  intercepted_.before_read_log = [&] {
    reading.Notify();
    closed.WaitForNotificationWithTimeout(kAWhile);
    is_read = true;
    return absl::OkStatus();
  };
  std::thread poller(
      [&] { EXPECT_THAT(TryPoll(*group, member), StatusIs(kUnavailable)); });
  reading.WaitForNotification();
  EXPECT_OK(group->Close());
  EXPECT_TRUE(is_read);
  closed.Notify();
  poller.join();
}

}  // namespace
}  // namespace daybook
