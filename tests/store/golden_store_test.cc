#include "tests/store/golden_store.h"

#include <filesystem>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

using testing::TemporaryFolder;

class GoldenStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    testing::CopyFolder(DAYBOOK_SOURCE_DIR "/tests/store/golden/format-1",
                        folder_ / "store");
    const std::unique_ptr<EventStore> memory =
        EventStore::OpenInMemory(options_.get());
    ASSERT_OK(FillGoldenStore(*memory, options_.clock()));
    expected_ = DescribeGoldenStore(*memory);
  }
  std::string Opened() {
    auto store = EventStore::Open(folder_ / "store", options_.get());
    return store.ok() ? DescribeGoldenStore(**store)
                      : store.status().ToString();
  }

  TemporaryFolder folder_;
  GoldenOptions options_;
  std::string expected_;
};

TEST_F(GoldenStoreTest, OfFormat1IsReadAsItWasWritten) {
  EXPECT_EQ(Opened(), expected_);
}

TEST_F(GoldenStoreTest, OfFormat1IsIndexedAnewFromItsLog) {
  std::filesystem::remove_all(folder_ / "store/index");

  EXPECT_EQ(Opened(), expected_);
}

TEST_F(GoldenStoreTest, OfFormat1HasTheTreeItWasWrittenWith) {
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store,
                       EventStore::Open(folder_ / "store", options_.get()));
  ASSERT_OK_AND_ASSIGN(const TreeState tree, store->Tree());

  EXPECT_EQ(tree.size, store->Head().value());
  EXPECT_EQ(tree.root.ToHex(),
            "7777a1d28e71cc28f4575c58ca9cbb76694ad19ed9e2a176903cc96894d9c3c5");
  EXPECT_THAT(store->CheckTree(Position(0), Position(tree.size)),
              testing::IsOkAndHolds(tree));
}

TEST_F(GoldenStoreTest, IsWrittenAlikeByTodaysCode) {
  {
    GoldenOptions options;
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store,
                         EventStore::Open(folder_ / "fresh", options.get()));
    ASSERT_OK(FillGoldenStore(*store, options.clock()));
    EXPECT_EQ(DescribeGoldenStore(*store), expected_);
  }
}

}  // namespace
}  // namespace daybook
