// What a durable subscription says once what was acknowledged can't be written,
// and of one that stands before a damaged event.

#include "store/checkpoint_keeper.h"

#include <memory>
#include <utility>
#include <vector>

#include "daybook/store/event_store.h"
#include "gtest/gtest.h"
#include "store/head_watch.h"
#include "store/log_subscription.h"
#include "tests/testing/intercepted_store.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using testing::InterceptedStore;
using testing::StatusIs;

constexpr auto kFailedPrecondition = absl::StatusCode::kFailedPrecondition;

// Passes everything.
class EmptyFeed final : public EventFeed {
 public:
  absl::Status Read(Position /*from*/, Position to, Step* step) override {
    *step = {.events = {}, .next = to};
    return absl::OkStatus();
  }
  void Release() override {}
};

class StuckCheckpointTest : public ::testing::Test {
 protected:
  StuckCheckpointTest() {
    EXPECT_OK(
        held_->Append("a", ExpectedRevision::Any(), {NewEvent{.type = "t"}}));
    options_.name = "s";
    auto entry = keeper_->Open(options_, Position(0));
    EXPECT_OK(entry);
    entry_ = *std::move(entry);
    store_.before_write_rows = [] {
      return absl::UnknownError("the disk is gone");
    };
    // Is not known to be in vain yet.
    EXPECT_OK(keeper_->Raise(entry_, Position(1)));
    EXPECT_THAT(keeper_->Flush(), StatusIs(absl::StatusCode::kUnknown));
  }

  const std::unique_ptr<EventStore> held_ = EventStore::OpenInMemory();
  InterceptedStore store_{*held_};
  const std::shared_ptr<CheckpointKeeper> keeper_ =
      std::make_shared<CheckpointKeeper>(
          &store_, Clock::System(),
          [](absl::Duration /*delay*/, const auto& /*task*/) {});
  SubscribeOptions options_;
  std::shared_ptr<CheckpointKeeper::Entry> entry_;
};

TEST_F(StuckCheckpointTest, IsNotRaised) {
  EXPECT_THAT(keeper_->Raise(entry_, Position(2)),
              StatusIs(kFailedPrecondition));
}

TEST_F(StuckCheckpointTest, EndsItsSubscription) {
  const auto watch = std::make_shared<HeadWatch>();
  watch->Announce(Position(1));
  LogSubscription subscription(
      options_, Position(0),
      {.gate = std::make_shared<LogSubscription::Gate>(),
       .watch = watch,
       .keeper = keeper_,
       .checkpoint = entry_});
  subscription.SetFeed(std::make_unique<EmptyFeed>());
  EXPECT_THAT(subscription.Next(absl::ZeroDuration()),
              StatusIs(kFailedPrecondition));
  bool is_ready = false;
  subscription.NotifyWhenReady([&] { is_ready = true; });
  EXPECT_TRUE(is_ready);
}

TEST(CheckpointKeeperTest, ListsWhoStandsBeforeADamagedEvent) {
  const auto held = EventStore::OpenInMemory();
  InterceptedStore store(*held);
  const auto keeper = std::make_shared<CheckpointKeeper>(
      &store, Clock::System(),
      [](absl::Duration /*delay*/, const auto& /*task*/) {});
  ASSERT_OK(held->Append("a", ExpectedRevision::Any(),
                         {NewEvent{.type = "t"}, NewEvent{.type = "t"}}));
  SubscribeOptions options;
  options.name = "behind";
  ASSERT_OK(keeper->Open(options, Position(0)));
  options.name = "done";
  options.from = SubscribeFrom::End();
  ASSERT_OK(keeper->Open(options, Position(2)));
  store.before_read_event = [] { return absl::DataLossError("damaged"); };

  ASSERT_OK_AND_ASSIGN(const std::vector<SubscriptionInfo> infos,
                       keeper->List());

  ASSERT_EQ(infos.size(), 2);
  EXPECT_EQ(infos[0].lag_count, 2);
  EXPECT_EQ(infos[0].lag, absl::InfiniteDuration());
  EXPECT_EQ(infos[1].lag, absl::ZeroDuration());
}

}  // namespace
}  // namespace daybook
