// Heads of the audit tree: when they are made, who signed them, where they are
// kept, and what a store that does not continue them says.

#include "daybook/audit/tree_head.h"

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "daybook/audit/key_file.h"
#include "daybook/audit/note_key.h"
#include "daybook/store/backup.h"
#include "daybook/store/branched_from.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/mutex.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using testing::CopyFolder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ReadFile;
using ::testing::SizeIs;
using testing::StatusIs;
using testing::TemporaryFolder;
using testing::WriteFile;

class NotingLogger final : public Logger {
 public:
  void Log(LogLevel level, std::string_view message) override {
    if (level == LogLevel::kInfo) return;
    MutexLock lock(&mutex_);
    text_.append(message);
  }
  std::string text() const {
    MutexLock lock(&mutex_);
    return text_;
  }

 private:
  mutable Mutex mutex_;
  std::string text_;
};

class TreeHeadTest : public ::testing::Test {
 protected:
  std::string Path(const std::string& name = "store") { return folder_ / name; }
  std::string HeadFile() { return Path() + "/HEAD"; }

  absl::StatusOr<std::unique_ptr<EventStore>> Open() {
    return EventStore::Open(Path(), options_);
  }
  // Opens the store, appends, and closes it.
  void Grow(int count) {
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());
    Append(*store, count);
    ASSERT_OK(store->Close(absl::Minutes(1)));
  }
  static void Append(EventStore& store, int count) {
    std::vector<NewEvent> events(count, {.type = "t", .payload = "p"});
    ASSERT_OK(store.Append("s", ExpectedRevision::Any(), events));
  }
  // A new key, whose file is of that name.
  audit::VerifierKey MakeKey(const std::string& file,
                             const std::string& name = "shop.example/log") {
    auto signer = audit::NoteSigner::Generate(name);
    EXPECT_OK(signer);
    EXPECT_OK(audit::WriteKeyFile(folder_ / file, *signer));
    return signer->verifier_key();
  }
  audit::TreeHead HeadIn(const std::string& path) {
    auto head = audit::PeekTreeHead(ReadFile(path));
    EXPECT_OK(head);
    return head.ok() ? *head : audit::TreeHead();
  }

  TemporaryFolder folder_;
  NotingLogger logger_;
  StoreOptions options_ = [this] {
    StoreOptions options;
    options.logger = &logger_;
    return options;
  }();
};

// --- When, and where ---------------------------------------------------------

TEST_F(TreeHeadTest, IsMadeOnClose) {
  Grow(3);

  EXPECT_EQ(HeadIn(HeadFile()).size, 3u);
}

TEST_F(TreeHeadTest, IsNotMadeOnCloseWhereNothingWasAppended) {
  Grow(3);
  fs::remove(HeadFile());

  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());
  ASSERT_OK(store->Close(absl::Minutes(1)));

  EXPECT_FALSE(fs::exists(HeadFile()));
}

TEST_F(TreeHeadTest, OnDemandMeansOnlyThen) {
  options_.tree_heads = TreeHeadOptions::OnDemand();
  Grow(3);

  EXPECT_FALSE(fs::exists(HeadFile()));
}

TEST_F(TreeHeadTest, IsMadeAfterSoManyEvents) {
  options_.tree_heads = TreeHeadOptions::OnDemand();
  options_.tree_heads.event_interval = 10;
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());

  Append(*store, 9);
  EXPECT_FALSE(fs::exists(HeadFile()));
  Append(*store, 1);
  while (!fs::exists(HeadFile())) absl::SleepFor(absl::Milliseconds(1));

  EXPECT_EQ(HeadIn(HeadFile()).size, 10u);
}

TEST_F(TreeHeadTest, IsMadeAtItsInterval) {
  options_.tree_heads = TreeHeadOptions::OnDemand();
  options_.tree_heads.interval = absl::Milliseconds(5);
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());

  Append(*store, 3);
  while (!fs::exists(HeadFile())) absl::SleepFor(absl::Milliseconds(1));

  EXPECT_EQ(HeadIn(HeadFile()).size, 3u);
}

TEST_F(TreeHeadTest, AllAreKeptInTheStoreAndTheLastInItsFile) {
  Grow(3);
  Grow(4);

  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());
  ASSERT_OK_AND_ASSIGN(const std::vector<KeptTreeHead> heads,
                       store->TreeHeads());
  ASSERT_THAT(heads, SizeIs(2));
  EXPECT_EQ(heads[0].head.size, 3u);
  EXPECT_EQ(heads[1].head.size, 7u);
  EXPECT_EQ(heads[1].text, ReadFile(HeadFile()));
  EXPECT_EQ(store->Status().tree_head_size, 7u);
}

