// VerifyStore(): what it finds in a store that nobody opened, and that it
// leaves everything as it was. Random changes: tamper_test.cc.

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/store/errors.h"
#include "daybook/store/event_store.h"
#include "daybook/store/verify.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/ordinary_user.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::HashFolder;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::ReadFile;
using ::testing::SizeIs;
using testing::StatusIs;
using testing::TemporaryFolder;
using testing::WriteFile;

class VerifyStoreTest : public ::testing::Test {
 protected:
  void SetUp() override { first_ = Grow(300); }

  std::string Path() { return folder_ / "store"; }
  TreeState Grow(int count) {
    StoreOptions options;
    options.durability = Durability::None();
    auto store = EventStore::Open(Path(), options);
    EXPECT_OK(store);
    std::vector<NewEvent> events(count, {.type = "t", .payload = "p"});
    EXPECT_OK((*store)->Append("s", ExpectedRevision::Any(), events));
    const absl::StatusOr<TreeState> tree = (*store)->Tree();
    EXPECT_OK((*store)->Close(absl::Minutes(1)));
    return *tree;
  }
  static VerifyOptions Against(const TreeState& tree) {
    VerifyOptions options;
    options.heads = {{"kept elsewhere", tree}};
    return options;
  }

  TemporaryFolder folder_;
  TreeState first_;
};

TEST_F(VerifyStoreTest, GivesTheTreeAndTheHeads) {
  ASSERT_OK_AND_ASSIGN(const VerifiedStore verified,
                       VerifyStore(Path(), VerifyOptions()));

  EXPECT_EQ(verified.tree, first_);
  EXPECT_THAT(verified.table, SizeIs(1));
  ASSERT_TRUE(verified.head_file.has_value());
  EXPECT_EQ(verified.head_file->head.root, first_.root);
}

TEST_F(VerifyStoreTest, ChangesNothing) {
  const uint64_t before = HashFolder(Path());

  ASSERT_OK(VerifyStore(Path(), VerifyOptions()));

  EXPECT_EQ(HashFolder(Path()), before);
}

TEST_F(VerifyStoreTest, NeedsNoIndex) {
  fs::remove_all(Path() + "/index");

  EXPECT_OK(VerifyStore(Path(), VerifyOptions()));
}

TEST_F(VerifyStoreTest, TheLogContinuesAnEarlierHead) {
  Grow(100);

  EXPECT_OK(VerifyStore(Path(), Against(first_)));
}

TEST_F(VerifyStoreTest, AnotherRootIsRefused) {
  TreeState another = first_;
  another.root = audit::LeafHash("another");

  EXPECT_THAT(
      VerifyStore(Path(), Against(another)),
      StatusIs(absl::StatusCode::kDataLoss, HasSubstr("kept elsewhere")));
}

// The store's own head of 400 events is right, another one of as many is not:
// the events below 300 are those of both.
TEST_F(VerifyStoreTest,
       OfTwoHeadsOfOneSizeTheWrongOneIsOfWhatTheSmallerLeaves) {
  TreeState another = Grow(100);
  another.root = audit::LeafHash("another");

  const absl::Status verified = VerifyStore(Path(), Against(another)).status();

  EXPECT_EQ(GetDamage(verified), Position(first_.size));
}

TEST_F(VerifyStoreTest, AFolderThatCantBeWrittenIsVerified) {
  const testing::OrdinaryUser user;
  fs::permissions(Path(), fs::perms::owner_read | fs::perms::owner_exec);
  fs::permissions(Path() + "/LOCK", fs::perms::owner_read);

  EXPECT_OK(VerifyStore(Path(), VerifyOptions()));

  fs::permissions(Path(), fs::perms::owner_all);
}

TEST_F(VerifyStoreTest, WhatMayNotBeLookedAtIsNotTakenForDamagedNorThrows) {
  const testing::OrdinaryUser user;
  VerifyOptions options;
  options.indexes = true;
  for (const std::string& folder : {Path() + "/log", Path() + "/index"}) {
    SCOPED_TRACE(folder);
    fs::permissions(folder, fs::perms::none);

    EXPECT_THAT(VerifyStore(Path(), options),
                StatusIs(absl::StatusCode::kPermissionDenied));

    fs::permissions(folder, fs::perms::owner_all);
  }
  EXPECT_OK(VerifyStore(Path(), options));
}

