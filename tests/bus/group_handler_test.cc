// Handlers that are called for the events of a group.

#include "daybook/bus/group_handler.h"

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "tests/bus/groups_fixture.h"
#include "tests/bus/intercepted_group.h"

namespace daybook {
namespace {

using ::testing::HasSubstr;
using testing::InterceptedGroup;
using ::testing::SizeIs;

// A call of a group, the first of its kind, that is answered once the handler
// has told how it is. The group may be far away.
struct SlowCall {
  void operator()() {
    if (begun.HasBeenNotified()) return;
    begun.Notify();
    told.WaitForNotificationWithTimeout(kSoon);
    is_answered = true;
  }
  void ExpectNobodyWaitsForIt(const GroupHandler& handler) {
    begun.WaitForNotification();
    EXPECT_OK(handler.status());
    EXPECT_FALSE(is_answered);
    told.Notify();
  }

  absl::Notification begun;
  absl::Notification told;
  std::atomic<bool> is_answered = false;
};

class GroupHandlerTest : public GroupsTest {
 protected:
  // Retries at once, `attempts` times. Nobody looks after a lease meanwhile,
  // and so by chance after calls that hang.
  std::shared_ptr<ConsumerGroup> OpenHasty(uint32_t attempts = 2) {
    return Open({.retry = {.first = absl::ZeroDuration(),
                           .attempt_count_max = attempts},
                 .lease = absl::Hours(1)});
  }
  static std::unique_ptr<GroupHandler> Start(
      std::shared_ptr<ConsumerGroup> group, DeliveryHandler handler,
      const GroupHandlerOptions& options = {}) {
    auto started = GroupHandler::Start(std::move(group), "handler",
                                       std::move(handler), options);
    EXPECT_OK(started);
    return *std::move(started);
  }
  // Until all is acknowledged or parked.
  void WaitUntilDone() {
    const absl::Time patience = absl::Now() + kSoon;
    while (InfoOf().lag_count > 0 && absl::Now() < patience) {
      absl::SleepFor(absl::Milliseconds(2));
    }
    EXPECT_EQ(InfoOf().lag_count, 0);
  }
};
DAYBOOK_FOR_GROUP_ENGINES(GroupHandlerTest);

TEST_P(GroupHandlerTest, HandlesEachEventOnceInTheOrderOfItsStream) {
  for (int i = 0; i < 5; ++i) Append("s" + std::to_string(i), 20);
  std::vector<std::atomic<uint64_t>> next(5);
  std::atomic<int> wrong_count = 0;
  const auto handler =
      Start(OpenHasty(),
            [&](const Delivery& delivery) {
              const size_t stream = delivery.event->stream[1] - '0';
              if (next[stream]++ != delivery.event->revision.value())
                ++wrong_count;
              return absl::OkStatus();
            },
            {.worker_count = 4});
  WaitUntilDone();
  EXPECT_EQ(wrong_count, 0);
  for (const auto& count : next) EXPECT_EQ(count, 20);
}

TEST_P(GroupHandlerTest, WhatFailsOrThrowsIsTriedAgainAndParkedInTheEnd) {
  Append("a", 3);
  std::atomic<int> calls = 0;
  const auto handler =
      Start(OpenHasty(), [&](const Delivery& delivery) -> absl::Status {
        ++calls;
        switch (delivery.event->position.value()) {
          case 0:
            return absl::InternalError("broken");
          case 1:
            throw std::runtime_error("oh");
          default:
            return absl::OkStatus();
        }
      });
  WaitUntilDone();
  EXPECT_EQ(calls, 5);
  const std::vector<ParkedEvent> parked = Parked();
  ASSERT_THAT(parked, SizeIs(2));
  EXPECT_THAT(parked[0].cause, HasSubstr("broken"));
  EXPECT_THAT(parked[1].cause, HasSubstr("the handler threw: oh"));
}

TEST_P(GroupHandlerTest, WhatCanNeverSucceedIsParkedAtOnce) {
  Append("a", 1);
  std::atomic<int> calls = 0;
  const auto handler = Start(OpenHasty(), [&](const Delivery&) {
    ++calls;
    return absl::InvalidArgumentError("no such sku");
  });
  WaitUntilDone();
  EXPECT_EQ(calls, 1);
  EXPECT_THAT(Parked()[0].cause, HasSubstr("no such sku"));
}

TEST_P(GroupHandlerTest, AHandlerThatHangsIsReplacedAndItsEventParked) {
  Append("a", 2);
  absl::Notification go_on;
  std::atomic<int> hanging = 0;
  const auto handler =
      Start(OpenHasty(),
            [&](const Delivery& delivery) {
              if (delivery.event->position == Position(0)) {
                ++hanging;
                go_on.WaitForNotification();
              }
              return absl::OkStatus();
            },
            {.worker_count = 1, .timeout = absl::Milliseconds(20)});
  WaitUntilDone();
  EXPECT_EQ(hanging, 2);
  EXPECT_EQ(handler->hanging_count(), 2);
  EXPECT_THAT(Parked()[0].cause, HasSubstr("took longer than 20ms"));
  go_on.Notify();
}

TEST_P(GroupHandlerTest, NotMoreThanSoManyHangAtOnce) {
  Append("a", 1);
  Append("b", 1);
  absl::Notification go_on;
  std::atomic<int> calls = 0;
  const auto handler = Start(OpenHasty(1000),
                             [&](const Delivery&) {
                               ++calls;
                               go_on.WaitForNotification();
                               return absl::OkStatus();
                             },
                             {.worker_count = 1,
                              .timeout = absl::Milliseconds(10),
                              .hanging_count_max = 1});
  while (handler->hanging_count() < 2) absl::SleepFor(absl::Milliseconds(2));
  absl::SleepFor(absl::Milliseconds(50));
  EXPECT_EQ(calls, 2);
  go_on.Notify();
  WaitUntilDone();
}

TEST_P(GroupHandlerTest, WhoReturnsTakesThePlaceOfOneThatHangsAndHasNone) {
  absl::Notification first;
  absl::Notification second;
  absl::Notification handled;
  // What hung is not tried again meanwhile.
  const auto group = Open({.retry = {.first = absl::Hours(1)}});
  const auto handler = Start(group,
                             [&](const Delivery& delivery) {
                               switch (delivery.event->position.value()) {
                                 case 0:
                                   first.WaitForNotification();
                                   break;
                                 case 1:
                                   second.WaitForNotification();
                                   break;
                                 default:
                                   handled.Notify();
                               }
                               return absl::OkStatus();
                             },
                             {.worker_count = 1,
                              .timeout = absl::Milliseconds(10),
                              .hanging_count_max = 1});
  const auto wait_for_hanging = [&](int count) {
    const absl::Time patience = absl::Now() + kSoon;
    while (handler->hanging_count() != count && absl::Now() < patience) {
      absl::SleepFor(absl::Milliseconds(1));
    }
    EXPECT_EQ(handler->hanging_count(), count);
  };
  Append("a", 1);
  wait_for_hanging(1);
  Append("b", 1);
  wait_for_hanging(2);
  first.Notify();
  wait_for_hanging(1);
  Append("c", 1);
  EXPECT_TRUE(handled.WaitForNotificationWithTimeout(kSoon));
  second.Notify();
}

TEST_P(GroupHandlerTest, ALongCallKeepsItsLease) {
  Append("a", 1);
  std::atomic<int> calls = 0;
  // Leases go by the fake clock, renewals come by the machine's.
  constexpr absl::Duration kLease = absl::Milliseconds(40);
  const auto group = Open({.lease = kLease});
  const auto is_renewed = [&] {
    const std::vector<GroupMemberInfo> members = InfoOf().members;
    return members.size() == 1 && members[0].lease_left == kLease;
  };
  const auto handler =
      Start(group,
            [&](const Delivery&) {
              ++calls;
              const absl::Time patience = absl::Now() + kSoon;
              for (int i = 0; i < 3; ++i) {
                clock_.Advance(kLease / 2);
                while (!is_renewed() && absl::Now() < patience) {
                  absl::SleepFor(absl::Milliseconds(1));
                }
                EXPECT_TRUE(is_renewed());
              }
              return absl::OkStatus();
            },
            // Another one would be heard of when it polls.
            {.worker_count = 1});
  WaitUntilDone();
  EXPECT_EQ(calls, 1);
}

TEST_P(GroupHandlerTest, WhoWasTakenForDeadJoinsAgain) {
  const auto group = Open({.lease = absl::Hours(1)});
  std::atomic<int> calls = 0;
  const auto handler = Start(group, [&](const Delivery&) {
    ++calls;
    return absl::OkStatus();
  });
  const uint64_t member = InfoOf().members.at(0).id;
  EXPECT_OK(group->Leave(member));
  Append("a", 1);
  WaitUntilDone();
  EXPECT_EQ(calls, 1);
  EXPECT_OK(handler->status());
}

TEST_P(GroupHandlerTest, NobodyWaitsForWhoJoinsAgain) {
  const auto group = std::make_shared<InterceptedGroup>(Open());
  SlowCall joining;
  const auto handler =
      Start(group, [](const Delivery&) { return absl::OkStatus(); });
  group->before_join = [&] { joining(); };
  EXPECT_OK(group->Leave(InfoOf().members.at(0).id));
  joining.ExpectNobodyWaitsForIt(*handler);
}

TEST_P(GroupHandlerTest, NobodyWaitsForARenewal) {
  // Due at once, by the machine's clock.
  const auto group = std::make_shared<InterceptedGroup>(
      Open({.lease = absl::Milliseconds(4)}));
  SlowCall renewing;
  group->before_renew = [&] { renewing(); };
  const auto handler =
      Start(group, [](const Delivery&) { return absl::OkStatus(); });
  renewing.ExpectNobodyWaitsForIt(*handler);
}

TEST_P(GroupHandlerTest, NobodyWaitsForAnEventThatIsTakenBack) {
  Append("a", 1);
  const auto group =
      std::make_shared<InterceptedGroup>(Open({.lease = absl::Hours(1)}));
  SlowCall failing;
  group->before_nack = [&] { failing(); };
  absl::Notification go_on;
  const auto handler = Start(group,
                             [&](const Delivery&) {
                               go_on.WaitForNotification();
                               return absl::OkStatus();
                             },
                             {.timeout = absl::Milliseconds(1)});
  failing.ExpectNobodyWaitsForIt(*handler);
  EXPECT_EQ(handler->hanging_count(), 1);
  go_on.Notify();
}

TEST_P(GroupHandlerTest, AGroupThatIsClosedEndsIt) {
  const auto group = OpenHasty();
  const auto handler =
      Start(group, [](const Delivery&) { return absl::OkStatus(); });
  EXPECT_OK(group->Close());
  const absl::Time patience = absl::Now() + kSoon;
  while (handler->status().ok() && absl::Now() < patience) {
    absl::SleepFor(absl::Milliseconds(2));
  }
  EXPECT_THAT(handler->status(), StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace daybook