TEST_F(TreeHeadTest, CopiesGetWhatTheFileGets) {
  options_.tree_heads.copies = {folder_ / "one", folder_ / "two"};
  Grow(3);
  Grow(3);

  EXPECT_EQ(ReadFile(folder_ / "one"), ReadFile(HeadFile()));
  EXPECT_EQ(ReadFile(folder_ / "two"), ReadFile(HeadFile()));
}

TEST_F(TreeHeadTest, ACopyThatIsNamedLaterGetsTheHeadThatIsThere) {
  Grow(3);
  options_.tree_heads.copies = {folder_ / "late"};
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());

  ASSERT_OK(store->MakeTreeHead());

  EXPECT_EQ(ReadFile(folder_ / "late"), ReadFile(HeadFile()));
}

TEST_F(TreeHeadTest, ACopyThatCantBeWrittenIsToldAndTheHeadIsKept) {
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<EventStore> store, Open());
  ASSERT_OK(store->Close(absl::Minutes(1)));
  options_.tree_heads.copies = {folder_ / "nowhere/copy"};
  ASSERT_OK_AND_ASSIGN(store, Open());
  Append(*store, 1);

  EXPECT_THAT(store->MakeTreeHead(),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("nowhere")));

  EXPECT_EQ(HeadIn(HeadFile()).size, 1u);
  EXPECT_FALSE(store->Status().audit_health.ok());
}

TEST_F(TreeHeadTest, WhatFailsIsTriedAgainWhenItIsTimeNotWithEachCommit) {
  Grow(1);
  options_.tree_heads.copies = {folder_ / "nowhere/copy"};
  options_.tree_heads.event_interval = 10;
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());
  for (int i = 0; i < 200; ++i) Append(*store, 1);
  store->Close(absl::Seconds(10)).IgnoreError();

  const std::vector<std::string> told =
      absl::StrSplit(logger_.text(), "no tree head was made");
  EXPECT_GE(told.size(), 2u);
  EXPECT_LE(told.size(), 22u);
}

TEST_F(TreeHeadTest, NamesTheStoreWhereNothingElseDoes) {
  Grow(1);
  EXPECT_THAT(HeadIn(HeadFile()).origin, ::testing::StartsWith("daybook/"));

  options_.tree_heads.origin = "shop.example/unsigned";
  Grow(1);
  EXPECT_EQ(HeadIn(HeadFile()).origin, "shop.example/unsigned");
}

// --- Signatures --------------------------------------------------------------

TEST_F(TreeHeadTest, IsSignedByTheKeyThatIsNamed) {
  const audit::VerifierKey key = MakeKey("key");
  options_.tree_heads.key_files = {folder_ / "key"};
  Grow(3);

  const auto head = audit::VerifyTreeHead(ReadFile(HeadFile()),
                                          "shop.example/log", {&key, 1});
  ASSERT_OK(head);
  EXPECT_EQ(head->size, 3u);
}

TEST_F(TreeHeadTest, IsSignedByAllKeysThatAreNamed) {
  const audit::VerifierKey old_key = MakeKey("old");
  const audit::VerifierKey new_key = MakeKey("new");
  options_.tree_heads.key_files = {folder_ / "old", folder_ / "new"};
  Grow(3);

  for (const audit::VerifierKey& key : {old_key, new_key}) {
    EXPECT_OK(audit::VerifyTreeHead(ReadFile(HeadFile()), "shop.example/log",
                                    {&key, 1}));
  }
}

TEST_F(TreeHeadTest, AKeyThatIsNamedLaterSignsWhatIsThere) {
  Grow(3);
  const audit::VerifierKey key = MakeKey("key");
  options_.tree_heads.key_files = {folder_ / "key"};
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());

  ASSERT_OK(store->MakeTreeHead());

  EXPECT_OK(audit::VerifyTreeHead(ReadFile(HeadFile()), "shop.example/log",
                                  {&key, 1}));
  EXPECT_THAT(store->TreeHeads(), testing::IsOkAndHolds(SizeIs(1)));
}

