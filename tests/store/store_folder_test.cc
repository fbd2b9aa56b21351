// Files in the folder of a store, and around it.

#include "store/store_folder.h"

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;
using testing::IsOkAndHolds;
using testing::ReadFile;
using testing::StatusIs;
using testing::TemporaryFolder;
using testing::WriteFile;

class StoreFolderTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
};

// A copy of a head elsewhere must not become one that lies here.
TEST_F(StoreFolderTest, WhatALinkLeadsToIsReplacedAndNotTheLink) {
  fs::create_directory(folder_ / "elsewhere");
  WriteFile(folder_ / "elsewhere/head", "old");
  fs::create_symlink("elsewhere/head", folder_ / "link");
  fs::create_symlink("link", folder_ / "link-to-link");

  ASSERT_OK(ReplaceFile(folder_ / "link-to-link", "new"));

  EXPECT_EQ(ReadFile(folder_ / "elsewhere/head"), "new");
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
}

TEST_F(StoreFolderTest, ALinkToAFileThatIsNotThereYetMakesIt) {
  fs::create_symlink("head", folder_ / "link");

  ASSERT_OK(ReplaceFile(folder_ / "link", "new"));

  EXPECT_EQ(ReadFile(folder_ / "head"), "new");
}

TEST_F(StoreFolderTest, LinksInACircleAreRefused) {
  fs::create_symlink("b", folder_ / "a");
  fs::create_symlink("a", folder_ / "b");

  EXPECT_FALSE(ReplaceFile(folder_ / "a", "new").ok());
}

TEST_F(StoreFolderTest, WhoMayReadAFileStaysAsItIs) {
  WriteFile(folder_ / "head", "old");
  fs::permissions(folder_ / "head", fs::perms::owner_read);

  ASSERT_OK(ReplaceFile(folder_ / "head", "new"));

  EXPECT_EQ(fs::status(folder_ / "head").permissions(), fs::perms::owner_read);
}

TEST_F(StoreFolderTest, AFolderIsMadeWithThoseAboveIt) {
  for (const char* name : {"a/b/c", "d/e/f/"}) {
    ASSERT_OK(MakeFolder(folder_ / name));
    EXPECT_TRUE(fs::is_directory(folder_ / name)) << name;
  }
  EXPECT_OK(MakeFolder(folder_ / "a/b/c"));
}

// What can't be read again is not written.
TEST_F(StoreFolderTest, ABranchOfTooManyIsRefusedAndLeavesWhatWasThere) {
  StoreIdentity identity = {.store_id = "an-id"};
  identity.branched_from.assign(100, std::string(5'000, 'n'));
  ASSERT_OK(WriteIdentity(folder_ / "", identity));
  ASSERT_OK_AND_ASSIGN(const StoreIdentity read, ReadIdentity(folder_ / ""));
  EXPECT_EQ(read.branched_from, identity.branched_from);

  identity.branched_from.assign(1'000, std::string(5'000, 'n'));

  EXPECT_THAT(WriteIdentity(folder_ / "", identity),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_OK(ReadIdentity(folder_ / ""));
}

}  // namespace
}  // namespace daybook