TEST_F(VerifyStoreTest, ALargerHeadIsRefused) {
  TreeState larger = first_;
  ++larger.size;

  const absl::Status verified = VerifyStore(Path(), Against(larger)).status();

  EXPECT_EQ(GetDamage(verified), Position(first_.size));
}

TEST_F(VerifyStoreTest, AHeadOfNothingIsContinuedByAnything) {
  EXPECT_OK(VerifyStore(Path(), Against(TreeState())));
}

TEST_F(VerifyStoreTest, OnlyWhatCameSinceIsLookedAt) {
  const TreeState second = Grow(5'000);
  VerifyOptions options;
  options.since = first_;
  Position lowest = Position(second.size);
  options.progress = [&](Position at, Position) {
    lowest = std::min(lowest, at);
    return true;
  };

  ASSERT_OK_AND_ASSIGN(const VerifiedStore verified,
                       VerifyStore(Path(), options));

  EXPECT_EQ(verified.tree, second);
  EXPECT_GE(lowest, Position(first_.size));
  EXPECT_LT(lowest, Position(second.size));
}

TEST_F(VerifyStoreTest, WhatWasVerifiedBeforeMustBeThere) {
  Grow(10);
  VerifyOptions options;
  options.since = {first_.size, audit::LeafHash("another")};

  EXPECT_THAT(VerifyStore(Path(), options),
              StatusIs(absl::StatusCode::kDataLoss,
                       HasSubstr("what was verified before")));
}

TEST_F(VerifyStoreTest, EndsWhereProgressSays) {
  VerifyOptions options;
  options.progress = [](Position, Position) { return false; };

  EXPECT_THAT(VerifyStore(Path(), options),
              StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(VerifyStoreTest, AHeadFileThatIsNoneIsDamage) {
  WriteFile(Path() + "/HEAD", "rubbish");

  EXPECT_THAT(VerifyStore(Path(), VerifyOptions()),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("HEAD")));
}

TEST_F(VerifyStoreTest, AStoreThatIsOpenIsVerifiedAsItIs) {
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> open,
                       EventStore::Open(Path(), StoreOptions()));
  ASSERT_OK(open->Append("t", ExpectedRevision::NoStream(), {{.type = "t"}}));
  VerifyOptions options;
  options.indexes = true;

  ASSERT_OK_AND_ASSIGN(const VerifiedStore verified,
                       VerifyStore(Path(), options));

  EXPECT_EQ(verified.tree, *open->Tree());
  EXPECT_FALSE(verified.index->difference.has_value());
}

// Files come and go while it is being opened, and heads are made.
TEST_F(VerifyStoreTest, AStoreThatIsWrittenToIsVerifiedAsItWasAtOneMoment) {
  testing::FaultRun run;
  StoreOptions store_options;
  store_options.durability = Durability::None();
  store_options.memory_budget = MemoryBudget::Create(64 << 20);
  store_options.tree_heads.event_interval = 1000;
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> open,
                       EventStore::Open(Path(), store_options));
  std::atomic<bool> is_over = false;
  std::thread appender([&, random = testing::Random(run.random()())]() mutable {
    while (!is_over) {
      NewEvent event;
      event.type = "t";
      event.payload.assign(3000, 'x');
      event.tags = {"a:b"};
      const std::vector<NewEvent> events(testing::Draw(random, 20) + 1, event);
      EXPECT_OK(open->Append(absl::StrCat("s-", testing::Draw(random, 50)),
                             ExpectedRevision::Any(), events));
      absl::SleepFor(absl::Milliseconds(testing::Draw(random, 3)));
    }
  });
  int count = 0;
  VerifyOptions options;
  options.indexes = true;
  while (run.More() && !HasFailure()) {
    const Position before = open->Head();
    const absl::StatusOr<VerifiedStore> verified = VerifyStore(Path(), options);
    ASSERT_OK(verified);
    EXPECT_GE(verified->tree.size, before.value());
    EXPECT_FALSE(verified->index->difference.has_value());
    // The next one must continue it.
    options.heads = {{"before", verified->tree}};
    ++count;
  }
  is_over = true;
  appender.join();
  run.Report(absl::StrCat(count, " verifications of up to ",
                          open->Head().value(), " events"));
}

