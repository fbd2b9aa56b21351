#include "daybook/audit/key_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook::audit {
namespace {

namespace fs = std::filesystem;

using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Not;
using testing::StatusIs;

class KeyFileTest : public ::testing::Test {
 protected:
  mode_t ModeOf(const std::string& path) {
    struct stat info = {};
    EXPECT_EQ(stat(path.c_str(), &info), 0);
    return info.st_mode & 07777;
  }

  const testing::TemporaryFolder folder_;
  const std::string path_ = folder_.File("log.key");
  const NoteSigner signer_ = *NoteSigner::Generate("shop.example/log");
};

TEST_F(KeyFileTest, LoadsTheKeyThatWasWritten) {
  ASSERT_THAT(WriteKeyFile(path_, signer_), IsOk());
  ASSERT_OK_AND_ASSIGN(const NoteSigner loaded, LoadKeyFile(path_));
  EXPECT_EQ(loaded.ToSecretText(), signer_.ToSecretText());
  EXPECT_EQ(folder_.Read("log.key"), signer_.ToSecretText() + "\n");
}

TEST_F(KeyFileTest, OnlyTheOwnerMayReadItWhateverTheUmask) {
  for (const mode_t mask : {mode_t{0}, mode_t{022}, mode_t{0777}}) {
    const mode_t before = umask(mask);
    const absl::Status written = WriteKeyFile(path_, signer_);
    umask(before);
    ASSERT_THAT(written, IsOk());
    EXPECT_EQ(ModeOf(path_), 0600u);
    fs::remove(path_);
  }
}

TEST_F(KeyFileTest, AnExistingFileIsNotTouched) {
  folder_.Write("log.key", "precious");
  EXPECT_THAT(WriteKeyFile(path_, signer_),
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr(path_)));
  EXPECT_EQ(folder_.Read("log.key"), "precious");
}

TEST_F(KeyFileTest, IsNotWrittenThroughASymbolicLink) {
  fs::create_symlink(folder_.File("elsewhere"), path_);
  EXPECT_THAT(WriteKeyFile(path_, signer_),
              StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_FALSE(fs::exists(folder_.File("elsewhere")));
}

TEST_F(KeyFileTest, WithoutItsFolderItIsNotWritten) {
  EXPECT_THAT(WriteKeyFile(folder_.File("none/log.key"), signer_),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(KeyFileTest, OneThatOthersMayUseIsRefused) {
  ASSERT_THAT(WriteKeyFile(path_, signer_), IsOk());
  for (const mode_t mode : {0640u, 0604u, 0620u, 0602u, 0610u, 0601u}) {
    ASSERT_EQ(chmod(path_.c_str(), mode), 0);
    EXPECT_THAT(LoadKeyFile(path_),
                StatusIs(absl::StatusCode::kFailedPrecondition,
                         HasSubstr("open to group or others: chmod 600")));
  }
  ASSERT_EQ(chmod(path_.c_str(), 0400), 0);
  EXPECT_THAT(LoadKeyFile(path_), IsOk());
}

TEST_F(KeyFileTest, OfAnotherUserIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "skipped: only root gives files away";
  ASSERT_THAT(WriteKeyFile(path_, signer_), IsOk());
  ASSERT_EQ(chown(path_.c_str(), 4711, 4711), 0);
  EXPECT_THAT(LoadKeyFile(path_),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("belongs to user 4711")));
}

TEST_F(KeyFileTest, ALinkOfOnesOwnIsFollowed) {
  ASSERT_THAT(WriteKeyFile(path_, signer_), IsOk());
  const std::string link = folder_.File("link");
  fs::create_symlink(path_, link);
  EXPECT_THAT(LoadKeyFile(link), IsOk());

  ASSERT_EQ(chmod(path_.c_str(), 0644), 0);
  EXPECT_THAT(LoadKeyFile(link),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(KeyFileTest, ALinkOfAnotherUserIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "skipped: only root gives files away";
  ASSERT_THAT(WriteKeyFile(path_, signer_), IsOk());
  const std::string link = folder_.File("link");
  fs::create_symlink(path_, link);
  ASSERT_EQ(lchown(link.c_str(), 4711, 4711), 0);
  EXPECT_THAT(LoadKeyFile(link),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("symbolic link of user 4711")));
}

TEST_F(KeyFileTest, WhatIsNoFileIsRefused) {
  EXPECT_THAT(LoadKeyFile(path_), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(
      LoadKeyFile(folder_.File("")),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("is no file")));
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_THAT(LoadKeyFile(path_),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(KeyFileTest, WhatIsNoKeyIsRefusedWithoutRepeatingIt) {
  for (const std::string& content :
       {std::string(), std::string("hunter2\n"), std::string(10'000, 'x'),
        signer_.ToSecretText() + "\n\n", signer_.ToSecretText() + " ",
        signer_.verifier_key().ToString() + "\n"}) {
    folder_.Write("log.key", content);
    ASSERT_EQ(chmod(path_.c_str(), 0600), 0);
    EXPECT_THAT(LoadKeyFile(path_),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         ::testing::AllOf(HasSubstr(path_),
                                          Not(HasSubstr("hunter2")))));
  }
}

}  // namespace
}  // namespace daybook::audit
