// What a recovery declares, what that explains when a store is verified against
// heads of the log as it was, and what it does not.

#include "daybook/store/removal.h"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "daybook/store/errors.h"
#include "daybook/store/event_store.h"
#include "daybook/store/recover.h"
#include "daybook/store/verify.h"
#include "daybook/v1/system.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/system_events.h"
#include "tests/store/log_editor.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ReadFile;
using ::testing::SizeIs;
using testing::StatusIs;
using testing::TemporaryFolder;

constexpr uint64_t kCount = 300;
const Operation kOperation = {
    .user = "ann", .command = "recover", .reason = "a test"};

class RemovalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    small_ = Grow(100);
    old_ = Grow(kCount - 100);
  }

  std::string Path() { return folder_ / "store"; }
  std::string Copy() { return folder_ / "copy.head"; }
  StoreOptions WithCopy() {
    StoreOptions options;
    options.tree_heads.copies = {Copy()};
    return options;
  }
  // Appends, one by one; the head that is made at close goes to the copy, too.
  TreeState Grow(uint64_t count) {
    StoreOptions options = WithCopy();
    options.durability = Durability::None();
    // Unsigned heads are not kept once there is a signed one.
    auto store = EventStore::Open(Path(), options);
    EXPECT_OK(store);
    for (uint64_t i = 0; i < count; ++i) {
      EXPECT_OK((*store)->Append("s", ExpectedRevision::Any(),
                                 {{.type = "t", .payload = "p"}}));
    }
    const absl::StatusOr<TreeState> tree = (*store)->Tree();
    EXPECT_OK((*store)->Close(absl::Minutes(1)));
    return *tree;
  }

  // An event that is not what its leaf says; all others are there.
  void ChangeAnEvent(uint64_t at) {
    LogEditor editor(Path());
    editor.events[at].body += 'x';
    editor.Save({});
  }
  void CutTo(uint64_t size) {
    LogEditor editor(Path());
    editor.events.resize(size);
    editor.Save({});
  }
  Recovery RecoverIt(const StoreOptions& options) {
    absl::StatusOr<Recovery> done = Recover(
        Path(), options, kOperation, [](const ReindexProgress&) {}, UINT64_MAX);
    EXPECT_OK(done);
    return done.ok() ? *std::move(done) : Recovery();
  }

  absl::StatusOr<VerifiedStore> Against(const TreeState& tree) {
    VerifyOptions options;
    options.heads = {{"kept elsewhere", tree}};
    return VerifyStore(Path(), options);
  }

  TemporaryFolder folder_;
  TreeState small_;
  TreeState old_;
};

TEST_F(RemovalTest, AStoreWithoutOneDeclaresNone) {
  ASSERT_OK_AND_ASSIGN(const VerifiedStore verified, Against(old_));

  EXPECT_THAT(verified.removals, IsEmpty());
  EXPECT_THAT(verified.explained, IsEmpty());
}

TEST_F(RemovalTest, ARecoveryDeclaresWhatItDropped) {
  ChangeAnEvent(290);
  RecoverIt(StoreOptions());

  ASSERT_OK_AND_ASSIGN(const VerifiedStore verified,
                       VerifyStore(Path(), VerifyOptions()));

  ASSERT_THAT(verified.removals, SizeIs(1));
  const DeclaredRemoval& removal = verified.removals[0];
  EXPECT_EQ(removal.position, Position(290));
  EXPECT_EQ(removal.user, "ann");
  EXPECT_THAT(removal.reason, HasSubstr("a test - events below 290 remain"));
  EXPECT_TRUE(removal.is_dropped_tail);
  EXPECT_TRUE(removal.fits);
  EXPECT_EQ(removal.kept, Position(290));
  EXPECT_EQ(removal.acknowledged, Position(kCount));
  EXPECT_EQ(removal.readable_count, 10);
  EXPECT_THAT(verified.explained, IsEmpty());
}

TEST_F(RemovalTest, AHeadOfTheOldLogIsExplainedWithAProof) {
  ChangeAnEvent(290);
  RecoverIt(StoreOptions());

  ASSERT_OK_AND_ASSIGN(const VerifiedStore verified, Against(old_));

  ASSERT_THAT(verified.explained, SizeIs(1));
  EXPECT_EQ(verified.explained[0].head.tree, old_);
  EXPECT_EQ(verified.explained[0].removal, 0);
  EXPECT_TRUE(verified.explained[0].is_proven);
}

TEST_F(RemovalTest, AHeadBelowTheCutIsContinued) {
  ChangeAnEvent(290);
  RecoverIt(StoreOptions());

  ASSERT_OK_AND_ASSIGN(const VerifiedStore verified, Against(small_));

  EXPECT_THAT(verified.explained, IsEmpty());
  EXPECT_THAT(verified.removals, SizeIs(1));
}

