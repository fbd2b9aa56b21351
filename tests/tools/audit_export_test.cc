// `daybook audit export-tlog`: the log as tiles.

#include <filesystem>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/tools/audit_fixture.h"
#include "tests/tools/command_runner.h"

namespace daybook::tools {
namespace {

namespace fs = std::filesystem;
using ::daybook::testing::AuditFixture;
using ::daybook::testing::CommandResult;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class AuditExportTest : public AuditFixture {};

TEST_F(AuditExportTest, TheLogIsExportedAsTilesAndBroughtUpToDate) {
  RunSigned({"audit", "export-tlog", File("tlog")});
  Append("order-3");
  RunSigned({"audit", "export-tlog", File("tlog")});

  EXPECT_THAT(Contents("tlog/checkpoint"), StartsWith("shop.example/log\n7\n"));
  EXPECT_EQ(fs::file_size(File("tlog/tile/0/000.p/7")), 7u * 32);
  EXPECT_TRUE(fs::exists(File("tlog/tile/entries/000.p/7")));
}

TEST_F(AuditExportTest, AFolderOfSomethingElseIsNotExportedTo) {
  folder_.Write("letter", "dear aunt\n");

  EXPECT_NE(TrySigned({"audit", "export-tlog", folder_.path()}).exit_code, 0);
  EXPECT_FALSE(fs::exists(File("checkpoint")));
}

TEST_F(AuditExportTest, AnExportFollowsNoLinkOutOfItsFolder) {
  RunSigned({"audit", "export-tlog", File("tlog")});
  fs::rename(File("tlog/tile"), File("elsewhere"));
  fs::remove_all(File("elsewhere/0"));
  fs::create_directory_symlink(File("elsewhere"), File("tlog/tile"));
  Append("order-3");

  const CommandResult result =
      TrySigned({"audit", "export-tlog", File("tlog")});

  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("is a symbolic link"));
  EXPECT_FALSE(fs::exists(File("elsewhere/0")));
}

TEST_F(AuditExportTest, ASignedCheckpointIsReplacedOnlyByOneOfItsName) {
  RunSigned({"audit", "export-tlog", File("tlog")});
  const std::string checkpoint = Contents("tlog/checkpoint");
  Run({"key", "generate", "--name", "other.example/log", "-o", File("other")});
  Append("order-3");

  const CommandResult without = Try({"audit", "export-tlog", File("tlog")});
  const CommandResult other =
      Try({"audit", "export-tlog", File("tlog"), "--audit-key", File("other")});

  EXPECT_EQ(without.exit_code, 1);
  EXPECT_THAT(without.err,
              AllOf(HasSubstr("is said to be signed by shop.example/log+"),
                    HasSubstr("--audit-key")));
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.err, AllOf(HasSubstr("the log \"shop.example/log\""),
                               HasSubstr("\"other.example/log\"")));
  EXPECT_EQ(Contents("tlog/checkpoint"), checkpoint);
  EXPECT_FALSE(fs::exists(File("tlog/tile/0/000.p/7")));
}

TEST_F(AuditExportTest, WhatIsMissingOfAnExportIsWrittenAgain) {
  RunSigned({"audit", "export-tlog", File("tlog")});
  const std::string hashes = Contents("tlog/tile/0/000.p/6");
  const std::string entries = Contents("tlog/tile/entries/000.p/6");
  fs::remove(File("tlog/tile/0/000.p/6"));
  fs::remove_all(File("tlog/tile/entries"));

  RunSigned({"audit", "export-tlog", File("tlog")});

  EXPECT_EQ(Contents("tlog/tile/0/000.p/6"), hashes);
  EXPECT_EQ(Contents("tlog/tile/entries/000.p/6"), entries);
}

TEST_F(AuditExportTest, AnExportThatWasInterruptedGoesOn) {
  RunSigned({"audit", "export-tlog", File("tlog")});
  fs::remove(File("tlog/checkpoint"));
  fs::remove_all(File("tlog/tile/0"));

  RunSigned({"audit", "export-tlog", File("tlog")});

  EXPECT_TRUE(fs::exists(File("tlog/checkpoint")));
  EXPECT_TRUE(fs::exists(File("tlog/tile/0/000.p/6")));
}

TEST_F(AuditExportTest, AnotherLogIsNotExportedOverOne) {
  RunSigned({"audit", "export-tlog", File("tlog")});
  const std::string checkpoint = Contents("tlog/checkpoint");
  fs::remove_all(File("store"));
  Run({"init"});
  for (int i = 0; i < 9; ++i) Append("another");

  EXPECT_EQ(TrySigned({"audit", "export-tlog", File("tlog")}).exit_code, 20);
  EXPECT_EQ(Contents("tlog/checkpoint"), checkpoint);
}

}  // namespace
}  // namespace daybook::tools
