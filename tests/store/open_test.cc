// What EventStore::Open() refuses, and that it leaves alone what it refuses.

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rocksdb/db.h"
#include "store/open_store.h"
#include "store/rocks_db.h"
#include "store/store_folder.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/ordinary_user.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

using ::testing::AllOf;
using testing::HashFolder;
using ::testing::HasSubstr;
using testing::ReadFile;
using testing::StatusIs;
using testing::TemporaryFolder;
using testing::WriteFile;

class OpenTest : public ::testing::Test {
 protected:
  std::string path() const { return folder_ / "store"; }
  absl::StatusOr<std::unique_ptr<EventStore>> Open(
      const StoreOptions& options = StoreOptions()) {
    return EventStore::Open(path(), options);
  }
  // Makes the store say that it is of this format.
  void SetFormat(uint32_t format) {
    ASSERT_OK_AND_ASSIGN(StoreIdentity identity, ReadIdentity(path()));
    identity.format = format;
    ASSERT_OK(WriteIdentity(path(), identity));
  }
  void MakeStore() {
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());
    ASSERT_OK(store->Append("order-1", ExpectedRevision::NoStream(),
                            {{.type = "placed"}}));
  }

  TemporaryFolder folder_;
};

TEST_F(OpenTest, MakesAStoreAndTheFoldersItLiesIn) {
  EXPECT_OK(EventStore::Open(folder_ / "a/b/store", StoreOptions()));
}

TEST_F(OpenTest, SecondOpenerIsToldWhoHoldsTheStore) {
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> first, Open());

  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition,
                               HasSubstr(absl::StrCat(getpid()))));
}

// How many have LOCK open, of this process.
int CountLocks(const std::string& path) {
  int count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    const auto file = std::filesystem::read_symlink(entry.path(), error);
    if (file == path + "/LOCK") ++count;
  }
  return count;
}

TEST_F(OpenTest, WhoLetsGoOfTheStoreSoonIsWaitedFor) {
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<EventStore> first, Open());
  absl::Status opened;
  absl::Notification ended;
  std::thread second([&] {
    opened = Open({.lock_timeout = absl::Hours(1)}).status();
    ended.Notify();
  });
  while (CountLocks(path()) < 2 && !ended.HasBeenNotified()) {
    std::this_thread::yield();
  }
  first = nullptr;
  second.join();

  EXPECT_OK(opened);
}

TEST_F(OpenTest, ClosedStoreCanBeOpenedAgain) {
  MakeStore();

  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());

  EXPECT_EQ(store->Head(), Position(1));
}

TEST_F(OpenTest, StoreOfANewerFormatIsRefusedUntouched) {
  MakeStore();
  SetFormat(7);
  const uint64_t before = HashFolder(path());

  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition,
                               HasSubstr("format 7")));
  EXPECT_EQ(HashFolder(path()), before);
}

TEST_F(OpenTest, StoreOfFormat0IsRefusedUntouchedWithAWayOut) {
  MakeStore();
  SetFormat(0);
  const uint64_t before = HashFolder(path());

  EXPECT_THAT(Open(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("format 0"), HasSubstr("export it"))));
  EXPECT_EQ(HashFolder(path()), before);
}

TEST_F(OpenTest, StoreWithAnAuditTreeIsNotOpenedWithoutNorTheOtherWayRound) {
  OpenHooks without;
  without.without_tree = true;
  ASSERT_OK(OpenWithHooks(folder_ / "without", StoreOptions(), without));
  {
    ASSERT_OK_AND_ASSIGN(
        const std::unique_ptr<EventStore> store,
        OpenWithHooks(folder_ / "without", StoreOptions(), without));
    ASSERT_OK(
        store->Append("s", ExpectedRevision::NoStream(), {{.type = "placed"}}));
    EXPECT_THAT(store->Tree(), StatusIs(absl::StatusCode::kUnimplemented));
  }
  MakeStore();

  EXPECT_THAT(EventStore::Open(folder_ / "without", StoreOptions()),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("was written without an audit tree")));
  EXPECT_THAT(OpenWithHooks(path(), StoreOptions(), without),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("was written with an audit tree")));
}

TEST_F(OpenTest, FolderOfSomethingElseIsRefusedUntouched) {
  ASSERT_OK(EventStore::Open(path() + "/nested", StoreOptions()));
  WriteFile(path() + "/letter.txt", "dear reader");
  const uint64_t before = HashFolder(path());

  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition,
                               HasSubstr("holds no store")));
  EXPECT_EQ(HashFolder(path()), before);
}

TEST_F(OpenTest, AnIdentityOfAnyOtherFormIsRefused) {
  MakeStore();
  for (const std::string& id : {std::string("a\x1b[31m"), std::string("../x"),
                                std::string(100, 'a'), std::string("a b")}) {
    WriteFile(path() + "/STORE",
              "daybook event store\nformat 1\nid " + id + "\n");
    EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kDataLoss,
                                 HasSubstr("STORE is damaged")));
  }
  WriteFile(path() + "/STORE", std::string(8 << 20, 'x'));
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kDataLoss,
                               HasSubstr("STORE is damaged")));
  // Without a log it was never ours.
  std::filesystem::remove_all(path() + "/log");
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition,
                               HasSubstr("is not a daybook file")));
}

TEST_F(OpenTest, WhatMayNotBeLookedAtIsNotTakenForDamagedNorThrows) {
  MakeStore();
  const testing::OrdinaryUser user;
  for (const std::string& folder :
       {path() + "/log", path(), folder_.path() + "/"}) {
    SCOPED_TRACE(folder);
    std::filesystem::permissions(folder, std::filesystem::perms::none);

    EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kPermissionDenied));

    std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
  }
  EXPECT_OK(Open());
}

TEST_F(OpenTest, StoreThatMustExistIsNotMade) {
  StoreOptions options;
  options.create_if_missing = false;

  EXPECT_THAT(Open(options), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_NE(access(path().c_str(), F_OK), 0);
}

TEST_F(OpenTest, StoreThatMustBeNewIsRefusedWhereOneIs) {
  MakeStore();
  StoreOptions options;
  options.error_if_exists = true;

  EXPECT_THAT(Open(options), StatusIs(absl::StatusCode::kAlreadyExists));
}

void DropFamily(const std::string& log, size_t family) {
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const char* name : kLogFamilyNames)
    families.emplace_back(name, rocksdb::ColumnFamilyOptions());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  ASSERT_TRUE(
      rocksdb::DB::Open(rocksdb::DBOptions(), log, families, &handles, &opened)
          .ok());
  const std::unique_ptr<rocksdb::DB> db(opened);
  EXPECT_TRUE(db->DropColumnFamily(handles[family]).ok());
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    EXPECT_TRUE(db->DestroyColumnFamilyHandle(handle).ok());
  }
}

TEST_F(OpenTest, StoreWhoseLogLacksAFamilyIsRefusedUntouched) {
  for (const size_t family : {kLogChunks, kLogRows, kLogTree}) {
    std::filesystem::remove_all(path());
    MakeStore();
    DropFamily(path() + "/log", family);
    const uint64_t before = HashFolder(path());

    EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kDataLoss))
        << kLogFamilyNames[family];
    EXPECT_EQ(HashFolder(path()), before);
  }
}

TEST_F(OpenTest, WhatALoaderLeftWhenItDiedIsRemoved) {
  MakeStore();
  std::filesystem::create_directory(path() + "/load");
  WriteFile(path() + "/load/7.sst", "half a file");

  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());

  EXPECT_FALSE(std::filesystem::exists(path() + "/load"));
}

}  // namespace
}  // namespace daybook