TEST_F(RemovalTest, WhereTheOldTreeIsGoneNothingIsProvenAndThatIsSaid) {
  CutTo(290);
  RecoverIt(StoreOptions());

  ASSERT_OK_AND_ASSIGN(const VerifiedStore verified, Against(old_));

  ASSERT_THAT(verified.explained, SizeIs(1));
  EXPECT_FALSE(verified.explained[0].is_proven);
}

TEST_F(RemovalTest, WhatIsAppendedAfterwardsChangesNothingOfThat) {
  ChangeAnEvent(290);
  RecoverIt(StoreOptions());
  fs::remove(Copy());
  Grow(500);

  ASSERT_OK_AND_ASSIGN(const VerifiedStore verified, Against(old_));

  ASSERT_THAT(verified.explained, SizeIs(1));
  EXPECT_TRUE(verified.explained[0].is_proven);
}

TEST_F(RemovalTest, HashesAloneTellOfIt) {
  ChangeAnEvent(290);
  RecoverIt(StoreOptions());
  VerifyOptions options;
  options.events = false;
  options.heads = {{"kept elsewhere", old_}};

  ASSERT_OK_AND_ASSIGN(const VerifiedStore verified,
                       VerifyStore(Path(), options));

  EXPECT_THAT(verified.removals, SizeIs(1));
  EXPECT_THAT(verified.explained, SizeIs(1));
}

TEST_F(RemovalTest, OfWhatWasVerifiedBeforeAllIsLookedAtAgain) {
  ChangeAnEvent(290);
  RecoverIt(StoreOptions());
  VerifyOptions options;
  options.since = old_;

  ASSERT_OK_AND_ASSIGN(const VerifiedStore verified,
                       VerifyStore(Path(), options));

  EXPECT_EQ(verified.from, Position(0));
  EXPECT_THAT(verified.explained, SizeIs(1));
}

TEST_F(RemovalTest, AnOldHeadIsExplainedFromWhatLiesBelowANewOne) {
  ChangeAnEvent(290);
  RecoverIt(StoreOptions());
  fs::remove(Copy());
  VerifyOptions options;
  options.since = Grow(200);
  Grow(50);
  options.heads = {{"kept elsewhere", old_}};

  ASSERT_OK_AND_ASSIGN(const VerifiedStore verified,
                       VerifyStore(Path(), options));

  EXPECT_EQ(verified.from, Position(options.since.size));
  EXPECT_THAT(verified.explained, SizeIs(1));
}

// --- What it does not explain ------------------------------------------------

