// What EventStore::Open() refuses, and that it leaves alone what it refuses.

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rocksdb/db.h"
#include "store/rocks_db.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

using testing::HashFolder;
using ::testing::HasSubstr;
using testing::IsOkAndHolds;
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

TEST_F(OpenTest, ClosedStoreCanBeOpenedAgain) {
  MakeStore();

  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());

  EXPECT_EQ(store->Head(), Position(1));
}

TEST_F(OpenTest, StoreOfANewerFormatIsRefusedUntouched) {
  MakeStore();
  std::string identity = ReadFile(path() + "/STORE");
  const size_t at = identity.find("format 0");
  ASSERT_NE(at, std::string::npos);
  WriteFile(path() + "/STORE", identity.replace(at, 8, "format 7"));
  const uint64_t before = HashFolder(path());

  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition,
                               HasSubstr("format 7")));
  EXPECT_EQ(HashFolder(path()), before);
}

TEST_F(OpenTest, FolderOfSomethingElseIsRefusedUntouched) {
  ASSERT_OK(EventStore::Open(path() + "/nested", StoreOptions()));
  WriteFile(path() + "/letter.txt", "dear reader");
  const uint64_t before = HashFolder(path());

  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition,
                               HasSubstr("holds no store")));
  EXPECT_EQ(HashFolder(path()), before);
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

// Stores were written before there were rows.
void DropFamilyOfRows(const std::string& log) {
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const char* name : kLogFamilyNames)
    families.emplace_back(name, rocksdb::ColumnFamilyOptions());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  ASSERT_TRUE(
      rocksdb::DB::Open(rocksdb::DBOptions(), log, families, &handles, &opened)
          .ok());
  const std::unique_ptr<rocksdb::DB> db(opened);
  EXPECT_TRUE(db->DropColumnFamily(handles[kLogRows]).ok());
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    EXPECT_TRUE(db->DestroyColumnFamilyHandle(handle).ok());
  }
}

TEST_F(OpenTest, AStoreWithoutAFamilyOfRowsGetsOne) {
  MakeStore();
  DropFamilyOfRows(path() + "/log");

  for (int i = 0; i < 2; ++i) {
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());
    RowBatch batch;
    batch.Put(absl::StrCat("row-", i), "1");
    ASSERT_OK(store->WriteRows(batch));
    EXPECT_EQ(store->Head(), Position(1));
  }

  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<RowReader> rows,
                       store->ReadRows());
  EXPECT_THAT(rows->Get("row-0"),
              IsOkAndHolds(std::optional<std::string>("1")));
  EXPECT_THAT(rows->Get("row-1"),
              IsOkAndHolds(std::optional<std::string>("1")));
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
