// Whoever starts threads, of every room, where there are none to be had: says
// so, or does with fewer; nothing throws.

#include <atomic>
#include <memory>
#include <string>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "daybook/bus/group_handler.h"
#include "daybook/bus/groups.h"
#include "daybook/bus/schedules.h"
#include "daybook/replay/view_fold.h"
#include "daybook/replay/views.h"
#include "daybook/server/store_server.h"
#include "daybook/store/event_store.h"
#include "daybook/store/push_subscription.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/replay/articles.h"
#include "tests/replay/cart.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"
#include "tests/testing/thread_limit.h"

namespace daybook {
namespace {

using testing::Added;
using testing::Articles;
using ::testing::IsEmpty;
using testing::StatusIs;
using testing::TemporaryFolder;
using testing::ThreadLimit;

constexpr auto kResourceExhausted = absl::StatusCode::kResourceExhausted;
constexpr absl::Duration kSoon = absl::Seconds(30);

class ThreadsTest : public ::testing::Test {
 protected:
  void Append(const std::string& stream) {
    EXPECT_OK(store_->Append(stream, ExpectedRevision::Any(),
                             {{.type = "happened"}}));
  }

  const std::unique_ptr<EventStore> store_ = EventStore::OpenInMemory();
};

TEST_F(ThreadsTest, AnExecutorDoesWithFewerThanItIsAskedFor) {
  const ThreadLimit limit(1);
  const auto executor = Executor::Threads(4);
  absl::Notification ran;
  executor->Schedule([&] { ran.Notify(); });
  EXPECT_TRUE(ran.WaitForNotificationWithTimeout(kSoon));
}

TEST_F(ThreadsTest, AnExecutorWithoutAnyIsNone) {
  const ThreadLimit limit(0);
  EXPECT_EQ(Executor::Threads(4), nullptr);
}

TEST_F(ThreadsTest, AStoreDoesNotOpenAndIsLeftAsItIs) {
  const TemporaryFolder folder;
  {
    const ThreadLimit limit(0);
    EXPECT_THAT(EventStore::Open(folder / "store", {}).status(),
                StatusIs(kResourceExhausted));
  }
  EXPECT_OK(EventStore::Open(folder / "store", {.error_if_exists = true}));
}

TEST_F(ThreadsTest, APushSubscriptionDoesNotStartAndMayBeStartedAgain) {
  SubscribeOptions options;
  options.name = "s";
  const auto handler = [](const EventBatch&) { return absl::OkStatus(); };
  {
    const ThreadLimit limit(0);
    EXPECT_THAT(PushSubscription::Start(*store_, options, handler).status(),
                StatusIs(kResourceExhausted));
  }
  EXPECT_OK(PushSubscription::Start(*store_, options, handler));
}

TEST_F(ThreadsTest, AGroupThatNobodyCouldWriteDoesNotOpen) {
  const ThreadLimit limit(0);
  const auto groups = Groups::Over(*store_);
  EXPECT_THAT(groups->Open("group", {}).status(), StatusIs(kResourceExhausted));
  EXPECT_THAT(*groups->List(), IsEmpty());
}

TEST_F(ThreadsTest, AHandlerThatLacksAThreadDoesNotStartAndLeaves) {
  const auto groups = Groups::Over(*store_);
  const auto group = groups->Open("group", {});
  ASSERT_OK(group);
  // Two that work, and one that watches them.
  for (const int count : {0, 1, 2}) {
    const ThreadLimit limit(count);
    EXPECT_THAT(
        GroupHandler::Start(*group, "handler",
                            [](const Delivery&) { return absl::OkStatus(); },
                            {.worker_count = 2})
            .status(),
        StatusIs(kResourceExhausted));
  }
  EXPECT_THAT((*group)->Info()->members, IsEmpty());
}

TEST_F(ThreadsTest, ACallThatHangsIsReplacedByItselfWhereNoThreadIs) {
  Append("a");
  Append("b");
  const auto groups = Groups::Over(*store_);
  const auto group = groups->Open("group", {});
  ASSERT_OK(group);
  std::atomic<bool> hung = false;
  absl::Notification go_on;
  absl::Notification handled;
  const auto handler = GroupHandler::Start(
      *group, "handler",
      [&](const Delivery& delivery) {
        if (!hung.exchange(true)) go_on.WaitForNotification();
        if (delivery.event->stream == "b") handled.Notify();
        return absl::OkStatus();
      },
      {.worker_count = 1, .timeout = absl::Milliseconds(1)});
  ASSERT_OK(handler);
  const ThreadLimit limit(0);
  while ((*handler)->hanging_count() == 0) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  go_on.Notify();
  EXPECT_TRUE(handled.WaitForNotificationWithTimeout(kSoon));
}

TEST_F(ThreadsTest, ASchedulerDoesNotStart) {
  const ThreadLimit limit(0);
  EXPECT_THAT(Scheduler::Start(*store_).status(), StatusIs(kResourceExhausted));
}

TEST_F(ThreadsTest, AViewBehindTheLogIsNotAddedAndMayBeAddedAgain) {
  Views views(*store_);
  {
    const ThreadLimit limit(0);
    EXPECT_THAT(views.Add<Articles>(ViewMode::kAsync),
                StatusIs(kResourceExhausted));
  }
  EXPECT_OK(views.Add<Articles>(ViewMode::kAsync));
}

TEST_F(ThreadsTest, AFoldDoesWithTheThreadThatItIsCalledOn) {
  EXPECT_OK(daybook::Append(*store_, "cart-1", ExpectedRevision::Any(),
                            Added("tea", 2)));
  const ThreadLimit limit(0);
  const auto view = FoldView<Articles>(*store_, {.worker_count = 4});
  ASSERT_OK(view);
  EXPECT_EQ(view->size(), 1);
}

TEST_F(ThreadsTest, AStoreIsNotServed) {
  const TemporaryFolder folder;
  const ThreadLimit limit(0);
  EXPECT_THAT(StoreServer::Start(*store_, folder / "store").status(),
              StatusIs(kResourceExhausted));
}

}  // namespace
}  // namespace daybook
