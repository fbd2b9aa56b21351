// Members that wait side by side: each change wakes one of them, and what comes
// next must find another one awake when that one goes.

#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "tests/bus/groups_fixture.h"

namespace daybook {
namespace {

// Until a thread that was started waits.
constexpr absl::Duration kAMoment = absl::Milliseconds(30);

// Groups by the machine's clock: beside another one who waits looks now and
// then, whether he was woken or not.
class GroupWaitingTest : public GroupsTest {
 protected:
  GroupWaitingTest() { groups_ = Groups::Over(store()); }
};
DAYBOOK_FOR_GROUP_ENGINES(GroupWaitingTest);

TEST_P(GroupWaitingTest, ARetryIsGivenToWhoStillWaits) {
  Append("a", 1);
  const auto group = Open({.lease = absl::Hours(1)});
  const uint64_t failing = Join(*group);
  const uint64_t delivery = Poll(*group, failing)[0].id;
  absl::Notification taken;
  const auto wait = [&](absl::Duration timeout) {
    const auto deliveries = group->Poll(Join(*group), 1, timeout);
    if (deliveries.ok() && !deliveries->empty()) taken.Notify();
  };
  // The first to wait is the one that is woken, and goes before it is time.
  std::thread brief([&] { wait(3 * kAMoment); });
  absl::SleepFor(kAMoment);
  std::thread patient([&] { wait(absl::InfiniteDuration()); });
  absl::SleepFor(kAMoment);
  EXPECT_OK(group->Nack(failing, delivery, {.retry_after = 5 * kAMoment}));
  EXPECT_TRUE(taken.WaitForNotificationWithTimeout(kSoon));
  EXPECT_OK(group->Close());
  brief.join();
  patient.join();
}

}  // namespace
}  // namespace daybook
