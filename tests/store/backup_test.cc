// EventStore::Backup() and what is made of backups: that a restored store is
// the one that was backed up, that later backups cost only what is new, and
// that nothing is overwritten, mixed up or lost without a word.

#include "daybook/store/backup.h"

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/audit/tree_head.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/store/describe.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/fault_workload.h"
#include "tests/testing/ordinary_user.h"
#include "tests/testing/row_workload.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;
using testing::CheckRows;
using testing::CheckStore;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::StatusIs;
using testing::TemporaryFolder;
using testing::Workload;

class BackupTest : public ::testing::Test {
 protected:
  BackupTest() {
    // Sizes are those of the payloads.
    options_.compression = Compression::kNone;
    store_ = Open("store");
  }

  std::string Path(const std::string& name) { return folder_ / name; }
  std::string Backups() { return Path("backups"); }
  std::unique_ptr<EventStore> Open(const std::string& name) {
    auto store = EventStore::Open(Path(name), options_);
    EXPECT_OK(store);
    return store.ok() ? *std::move(store) : nullptr;
  }
  void Append(int count, uint32_t writer = 0) {
    for (int i = 0; i < count; ++i) {
      ASSERT_OK(store_->Append(workload_.Make({writer, next_[writer]++})));
    }
  }
  // In few appends, as each is synced.
  void AppendMuch() {
    const std::string payload(2'000, 'x');
    for (int i = 0; i < 20; ++i) {
      std::vector<NewEvent> events(100, {.type = "t"});
      for (NewEvent& event : events) {
        event.payload = absl::StrCat(++payload_, payload);
      }
      ASSERT_OK(store_->Append("much", ExpectedRevision::Any(), events));
    }
  }
  CreatedBackup Backup() {
    absl::StatusOr<CreatedBackup> made = store_->Backup(Backups());
    EXPECT_OK(made);
    return made.ok() ? *made : CreatedBackup();
  }
  // The newest backup as a store.
  std::unique_ptr<EventStore> Restored(const std::string& name) {
    EXPECT_OK(RestoreBackup(Backups(), std::nullopt, Path(name)));
    return Open(name);
  }
  std::vector<uint64_t> Numbers() {
    std::vector<uint64_t> numbers;
    const auto listed = ListBackups(Backups());
    EXPECT_OK(listed);
    if (!listed.ok()) return numbers;
    for (const BackupInfo& info : *listed) numbers.push_back(info.number);
    return numbers;
  }

  const TemporaryFolder folder_;
  const Workload workload_{42, 2'000};
  uint64_t next_[8] = {};
  uint64_t payload_ = 0;
  StoreOptions options_;
  std::unique_ptr<EventStore> store_;
};

TEST_F(BackupTest, RestoredIsTheSameStore) {
  ASSERT_OK(testing::AttachCounter(*store_));
  Append(100);
  ASSERT_OK(store_->SetStreamMetadata("shared-1", {.max_count = 5}));
  const CreatedBackup made = Backup();
  const std::string log = Describe(store_->ReadLog());
  ASSERT_OK_AND_ASSIGN(const TreeState tree, store_->Tree());

  const std::unique_ptr<EventStore> restored = Restored("restored");

  EXPECT_EQ(Describe(restored->ReadLog()), log);
  EXPECT_OK(CheckRows(*restored));
  EXPECT_EQ(restored->Status().store_id, store_->Status().store_id);
  EXPECT_EQ(restored->Tree().value(), tree);
  EXPECT_EQ(made.backup.tree, tree);
  EXPECT_EQ(made.backup.store_id, store_->Status().store_id);
}

TEST_F(BackupTest, AFolderInTheStoresOwnIsRefused) {
  Append(1);
  std::filesystem::create_directory_symlink(Path("store"), Path("link"));
  for (const char* folder : {"store/backups", "store/log/x", "store",
                             "link/backups", "other/../store/backups"}) {
    EXPECT_THAT(
        store_->Backup(Path(folder)),
        StatusIs(absl::StatusCode::kFailedPrecondition,
                 ::testing::HasSubstr("lies in the folder of the store")))
        << folder;
  }
  EXPECT_FALSE(std::filesystem::exists(Path("store/backups")));
  EXPECT_OK(store_->Backup(Path("store-backups")));
}

TEST_F(BackupTest, RestoredGoesOn) {
  Append(20);
  Backup();
  store_ = Restored("restored");

  Append(20);

  ASSERT_OK_AND_ASSIGN(const testing::StoredAppends stored,
                       CheckStore(*store_, workload_));
  EXPECT_EQ(stored.size(), 40);
  EXPECT_EQ(Backup().backup.number, 2);
}

TEST_F(BackupTest, OfAnEmptyStoreIsEmpty) {
  Backup();

  EXPECT_OK(VerifyBackup(Backups(), 1));
  EXPECT_EQ(Restored("restored")->Head(), Position(0));
}

TEST_F(BackupTest, EachIsAsOfItsOwnTime) {
  Append(10);
  const TreeState first = Backup().backup.tree;
  Append(10);
  const TreeState second = Backup().backup.tree;

  ASSERT_OK(RestoreBackup(Backups(), 1, Path("first")));
  ASSERT_OK(RestoreBackup(Backups(), 2, Path("second")));

  EXPECT_EQ(Open("first")->Tree().value(), first);
  EXPECT_EQ(Open("second")->Tree().value(), second);
  EXPECT_THAT(Numbers(), ElementsAre(1, 2));
}

TEST_F(BackupTest, ALaterOneCopiesOnlyWhatIsNew) {
  AppendMuch();
  const CreatedBackup full = Backup();
  Append(3);

  const CreatedBackup next = Backup();

  EXPECT_LT(next.bytes_copied, full.bytes_copied / 20);
  EXPECT_GT(next.bytes_shared, full.bytes_copied / 2);
  ASSERT_OK_AND_ASSIGN(const std::vector<BackupInfo> listed,
                       ListBackups(Backups()));
  EXPECT_LT(listed[1].own_bytes, full.bytes_copied / 20);
}

TEST_F(BackupTest, OfAStoreThatWasReopenedStillSharesFiles) {
  AppendMuch();
  const CreatedBackup full = Backup();
  store_.reset();
  store_ = Open("store");
  Append(3);

  EXPECT_LT(Backup().bytes_copied, full.bytes_copied / 20);
}

TEST_F(BackupTest, MadeUnderFireIsTheStoreAtOneMoment) {
  uint64_t backups = 0;
  for (const Durability durability : {Durability::Sync(), Durability::None()}) {
    options_.durability = durability;
    store_.reset();
    store_ = Open("store");
    ASSERT_OK(testing::AttachCounter(*store_));
    std::atomic<bool> stop = false;
    std::vector<std::thread> appenders;
    for (uint32_t writer = 0; writer < 4; ++writer) {
      appenders.emplace_back([&, writer] {
        while (!stop) Append(1, writer);
      });
    }
    std::thread rows([&] {
      testing::Random random(1);
      testing::RowChain chain(*store_);
      EXPECT_OK(chain.Begin());
      while (!stop) {
        EXPECT_OK(chain.WriteBatch(random));
        if (testing::OneIn(random, 200)) {
          EXPECT_OK(chain.Load());
        }
      }
    });
    std::vector<TreeState> made;
    for (int i = 0; i < 3; ++i) {
      const Position before = store_->Head();
      while (store_->Head().value() < before.value() + 200) {
        std::this_thread::yield();
      }
      made.push_back(Backup().backup.tree);
      EXPECT_GE(made.back().size, before.value() + 200);
    }
    stop = true;
    rows.join();
    for (std::thread& appender : appenders) appender.join();

    for (size_t i = 0; i < made.size(); ++i) {
      ASSERT_OK(RestoreBackup(Backups(), ++backups, Path("restored")));
      std::unique_ptr<EventStore> restored = Open("restored");
      EXPECT_EQ(restored->Tree().value(), made[i]);
      EXPECT_OK(CheckStore(*restored, workload_));
      EXPECT_OK(CheckRows(*restored));
      EXPECT_EQ(store_->CheckTree(Position(0), Position(made[i].size)).value(),
                made[i])
          << "not a beginning of the store";
      restored.reset();
      fs::remove_all(Path("restored"));
    }
  }
}

TEST_F(BackupTest, TheHeadComesAlong) {
  Append(10);
  ASSERT_OK_AND_ASSIGN(const TreeState tree, store_->Tree());
  ASSERT_OK_AND_ASSIGN(const audit::NoteSigner signer,
                       audit::NoteSigner::Generate("example.org/log"));
  ASSERT_OK_AND_ASSIGN(
      const std::string note,
      audit::SignTreeHead({"example.org/log", tree.size, tree.root, {}},
                          {&signer, 1}));
  testing::WriteFile(Path("store/HEAD"), note);
  Append(10);

  EXPECT_TRUE(Backup().backup.has_head);

  EXPECT_OK(VerifyBackup(Backups(), 1));
  Restored("restored");
  EXPECT_EQ(testing::ReadFile(Path("restored/HEAD")), note);
}

// Copies may be those of the store that is in use.
TEST_F(BackupTest, ARestoreMakesNoHeads) {
  Append(10);
  Backup();
  RestoreOptions options;
  options.store.tree_heads.copies = {Path("copy")};

  ASSERT_OK(RestoreBackup(Backups(), 1, Path("restored"), options));

  EXPECT_FALSE(fs::exists(Path("copy")));
  EXPECT_FALSE(fs::exists(Path("restored/HEAD")));
}

TEST_F(BackupTest, AHeadOfOtherEventsIsFound) {
  Append(10);
  ASSERT_OK_AND_ASSIGN(const audit::NoteSigner signer,
                       audit::NoteSigner::Generate("example.org/log"));
  ASSERT_OK_AND_ASSIGN(
      const std::string note,
      audit::SignTreeHead({"example.org/log", 5, audit::LeafHash("x"), {}},
                          {&signer, 1}));
  testing::WriteFile(Path("store/HEAD"), note);
  Backup();

  EXPECT_THAT(VerifyBackup(Backups(), 1),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("head")));
  EXPECT_THAT(RestoreBackup(Backups(), 1, Path("restored")),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_FALSE(fs::exists(Path("restored")));
}

// --- Against a head that was kept elsewhere ---------------------------------

TEST_F(BackupTest, RestoresAgainstAHeadThatItContinues) {
  Append(10);
  ASSERT_OK_AND_ASSIGN(const TreeState kept, store_->Tree());
  Append(10);
  const TreeState tree = Backup().backup.tree;

  EXPECT_OK(RestoreBackup(Backups(), 1, Path("a"), {.against = kept}));
  EXPECT_OK(RestoreBackup(Backups(), 1, Path("b"), {.against = tree}));
  EXPECT_OK(RestoreBackup(Backups(), 1, Path("c"), {.against = TreeState()}));
}

TEST_F(BackupTest, OneThatWasRolledBackIsNoticed) {
  Append(10);
  const uint64_t size = Backup().backup.tree.size;
  Append(10);
  ASSERT_OK_AND_ASSIGN(const TreeState newest, store_->Tree());

  EXPECT_THAT(
      RestoreBackup(Backups(), 1, Path("restored"), {.against = newest}),
      StatusIs(absl::StatusCode::kFailedPrecondition,
               HasSubstr(
                   absl::StrCat("positions ", size, " to ", newest.size - 1))));
  EXPECT_FALSE(fs::exists(Path("restored")));

  ASSERT_OK_AND_ASSIGN(const RestoredBackup restored,
                       RestoreBackup(Backups(), 1, Path("restored"),
                                     {.against = newest, .accept_loss = true}));
  EXPECT_EQ(restored.lost_count, newest.size - size);
}

TEST_F(BackupTest, AForkedOneIsRefusedWhateverIsAccepted) {
  Append(10);
  const TreeState tree = Backup().backup.tree;

  for (const uint64_t size : {uint64_t{1}, tree.size - 1, tree.size}) {
    EXPECT_THAT(RestoreBackup(Backups(), 1, Path("restored"),
                              {.against = TreeState{size, audit::LeafHash("x")},
                               .accept_loss = true}),
                StatusIs(absl::StatusCode::kDataLoss));
  }
  EXPECT_FALSE(fs::exists(Path("restored")));
  EXPECT_FALSE(fs::exists(Path("restored.restoring")));
}

// --- What is left alone -----------------------------------------------------

TEST_F(BackupTest, ARestoreNeverOverwrites) {
  Append(10);
  Backup();
  fs::create_directory(Path("folder"));
  testing::WriteFile(Path("file"), "x");
  fs::create_symlink(Path("nowhere"), Path("link"));

  for (const char* name : {"folder", "folder/", "file", "link", "store"}) {
    EXPECT_THAT(RestoreBackup(Backups(), 1, Path(name)),
                StatusIs(absl::StatusCode::kAlreadyExists))
        << name;
  }

  EXPECT_TRUE(fs::is_empty(Path("folder")));
  EXPECT_FALSE(fs::exists(Path("nowhere")));
}

TEST_F(BackupTest, WhatIsInTheWayOfARestoreIsLeftAlone) {
  Append(10);
  Backup();
  fs::create_directory(Path("restored.restoring"));
  testing::WriteFile(Path("restored.restoring/mine"), "x");

  EXPECT_THAT(RestoreBackup(Backups(), 1, Path("restored")),
              StatusIs(absl::StatusCode::kAlreadyExists));

  EXPECT_EQ(testing::ReadFile(Path("restored.restoring/mine")), "x");
}

TEST_F(BackupTest, AFolderOfSomethingElseIsNeverWrittenTo) {
  fs::create_directory(Path("mine"));
  testing::WriteFile(Path("mine/file"), "x");

  EXPECT_THAT(store_->Backup(Path("mine")),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(store_->Backup(Path("store")),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(ListBackups(Path("mine")), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(PruneBackups(Path("mine"), 1, PruneMode::kRemove),
              StatusIs(absl::StatusCode::kNotFound));

  EXPECT_EQ(std::distance(fs::directory_iterator(Path("mine")),
                          fs::directory_iterator()),
            1);
}

TEST_F(BackupTest, AnotherStoresBackupsAreLeftAlone) {
  Append(10);
  Backup();
  const std::unique_ptr<EventStore> other = Open("other");

  EXPECT_THAT(other->Backup(Backups()),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("holds backups of the store")));

  EXPECT_THAT(Numbers(), ElementsAre(1));
}

TEST_F(BackupTest, AStoreThatDoesNotContinueTheLastOneIsRefused) {
  Append(10);
  Backup();
  Append(10);
  Backup();
  ASSERT_OK(RestoreBackup(Backups(), 1, Path("old")));
  store_ = Open("old");

  EXPECT_THAT(store_->Backup(Backups()),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("it has only")));
  Append(40, 1);
  EXPECT_THAT(store_->Backup(Backups()),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("others at their places")));

  EXPECT_THAT(Numbers(), ElementsAre(1, 2));
  EXPECT_OK(store_->Backup(Path("elsewhere")));
}

// The folder of the manifests can be written to but not be opened, and so not
// be synced.
TEST_F(BackupTest, OneThatDoesNotBecomeDurableIsNone) {
  Append(10);
  Backup();
  Append(10);
  const std::string manifests = Path("backups/backups");
  const testing::OrdinaryUser user;
  BackupOptions options;
  options.progress = [&](uint64_t, uint64_t) {
    fs::permissions(manifests, fs::perms::owner_write | fs::perms::owner_exec);
    return true;
  };

  const absl::Status made = store_->Backup(Backups(), options).status();

  fs::permissions(manifests, fs::perms::owner_all);
  EXPECT_THAT(made, StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(Numbers(), ElementsAre(1));
  EXPECT_OK(VerifyBackup(Backups(), 1));
  EXPECT_EQ(Backup().backup.number, 2);
  EXPECT_OK(VerifyBackup(Backups(), 2));
}

TEST_F(BackupTest, OneAtATime) {
  Append(10);
  BackupOptions slow;
  absl::Status meanwhile;
  slow.progress = [&](uint64_t, uint64_t) {
    meanwhile = store_->Backup(Backups()).status();
    return true;
  };

  ASSERT_OK(store_->Backup(Backups(), slow));

  EXPECT_THAT(meanwhile, StatusIs(absl::StatusCode::kFailedPrecondition,
                                  HasSubstr("in use by another process")));
}

TEST_F(BackupTest, OneThatIsInterruptedLeavesNothing) {
  Append(10);
  Backup();
  const auto files = [&] {
    return std::distance(fs::directory_iterator(Path("backups/files")),
                         fs::directory_iterator());
  };
  const auto before = files();
  Append(10);

  EXPECT_THAT(
      store_->Backup(Backups(), {.progress = [](auto, auto) { return false; }}),
      StatusIs(absl::StatusCode::kCancelled));

  EXPECT_THAT(Numbers(), ElementsAre(1));
  EXPECT_EQ(files(), before);
  EXPECT_OK(store_->Status().health);
  EXPECT_THAT(RestoreBackup(Backups(), 1, Path("restored"),
                            {.progress = [](auto, auto) { return false; }}),
              StatusIs(absl::StatusCode::kCancelled));
  EXPECT_FALSE(fs::exists(Path("restored.restoring")));
}

// --- Pruning ----------------------------------------------------------------

TEST_F(BackupTest, PruneKeepsTheNewestWhole) {
  for (int i = 0; i < 4; ++i) {
    Append(10);
    Backup();
  }

  ASSERT_OK_AND_ASSIGN(const PrunedBackups told,
                       PruneBackups(Backups(), 2, PruneMode::kTell));
  EXPECT_THAT(Numbers(), ElementsAre(1, 2, 3, 4));
  ASSERT_OK_AND_ASSIGN(const PrunedBackups done,
                       PruneBackups(Backups(), 2, PruneMode::kRemove));

  EXPECT_THAT(told.numbers, ElementsAre(1, 2));
  EXPECT_EQ(told.bytes, done.bytes);
  EXPECT_THAT(Numbers(), ElementsAre(3, 4));
  EXPECT_OK(VerifyBackup(Backups(), 3));
  EXPECT_OK(VerifyBackup(Backups(), 4));
  EXPECT_EQ(Backup().backup.number, 5);
}

TEST_F(BackupTest, PruneKeepsOneAtLeast) {
  Backup();

  EXPECT_THAT(PruneBackups(Backups(), 0, PruneMode::kRemove),
              StatusIs(absl::StatusCode::kInvalidArgument));

  ASSERT_OK_AND_ASSIGN(const PrunedBackups none,
                       PruneBackups(Backups(), 5, PruneMode::kRemove));
  EXPECT_THAT(none.numbers, IsEmpty());
  EXPECT_THAT(Numbers(), ElementsAre(1));
}

TEST_F(BackupTest, PruneRemovesWhatWasCutShortAndNothingElse) {
  Append(10);
  Backup();
  const std::string hash(64, 'a');
  testing::WriteFile(Path("backups/files/" + hash), "left over");
  testing::WriteFile(Path("backups/files/added.new"), "left over");
  testing::WriteFile(Path("backups/backups/2.new"), "left over");
  testing::WriteFile(Path("backups/files/README"), "mine");
  testing::WriteFile(Path("backups/notes"), "mine");

  ASSERT_OK_AND_ASSIGN(const PrunedBackups pruned,
                       PruneBackups(Backups(), 1, PruneMode::kRemove));

  EXPECT_EQ(pruned.file_count, 3);
  EXPECT_TRUE(fs::exists(Path("backups/files/README")));
  EXPECT_TRUE(fs::exists(Path("backups/notes")));
  EXPECT_OK(VerifyBackup(Backups(), 1));
}

TEST(BackupInMemoryTest, IsNotThere) {
  const TemporaryFolder folder;

  EXPECT_THAT(EventStore::OpenInMemory()->Backup(folder / "backups"),
              StatusIs(absl::StatusCode::kUnimplemented));
  EXPECT_FALSE(fs::exists(folder / "backups"));
}

}  // namespace
}  // namespace daybook