TEST_F(TreeHeadTest, ASignedOneIsNotReplacedByOneThatIsNot) {
  MakeKey("key");
  options_.tree_heads.key_files = {folder_ / "key"};
  Grow(3);
  const std::string signed_head = ReadFile(HeadFile());
  options_.tree_heads.key_files.clear();
  Grow(3);

  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());
  ASSERT_OK_AND_ASSIGN(const KeptTreeHead made, store->MakeTreeHead());

  EXPECT_EQ(made.head.size, 6u);
  EXPECT_EQ(ReadFile(HeadFile()), signed_head);
  EXPECT_THAT(store->TreeHeads(), testing::IsOkAndHolds(SizeIs(1)));
}

TEST_F(TreeHeadTest, WithoutTheKeyTheStoreDoesNotOpen) {
  options_.tree_heads.key_files = {folder_ / "none"};
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition,
                               HasSubstr("none")));

  WriteFile(folder_ / "none", "no key");
  fs::permissions(folder_ / "none", fs::perms::owner_read);
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kInvalidArgument));
}

// Otherwise a slip of the environment would give the log another name.
TEST_F(TreeHeadTest, AKeyOfAnotherNameThanTheLastHeadIsRefused) {
  MakeKey("key");
  MakeKey("till", "till-3.shop.example");
  options_.tree_heads.key_files = {folder_ / "key"};
  Grow(3);

  options_.tree_heads.key_files = {folder_ / "till"};
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition,
                               AllOf(HasSubstr("\"shop.example/log\""),
                                     HasSubstr("\"till-3.shop.example\""))));
}

// One who only signs beside does not rename the log, alone or named first.
TEST_F(TreeHeadTest, ACosignersNameIsNotTheLogs) {
  MakeKey("key");
  MakeKey("witness", "witness.example/w");
  options_.tree_heads.key_files = {folder_ / "key", folder_ / "witness"};
  Grow(3);

  options_.tree_heads.key_files = {folder_ / "witness", folder_ / "key"};
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition,
                               HasSubstr("name the key of that name first")));
  options_.tree_heads.key_files = {folder_ / "witness"};
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition,
                               HasSubstr("\"shop.example/log\"")));
}

TEST_F(TreeHeadTest, WhoSignedTheLastHeadTooMayRenameTheLogBySayingSo) {
  const audit::VerifierKey old_key = MakeKey("key");
  const audit::VerifierKey new_key = MakeKey("new", "shop.example/2027");
  options_.tree_heads.key_files = {folder_ / "key", folder_ / "new"};
  options_.tree_heads.copies = {folder_ / "copy"};
  Grow(3);
  options_.tree_heads.key_files = {folder_ / "new"};
  options_.tree_heads.origin = "shop.example/2027";
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());

  ASSERT_OK(store->MakeTreeHead());

  // The head that both signed stays.
  ASSERT_OK_AND_ASSIGN(const std::vector<KeptTreeHead> heads,
                       store->TreeHeads());
  EXPECT_OK(audit::VerifyTreeHead(heads.back().text, "shop.example/log",
                                  {&old_key, 1}));
  EXPECT_OK(audit::VerifyTreeHead(ReadFile(folder_ / "copy"),
                                  "shop.example/2027", {&new_key, 1}));
}

TEST_F(TreeHeadTest, AHeadThatIsMadeAgainKeepsItsSignatures) {
  MakeKey("old");
  MakeKey("new");
  options_.tree_heads.key_files = {folder_ / "old", folder_ / "new"};
  options_.tree_heads.copies = {folder_ / "copy"};
  Grow(3);
  const std::string signed_by_both = ReadFile(HeadFile());
  options_.tree_heads.key_files = {folder_ / "new"};
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());

  ASSERT_OK_AND_ASSIGN(const KeptTreeHead head, store->MakeTreeHead());

  EXPECT_EQ(head.text, signed_by_both);
  EXPECT_EQ(ReadFile(HeadFile()), signed_by_both);
  EXPECT_EQ(ReadFile(folder_ / "copy"), signed_by_both);
  ASSERT_OK_AND_ASSIGN(const std::vector<KeptTreeHead> heads,
                       store->TreeHeads());
  EXPECT_EQ(heads.back().text, signed_by_both);
}

TEST_F(TreeHeadTest, AHeadThatIsSignedByOneMoreKeepsTheFirstSignature) {
  const audit::VerifierKey old_key = MakeKey("old");
  const audit::VerifierKey new_key = MakeKey("new");
  options_.tree_heads.key_files = {folder_ / "old"};
  Grow(3);
  options_.tree_heads.key_files = {folder_ / "new"};
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());

  ASSERT_OK(store->MakeTreeHead());

  for (const audit::VerifierKey& key : {old_key, new_key}) {
    EXPECT_OK(audit::VerifyTreeHead(ReadFile(HeadFile()), "shop.example/log",
                                    {&key, 1}));
  }
}

