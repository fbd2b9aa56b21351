#include "tools/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::StatusIs;
using ::testing::HasSubstr;

class OutputFileTest : public ::testing::Test {
 protected:
  testing::TemporaryFolder folder_;
};

TEST_F(OutputFileTest, AppearsOnceItIsWhole) {
  ASSERT_OK_AND_ASSIGN(const auto file, OutputFile::Create(folder_ / "out"));
  file->Write("text");
  EXPECT_NE(access((folder_ / "out").c_str(), F_OK), 0);

  ASSERT_OK(file->Commit());

  EXPECT_EQ(testing::ReadFile(folder_ / "out"), "text");
}

TEST_F(OutputFileTest, OneProcessWritesItAtATime) {
  ASSERT_OK_AND_ASSIGN(auto first, OutputFile::Create(folder_ / "out"));
  first->Write("whole");

  EXPECT_THAT(OutputFile::Create(folder_ / "out").status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("another process is writing it")));
  ASSERT_OK(first->Commit());
  first = nullptr;

  EXPECT_EQ(testing::ReadFile(folder_ / "out"), "whole");
  EXPECT_OK(OutputFile::Create(folder_ / "out").status());
}

TEST_F(OutputFileTest, WhatAKilledProcessLeftIsNoObstacle) {
  folder_.Write("out.part", "a part of it");
  ASSERT_OK_AND_ASSIGN(const auto file, OutputFile::Create(folder_ / "out"));
  file->Write("text");

  ASSERT_OK(file->Commit());

  EXPECT_EQ(testing::ReadFile(folder_ / "out"), "text");
  EXPECT_NE(access((folder_ / "out.part").c_str(), F_OK), 0);
}

TEST_F(OutputFileTest, AFileThatIsAnothersIsNeitherTakenNorRemoved) {
  ASSERT_OK_AND_ASSIGN(auto file, OutputFile::Create(folder_ / "out"));
  file->Write("text");
  unlink((folder_ / "out.part").c_str());
  folder_.Write("out.part", "another's");

  EXPECT_THAT(file->Commit(), StatusIs(absl::StatusCode::kResourceExhausted,
                                       HasSubstr("in its place")));
  file = nullptr;

  EXPECT_NE(access((folder_ / "out").c_str(), F_OK), 0);
  EXPECT_EQ(testing::ReadFile(folder_ / "out.part"), "another's");
}

TEST_F(OutputFileTest, APipeIsWrittenToAndStaysOne) {
  const std::string pipe = folder_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const int reader = open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_OK_AND_ASSIGN(const auto file, OutputFile::Create(pipe));

  file->Write("text");
  ASSERT_OK(file->Commit());

  char read_back[16];
  EXPECT_EQ(read(reader, read_back, sizeof(read_back)), 4);
  struct stat there;
  ASSERT_EQ(stat(pipe.c_str(), &there), 0);
  EXPECT_TRUE(S_ISFIFO(there.st_mode));
  close(reader);
}

}  // namespace
}  // namespace daybook::tools