TEST_F(VerifyStoreTest, WhatIsNoStoreIsLeftAlone) {
  fs::create_directories(folder_ / "other");

  EXPECT_THAT(VerifyStore(folder_ / "other", VerifyOptions()),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(VerifyStore(folder_ / "none", VerifyOptions()),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_TRUE(fs::is_empty(folder_ / "other"));
  EXPECT_FALSE(fs::exists(folder_ / "none"));
}

TEST_F(VerifyStoreTest, AMissingAnchorIsDamageAndItSaysWhatToDo) {
  fs::remove(Path() + "/ANCHOR");

  EXPECT_THAT(VerifyStore(Path(), VerifyOptions()),
              StatusIs(absl::StatusCode::kDataLoss,
                       AllOf(HasSubstr("`recover`"), HasSubstr("300 events"))));
}

TEST_F(VerifyStoreTest, ADamagedPlaceOfTheAnchorIsToldAndMendedByAnOpening) {
  for (const size_t slot : {size_t{0}, size_t{4096}}) {
    std::string anchor = ReadFile(Path() + "/ANCHOR");
    anchor[slot + 17] = static_cast<char>(anchor[slot + 17] ^ 1);
    WriteFile(Path() + "/ANCHOR", anchor);
    ASSERT_OK_AND_ASSIGN(const VerifiedStore damaged,
                         VerifyStore(Path(), VerifyOptions()));

    ASSERT_OK_AND_ASSIGN(const auto store,
                         EventStore::Open(Path(), StoreOptions()));
    ASSERT_OK(store->Close(absl::Minutes(1)));

    EXPECT_TRUE(damaged.anchor_is_damaged);
    ASSERT_OK_AND_ASSIGN(const VerifiedStore mended,
                         VerifyStore(Path(), VerifyOptions()));
    EXPECT_FALSE(mended.anchor_is_damaged);
  }
}

TEST_F(VerifyStoreTest, TheAnchorOfAFreshStoreIsWhole) {
  ASSERT_OK_AND_ASSIGN(const auto store,
                       EventStore::Open(folder_ / "fresh", StoreOptions()));
  ASSERT_OK(store->Close(absl::Minutes(1)));

  ASSERT_OK_AND_ASSIGN(const VerifiedStore fresh,
                       VerifyStore(folder_ / "fresh", VerifyOptions()));

  EXPECT_FALSE(fresh.anchor_is_damaged);
}

TEST_F(VerifyStoreTest, AStoreFileThatIsNoneBesideALogIsDamage) {
  const auto damage =
      StatusIs(absl::StatusCode::kDataLoss,
               AllOf(HasSubstr("STORE"), HasSubstr("`recover`")));
  std::string identity = ReadFile(Path() + "/STORE");
  identity[0] = static_cast<char>(identity[0] ^ 1);
  WriteFile(Path() + "/STORE", identity);

  EXPECT_THAT(VerifyStore(Path(), VerifyOptions()), damage);
  EXPECT_THAT(EventStore::Open(Path(), StoreOptions()), damage);

  fs::remove(Path() + "/STORE");
  EXPECT_THAT(VerifyStore(Path(), VerifyOptions()), damage);
}

TEST_F(VerifyStoreTest, OfAHeadThatNoSmallerOneLeadsToItNamesNoPosition) {
  TreeState another = first_;
  another.root = audit::LeafHash("another");
  --another.size;

  const absl::Status verified = VerifyStore(Path(), Against(another)).status();

  EXPECT_THAT(verified, StatusIs(absl::StatusCode::kDataLoss,
                                 HasSubstr("somewhere below 299")));
  EXPECT_EQ(GetDamage(verified), std::nullopt);
}

}  // namespace
}  // namespace daybook