// Every log goes on from the head of an empty one.
TEST_F(TreeHeadTest, ACopyOfAnotherLogIsNotReplaced) {
  ASSERT_OK_AND_ASSIGN(const audit::NoteSigner other,
                       audit::NoteSigner::Generate("other.example/log"));
  ASSERT_OK_AND_ASSIGN(
      const std::string copy,
      audit::SignTreeHead({.origin = "other.example/log"}, {&other, 1}));
  WriteFile(folder_ / "copy", copy);
  MakeKey("key");
  options_.tree_heads.key_files = {folder_ / "key"};
  options_.tree_heads.copies = {folder_ / "copy"};
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());
  Append(*store, 1);

  EXPECT_THAT(store->MakeTreeHead(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("kept in the store"),
                             HasSubstr("\"other.example/log\""))));

  EXPECT_EQ(ReadFile(folder_ / "copy"), copy);
  EXPECT_EQ(HeadIn(HeadFile()).size, 1u);
}

// --- Branches ----------------------------------------------------------------

class BranchHeadTest : public TreeHeadTest {
 protected:
  // A signed store of three events with a copy of its head, and a branch of it.
  void SetUp() override {
    MakeKey("key");
    options_.tree_heads.key_files = {folder_ / "key"};
    options_.tree_heads.copies = {folder_ / "copy"};
    Grow(3);
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());
    ASSERT_OK(store->Branch(Path("branch")));
  }
  absl::StatusOr<std::unique_ptr<EventStore>> OpenBranch() {
    return EventStore::Open(Path("branch"), options_);
  }
};

TEST_F(BranchHeadTest, KnowsWhatItIsABranchOf) {
  EXPECT_THAT(BranchedFrom(Path("branch")),
              testing::IsOkAndHolds(Contains("shop.example/log")));
  EXPECT_THAT(BranchedFrom(Path()), testing::IsOkAndHolds(IsEmpty()));
}

TEST_F(BranchHeadTest, IsNotSignedUnderTheNameOfItsParent) {
  options_.tree_heads.copies.clear();

  EXPECT_THAT(OpenBranch(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                     HasSubstr("branch of the log")));
}

TEST_F(BranchHeadTest, LeavesTheCopiesOfItsParentAlone) {
  const std::string copy = ReadFile(folder_ / "copy");
  options_.tree_heads.key_files.clear();

  EXPECT_THAT(OpenBranch(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                     HasSubstr("branch of")));

  EXPECT_EQ(ReadFile(folder_ / "copy"), copy);
}

TEST_F(BranchHeadTest, IsSignedUnderANameOfItsOwn) {
  const audit::VerifierKey key = MakeKey("own", "what-if.example");
  TreeHeadOptions own;
  own.key_files = {folder_ / "own"};
  own.copies = {folder_ / "own-copy"};
  std::swap(options_.tree_heads, own);
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<EventStore> branch, OpenBranch());

  Append(*branch, 1);
  ASSERT_OK(branch->Close(absl::Minutes(1)));

  EXPECT_OK(audit::VerifyTreeHead(ReadFile(folder_ / "own-copy"),
                                  "what-if.example", {&key, 1}));
  EXPECT_OK(OpenBranch());
  std::swap(options_.tree_heads, own);
  EXPECT_OK(Open());
}

TEST_F(BranchHeadTest, OfABranchMustNotBearTheNameOfAnyParent) {
  TreeHeadOptions parents;
  std::swap(options_.tree_heads, parents);
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<EventStore> branch, OpenBranch());
  ASSERT_OK(branch->Branch(Path("second")));
  std::swap(options_.tree_heads, parents);
  options_.tree_heads.copies.clear();

  EXPECT_THAT(EventStore::Open(Path("second"), options_),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("branch of the log")));
}

TEST_F(BranchHeadTest, BearsNoNameThatTheLogEverHad) {
  MakeKey("new", "shop.example/2027");
  options_.tree_heads.key_files = {folder_ / "new", folder_ / "key"};
  options_.tree_heads.origin = "shop.example/2027";
  Grow(1);
  {
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());
    ASSERT_OK(store->Branch(Path("later")));
  }
  options_.tree_heads = TreeHeadOptions();

  for (const char* key : {"key", "new"}) {
    options_.tree_heads.key_files = {folder_ / key};
    EXPECT_THAT(EventStore::Open(Path("later"), options_),
                StatusIs(absl::StatusCode::kFailedPrecondition,
                         HasSubstr("branch of the log")));
  }
}

