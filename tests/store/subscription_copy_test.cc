// Where durable subscriptions go with the log: branches, backups, reindexing.

#include <memory>
#include <string>

#include "daybook/store/backup.h"
#include "daybook/store/event_store.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

using testing::IsOk;
using testing::TemporaryFolder;

class SubscriptionCopyTest : public ::testing::Test {
 protected:
  SubscriptionCopyTest() : store_(Open("store")) {
    EXPECT_OK(store_->Append("a", ExpectedRevision::Any(),
                             {NewEvent{.type = "t"}, NewEvent{.type = "t"}}));
    SubscribeOptions options;
    options.name = "s";
    options.filter.stream = "a";
    const auto subscription = store_->Subscribe(options);
    EXPECT_OK(subscription);
    EXPECT_OK((*subscription)->Next(absl::Seconds(30)));
    // In memory alone by now.
    EXPECT_OK((*subscription)->Acknowledge(Position(0)));
  }

  std::unique_ptr<EventStore> Open(std::string_view name) {
    auto store = EventStore::Open(folder_ / name, {});
    EXPECT_OK(store);
    return *std::move(store);
  }
  static void ExpectTheSubscription(EventStore& store) {
    ASSERT_OK_AND_ASSIGN(const SubscriptionInfo info,
                         store.GetSubscription("s"));
    EXPECT_EQ(info.checkpoint, Position(1));
    EXPECT_EQ(info.stored_checkpoint, Position(1));
    EXPECT_EQ(info.filter.stream, "a");
  }

  TemporaryFolder folder_;
  std::unique_ptr<EventStore> store_;
};

TEST_F(SubscriptionCopyTest, ABranchHasWhatWasAcknowledgedBefore) {
  ASSERT_OK(store_->Branch(folder_ / "branch"));
  const auto branch = Open("branch");
  ExpectTheSubscription(*branch);
  ASSERT_OK(branch->DeleteSubscription("s"));
  ExpectTheSubscription(*store_);
}

TEST_F(SubscriptionCopyTest, ABackupHasWhatWasAcknowledgedBefore) {
  ASSERT_OK(store_->Backup(folder_ / "backups"));
  ASSERT_OK(store_->ResetSubscription("s", Position(2)));
  ASSERT_OK(RestoreBackup(folder_ / "backups", {}, folder_ / "restored"));
  ExpectTheSubscription(*Open("restored"));
}

TEST_F(SubscriptionCopyTest, ReindexingLeavesItAlone) {
  store_.reset();
  ASSERT_OK(EventStore::Reindex(folder_ / "store", {},
                                [](const ReindexProgress&) {}));
  ExpectTheSubscription(*Open("store"));
}

}  // namespace
}  // namespace daybook
