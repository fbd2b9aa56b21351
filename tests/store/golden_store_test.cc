#include "tests/store/golden_store.h"

#include <filesystem>
#include <memory>
#include <string>

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
    testing::CopyFolder(DAYBOOK_SOURCE_DIR "/tests/store/golden/format-0",
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

TEST_F(GoldenStoreTest, OfFormat0IsReadAsItWasWritten) {
  EXPECT_EQ(Opened(), expected_);
}

TEST_F(GoldenStoreTest, OfFormat0IsIndexedAnewFromItsLog) {
  std::filesystem::remove_all(folder_ / "store/index");

  EXPECT_EQ(Opened(), expected_);
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