// An event of `$operations` below what was verified before is looked at again
// where a head hangs on what it says.
TEST_F(RemovalTest, ADeclarationThatWasChangedBelowExplainsNothing) {
  ChangeAnEvent(290);
  RecoverIt(StoreOptions());
  fs::remove(Copy());
  VerifyOptions options;
  options.since = Grow(500);
  options.heads = {{"kept elsewhere", old_}};
  ASSERT_OK(VerifyStore(Path(), options));
  ChangeAnEvent(290);

  const absl::Status verified = VerifyStore(Path(), options).status();

  EXPECT_THAT(verified, StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_EQ(GetDamage(verified), Position(290));
}

TEST_F(RemovalTest, AHeadThatNoneListsIsNotExplained) {
  ChangeAnEvent(290);
  RecoverIt(StoreOptions());

  EXPECT_THAT(Against({kCount - 3, audit::LeafHash("unknown")}),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(Against({100, audit::LeafHash("another")}),
              StatusIs(absl::StatusCode::kDataLoss));
}

// Who changes what was kept makes everything in the store agree with it, but
// the proof.
TEST_F(RemovalTest, AChangeOfWhatWasKeptIsNotExplained) {
  ChangeAnEvent(290);
  RecoverIt(StoreOptions());
  LogEditor editor(Path());
  editor.events[3].body += 'x';
  editor.MakeLeavesAgain(3);
  editor.Save({.cover_tracks = true});

  ASSERT_OK_AND_ASSIGN(const VerifiedStore alone,
                       VerifyStore(Path(), VerifyOptions()));
  ASSERT_THAT(alone.removals, SizeIs(1));
  EXPECT_FALSE(alone.removals[0].fits);
  EXPECT_THAT(Against(old_), StatusIs(absl::StatusCode::kDataLoss));
}

// A declaration by somebody who is no recovery is told of all the same.
TEST_F(RemovalTest, WhoeverDeclaresOneIsToldOf) {
  {
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store,
                         EventStore::Open(Path(), StoreOptions()));
    v1::Removal removal;
    removal.mutable_dropped_tail()->set_kept(7);
    NewEvent event = RemovalEvent(kOperation, removal);
    event.id = IdSource::Random()->NewId(absl::Now());
    AppendRequest request;
    request.events.push_back({std::string(kOperationsStream), event});
    ASSERT_OK(store->Restore(request, absl::Now(), ""));
    ASSERT_OK(store->Close(absl::Minutes(1)));
  }

  ASSERT_OK_AND_ASSIGN(const VerifiedStore verified,
                       VerifyStore(Path(), VerifyOptions()));

  ASSERT_THAT(verified.removals, SizeIs(1));
  EXPECT_FALSE(verified.removals[0].fits);
}

TEST_F(RemovalTest, AProofThatFailsIsWorseThanNone) {
  v1::Operation operation;
  v1::DroppedTail& dropped =
      *operation.mutable_removal()->mutable_dropped_tail();
  dropped.set_kept(100);
  dropped.set_kept_root(std::string(small_.root.view()));
  v1::DroppedHead& head = *dropped.add_heads();
  ASSERT_OK_AND_ASSIGN(
      *head.mutable_text(),
      audit::FormatTreeHead(
          {.origin = "log", .size = old_.size, .root = old_.root}));
  const auto read = [&] {
    return ReadDeclaredRemoval(Position(100), absl::Now(),
                               operation.SerializeAsString(), small_.root);
  };
  EXPECT_THAT(read()->heads, SizeIs(1));

  head.add_consistency(std::string(old_.root.view()));

  EXPECT_THAT(read()->heads, IsEmpty());
}

// --- Copies of heads ---------------------------------------------------------

TEST_F(RemovalTest, AStoreOpensNotBesideACopyOfTheOldLogAndSaysWhatToDo) {
  ChangeAnEvent(290);
  RecoverIt(StoreOptions());

  EXPECT_THAT(EventStore::Open(Path(), WithCopy()),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("before a recovery cut it to 290")));
  EXPECT_OK(EventStore::Open(Path(), StoreOptions()));
}

TEST_F(RemovalTest, ARecoverySetsCopiesAsideThatItIsTold) {
  ChangeAnEvent(290);
  const std::string text = ReadFile(Copy());

  const Recovery done = RecoverIt(WithCopy());

  ASSERT_THAT(done.set_aside, SizeIs(1));
  EXPECT_EQ(done.set_aside[0].file, Copy());
  EXPECT_EQ(done.set_aside[0].renamed, Copy() + ".before-recovery-1");
  EXPECT_EQ(ReadFile(done.set_aside[0].renamed), text);
  EXPECT_OK(EventStore::Open(Path(), WithCopy()));
}

TEST_F(RemovalTest, CopiesAreSetAsideLaterTooAndNothingIsReplaced) {
  ChangeAnEvent(290);
  RecoverIt(StoreOptions());
  testing::WriteFile(Copy() + ".before-recovery-1", "something");

  const Recovery done = RecoverIt(WithCopy());

  EXPECT_OK(done.plan.problem);
  ASSERT_THAT(done.set_aside, SizeIs(1));
  EXPECT_EQ(done.set_aside[0].renamed, Copy() + ".before-recovery-2");
  EXPECT_EQ(ReadFile(Copy() + ".before-recovery-1"), "something");
}

TEST_F(RemovalTest, ACopyThatNothingExplainsIsLeftWhereItIs) {
  ChangeAnEvent(290);
  RecoverIt(StoreOptions());
  ASSERT_OK_AND_ASSIGN(const std::string other,
                       audit::FormatTreeHead({.origin = "log", .size = 1'000}));
  testing::WriteFile(Copy(), other);

  EXPECT_THAT(RecoverIt(WithCopy()).set_aside, IsEmpty());
  EXPECT_EQ(ReadFile(Copy()), other);
  EXPECT_THAT(EventStore::Open(Path(), WithCopy()),
              StatusIs(absl::StatusCode::kDataLoss));
}

// --- How much a recovery may drop --------------------------------------------

TEST_F(RemovalTest, EventsThatCanBeReadAreOnlyDroppedWhereThatIsAllowed) {
  ChangeAnEvent(290);
  const auto recover = [&](uint64_t max) {
    return Recover(
        Path(), StoreOptions(), kOperation, [](const ReindexProgress&) {}, max);
  };

  EXPECT_THAT(recover(9), StatusIs(absl::StatusCode::kFailedPrecondition,
                                   HasSubstr("10 events that can still be")));
  EXPECT_OK(recover(10));
}

}  // namespace
}  // namespace daybook
