// EventStore::Branch(): a copy that is whole, its own, and leaves the store it
// was made of alone.

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/store/describe.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/fault_workload.h"
#include "tests/testing/row_workload.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;
using testing::CheckRows;
using testing::CheckStore;
using ::testing::ElementsAre;
using testing::StatusIs;
using testing::TemporaryFolder;
using testing::Workload;

class BranchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(folder_ / "stores");
    store_ = Open("store");
    ASSERT_OK(testing::AttachCounter(*store_));
  }

  std::string Path(const std::string& name) {
    return folder_ / ("stores/" + name);
  }
  std::unique_ptr<EventStore> Open(const std::string& name) {
    auto store = EventStore::Open(Path(name), options_);
    EXPECT_OK(store);
    return store.ok() ? *std::move(store) : nullptr;
  }
  void Append(EventStore& store, uint32_t writer, int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_OK(store.Append(workload_.Make({writer, next_[writer]++})));
    }
  }
  std::vector<std::string> Folders() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_ / "stores")) {
      names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  TemporaryFolder folder_;
  const Workload workload_{42, 2'000};
  uint64_t next_[8] = {};
  StoreOptions options_;
  std::unique_ptr<EventStore> store_;
};

TEST_F(BranchTest, HasAllThatWasCommitted) {
  Append(*store_, 0, 100);
  ASSERT_OK(store_->SetStreamMetadata("shared-1", {.max_count = 5}));
  const std::string log = Describe(store_->ReadLog());

  ASSERT_OK(store_->Branch(Path("branch")));

  const std::unique_ptr<EventStore> branch = Open("branch");
  EXPECT_EQ(Describe(branch->ReadLog()), log);
  EXPECT_OK(CheckRows(*branch));
  EXPECT_NE(branch->Status().store_id, store_->Status().store_id);
  EXPECT_EQ(branch->DurableHead(), store_->Head());
  EXPECT_THAT(Folders(), ElementsAre("branch", "store"));
}

TEST_F(BranchTest, OfAnEmptyStoreIsEmpty) {
  ASSERT_OK(store_->Branch(Path("branch")));

  EXPECT_EQ(Open("branch")->Head(), Position(0));
}

TEST_F(BranchTest, GoesItsOwnWay) {
  Append(*store_, 0, 50);
  ASSERT_OK(store_->Branch(Path("branch")));
  std::unique_ptr<EventStore> branch = Open("branch");
  ASSERT_OK(testing::AttachCounter(*branch));

  Append(*store_, 1, 60);
  Append(*branch, 2, 70);

  for (EventStore* store : {store_.get(), branch.get()}) {
    ASSERT_OK_AND_ASSIGN(const testing::StoredAppends stored,
                         CheckStore(*store, workload_));
    const bool is_branch = store == branch.get();
    EXPECT_EQ(stored.size(), is_branch ? 120 : 110);
    EXPECT_EQ(stored.contains({1, 0}), !is_branch);
    EXPECT_EQ(stored.contains({2, 0}), is_branch);
    EXPECT_OK(CheckRows(*store));
  }
  ASSERT_OK(branch->Close(absl::Minutes(1)));
  branch.reset();
  fs::remove_all(Path("branch"));
  EXPECT_OK(CheckStore(*store_, workload_));
}

TEST_F(BranchTest, OutlivesTheStoreItWasMadeOf) {
  Append(*store_, 0, 50);
  ASSERT_OK(store_->Branch(Path("branch")));
  store_.reset();
  fs::remove_all(Path("store"));

  const std::unique_ptr<EventStore> branch = Open("branch");

  ASSERT_OK_AND_ASSIGN(const testing::StoredAppends stored,
                       CheckStore(*branch, workload_));
  EXPECT_EQ(stored.size(), 50);
}

TEST_F(BranchTest, MadeUnderFireIsAPrefixWithAllThatWasAcknowledgedBefore) {
  for (const Durability durability : {Durability::Sync(), Durability::None()}) {
    options_.durability = durability;
    store_.reset();
    store_ = Open("store");
    ASSERT_OK(testing::AttachCounter(*store_));
    std::atomic<bool> stop = false;
    std::vector<std::thread> appenders;
    for (uint32_t writer = 0; writer < 4; ++writer) {
      appenders.emplace_back([&, writer] {
        while (!stop) Append(*store_, writer, 1);
      });
    }
    std::thread rows([&] {
      testing::Random random(1);
      testing::RowChain chain(*store_);
      EXPECT_OK(chain.Begin());
      while (!stop) EXPECT_OK(chain.WriteBatch(random));
    });
    for (int i = 0; i < 4; ++i) {
      const Position before = store_->Head();

      ASSERT_OK(store_->Branch(Path("branch")));

      std::unique_ptr<EventStore> branch = Open("branch");
      EXPECT_GE(branch->Head(), before);
      EXPECT_OK(CheckStore(*branch, workload_));
      EXPECT_OK(CheckRows(*branch));
      branch.reset();
      fs::remove_all(Path("branch"));
    }
    stop = true;
    rows.join();
    for (std::thread& appender : appenders) appender.join();
  }
}

TEST_F(BranchTest, AnExistingFolderIsRefusedAndLeftAlone) {
  fs::create_directory(Path("there"));

  EXPECT_THAT(store_->Branch(Path("there")),
              StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(store_->Branch(Path("store")),
              StatusIs(absl::StatusCode::kAlreadyExists));

  EXPECT_TRUE(fs::is_empty(Path("there")));
  EXPECT_THAT(Folders(), ElementsAre("store", "there"));
}

// It would go with the store, and be in the way of what looks through it.
TEST_F(BranchTest, AFolderInTheStoreItselfIsRefusedAndNothingIsMadeThere) {
  Append(*store_, 0, 1);
  for (const char* inside :
       {"store/branch", "store/log/branch", "store/../store/branch"}) {
    EXPECT_THAT(store_->Branch(Path(inside)),
                StatusIs(absl::StatusCode::kFailedPrecondition,
                         ::testing::HasSubstr("lies in the folder")))
        << inside;
  }
  for (const auto& entry : fs::recursive_directory_iterator(Path("store"))) {
    EXPECT_FALSE(absl::StrContains(entry.path().string(), "branch"));
  }
  EXPECT_OK(store_->Branch(Path("store-2")));
}

TEST_F(BranchTest, OneThatFailsLeavesNothing) {
  Append(*store_, 0, 20);
  // A plain file where a folder must be.
  testing::WriteFile(Path("file"), "x");

  EXPECT_FALSE(store_->Branch(Path("file/branch")).ok());

  EXPECT_THAT(Folders(), ElementsAre("file", "store"));
}

TEST(BranchInMemoryTest, IsNotThere) {
  const TemporaryFolder folder;

  EXPECT_THAT(EventStore::OpenInMemory()->Branch(folder / "branch"),
              StatusIs(absl::StatusCode::kUnimplemented));
}

}  // namespace
}  // namespace daybook