TEST_F(BranchHeadTest, IsABranchStillWhenItIsRestoredFromABackup) {
  {
    options_.tree_heads = TreeHeadOptions();
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> branch,
                         OpenBranch());
    ASSERT_OK(branch->Backup(Path("backups")));
  }

  ASSERT_OK(RestoreBackup(Path("backups"), std::nullopt, Path("restored")));

  ASSERT_OK_AND_ASSIGN(const std::vector<std::string> of_branch,
                       BranchedFrom(Path("branch")));
  EXPECT_THAT(BranchedFrom(Path("restored")), testing::IsOkAndHolds(of_branch));
}

// --- What does not continue a head -------------------------------------------

class RolledBackTest : public TreeHeadTest {
 protected:
  // A store of five events, and a copy of it with three.
  void SetUp() override {
    options_.tree_heads.copies = {folder_ / "copy"};
    Grow(3);
    CopyFolder(Path(), Path("old"));
    Grow(2);
  }
  void RollBack() {
    fs::remove_all(Path());
    CopyFolder(Path("old"), Path());
  }
  void ExpectRefused(const std::string& message) {
    EXPECT_THAT(Open(),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr(message)));
  }
};

TEST_F(RolledBackTest, IsRefusedByACopyOutsideTheFolder) {
  RollBack();

  ExpectRefused("rolled back");
}

TEST_F(RolledBackTest, IsRefusedByItsOwnFileIfThatStayed) {
  const std::string head = ReadFile(HeadFile());
  RollBack();
  WriteFile(HeadFile(), head);
  options_.tree_heads.copies.clear();

  ExpectRefused("rolled back");
}

TEST_F(RolledBackTest, AndGoneOnIsRefusedToo) {
  RollBack();
  options_.tree_heads.copies.clear();
  Grow(7);
  options_.tree_heads.copies = {folder_ / "copy"};

  ExpectRefused("an event was changed");
}

TEST_F(RolledBackTest, KeepsTheCopyThatShowsIt) {
  const std::string copy = ReadFile(folder_ / "copy");
  RollBack();
  options_.tree_heads.copies.clear();
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());
  Append(*store, 7);
  ASSERT_OK(store->Close(absl::Minutes(1)));

  EXPECT_EQ(ReadFile(folder_ / "copy"), copy);
}

TEST_F(TreeHeadTest, ACopyThatIsAFileOfSomethingElseIsRefusedAndKept) {
  WriteFile(folder_ / "letter", "dear aunt\n");
  options_.tree_heads.copies = {folder_ / "letter"};

  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kInvalidArgument,
                               HasSubstr("letter")));
  EXPECT_EQ(ReadFile(folder_ / "letter"), "dear aunt\n");
}

TEST_F(TreeHeadTest, ACopyOfAnotherStoreIsRefusedAndKept) {
  options_.tree_heads.copies = {folder_ / "copy"};
  Grow(3);
  const std::string copy = ReadFile(folder_ / "copy");
  options_.tree_heads.copies.clear();
  {
    ASSERT_OK_AND_ASSIGN(const auto other,
                         EventStore::Open(Path("other"), options_));
    Append(*other, 5);
  }
  options_.tree_heads.copies = {folder_ / "copy"};

  EXPECT_THAT(EventStore::Open(Path("other"), options_),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("copy")));
  EXPECT_EQ(ReadFile(folder_ / "copy"), copy);
}

TEST_F(TreeHeadTest, AFileThatIsDamagedIsToldAndReplaced) {
  Grow(3);
  WriteFile(HeadFile(), "rubbish");

  Grow(1);

  EXPECT_THAT(logger_.text(), HasSubstr("HEAD"));
  EXPECT_EQ(HeadIn(HeadFile()).size, 4u);
}

TEST_F(TreeHeadTest, AnOpenStoreSaysNothingWrongWhereNothingIs) {
  // RocksDB says that nothing is there yet.
  options_.logger = nullptr;
  Grow(3);
  options_.logger = &logger_;
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());
  Append(*store, 1);
  ASSERT_OK(store->MakeTreeHead());

  EXPECT_OK(store->Status().audit_health);
  EXPECT_THAT(logger_.text(), IsEmpty());
}

}  // namespace
}  // namespace daybook
