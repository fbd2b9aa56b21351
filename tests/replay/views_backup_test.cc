// Backups of a store that keeps a view while four threads append to it: what is
// restored has the rows that its events make, up to their checkpoint.

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/replay/refold.h"
#include "daybook/replay/views.h"
#include "daybook/store/backup.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/replay/articles.h"
#include "tests/replay/cart.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

using testing::Added;
using testing::Articles;
using testing::TemporaryFolder;

TEST(ViewsBackupTest, RestoredRowsAreThoseOfTheRestoredEvents) {
  const TemporaryFolder folder;
  ASSERT_OK_AND_ASSIGN(const auto store,
                       EventStore::Open(folder / "store", {}));
  std::vector<TreeState> made;
  {
    Views views(*store);
    ASSERT_OK(views.Add<Articles>(ViewMode::kInline));
    std::atomic<bool> stop = false;
    std::vector<std::thread> appenders;
    for (int writer = 0; writer < 4; ++writer) {
      appenders.emplace_back([&, writer] {
        for (uint32_t i = 0; !stop; ++i) {
          EXPECT_OK(Append(*store, absl::StrCat("cart-", writer),
                           ExpectedRevision::Any(),
                           Added(absl::StrCat("tea ", i % 40), i % 8)));
        }
      });
    }
    for (int i = 0; i < 3; ++i) {
      const Position before = store->Head();
      ASSERT_OK(store->WaitForEvent(Position(before.value() + 100),
                                    absl::InfiniteDuration()));
      ASSERT_OK_AND_ASSIGN(const CreatedBackup backup,
                           store->Backup(folder / "backups"));
      made.push_back(backup.backup.tree);
    }
    stop = true;
    for (std::thread& appender : appenders) appender.join();
  }
  for (size_t i = 0; i < made.size(); ++i) {
    const std::string path = absl::StrCat(folder.path(), "/restored-", i);
    ASSERT_OK(RestoreBackup(folder / "backups", i + 1, path));
    ASSERT_OK_AND_ASSIGN(const auto restored, EventStore::Open(path, {}));

    // The same events as the store's first ones,
    EXPECT_EQ(store->CheckTree(Position(0), Position(made[i].size)).value(),
              made[i]);
    EXPECT_EQ(restored->CheckTree(Position(0), Position(made[i].size)).value(),
              made[i]);
    // and the rows that they make, all of them.
    ASSERT_OK_AND_ASSIGN(const auto articles, MakeAnyProjection<Articles>());
    ASSERT_OK_AND_ASSIGN(const RefoldReport report,
                         Refold(*restored, articles, {}));
    EXPECT_EQ(report.next_position, restored->Head());
    EXPECT_GT(report.compared_count, 0);
    EXPECT_EQ(report.difference_count, 0);
  }
}

}  // namespace
}  // namespace daybook
