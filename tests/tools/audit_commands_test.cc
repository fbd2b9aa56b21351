// `daybook audit` and `daybook key`: an auditor's day, and what may be wrong.
// Of verification: audit_verify_test.cc; of tiles: audit_export_test.cc.

#include <filesystem>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/tools/audit_fixture.h"
#include "tests/tools/child.h"
#include "tests/tools/command_runner.h"

namespace daybook::tools {
namespace {

namespace fs = std::filesystem;
using ::daybook::testing::AuditFixture;
using ::daybook::testing::ChildOptions;
using ::daybook::testing::CommandResult;
using ::daybook::testing::RunDaybook;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class AuditCommandsTest : public AuditFixture {};

// --- Keys --------------------------------------------------------------------

TEST_F(AuditCommandsTest, AKeyShowsItsPublicHalfAndIsNobodyElses) {
  EXPECT_THAT(public_key_, StartsWith("shop.example/log+"));
  EXPECT_EQ(Run({"key", "show", File("key")}), public_key_ + "\n");
  EXPECT_EQ(fs::status(File("key")).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(AuditCommandsTest, AKeyThatOthersCanReadIsRefused) {
  fs::permissions(File("key"), fs::perms::group_read, fs::perm_options::add);

  EXPECT_NE(Try({"key", "show", File("key")}).exit_code, 0);
  EXPECT_NE(TrySigned({"audit", "head"}).exit_code, 0);
}

TEST_F(AuditCommandsTest, AKeyIsNotWrittenOverAnother) {
  const std::string before = Contents("key");

  EXPECT_NE(
      Try({"key", "generate", "--name", "other", "-o", File("key")}).exit_code,
      0);

  EXPECT_EQ(Contents("key"), before);
}

TEST_F(AuditCommandsTest, ARotationIsSignedByBothKeys) {
  RunSigned({"audit", "head"});
  const std::string next =
      RunSigned({"key", "rotate", "-o", File("next"), "--reason", "yearly"});

  for (const std::string& key : {public_key_, next}) {
    EXPECT_EQ(Try({"audit", "verify", "--trust", key}).exit_code, 0) << key;
  }
  EXPECT_THAT(Run({"read", "$operations", "--format", "json"}),
              HasSubstr("yearly"));
}

TEST_F(AuditCommandsTest, ARotationThatFailsLeavesNoKeyBehind) {
  const CommandResult result =
      daybook_({"--store", File("none"), "--audit-key", File("key"), "key",
                "rotate", "-o", File("next"), "--reason", "yearly"});

  EXPECT_NE(result.exit_code, 0);
  EXPECT_FALSE(fs::exists(File("next")));
  RunSigned({"key", "rotate", "-o", File("next"), "--reason", "yearly"});
}

TEST_F(AuditCommandsTest, AKeyThatSignedStaysWhereOnlyACopyCantBeWritten) {
  const CommandResult result =
      TrySigned({"key", "rotate", "-o", File("next"), "--reason", "yearly",
                 "--head-copy", File("nowhere/copy")});

  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("the new key stays in " + File("next")));
  RunSigned({"audit", "head", "--audit-key", File("next")});
  std::string next = Run({"key", "show", File("next")});
  next.pop_back();
  Run({"audit", "verify", "--trust", next});
}

TEST_F(AuditCommandsTest, ARotatedHeadKeepsBothSignaturesWhenItIsMadeAgain) {
  RunSigned({"key", "rotate", "-o", File("next"), "--reason", "yearly"});
  const std::string head = Contents("store/HEAD");

  EXPECT_EQ(RunSigned({"audit", "head"}), head);

  EXPECT_EQ(Contents("store/HEAD"), head);
}

TEST_F(AuditCommandsTest, AKeyOfAnotherLogSignsNothing) {
  RunSigned({"audit", "head"});
  Run({"key", "generate", "--name", "till-3.shop.example", "-o", File("till")});

  const CommandResult result = Try(
      {"--audit-key", File("till"), "append", "order-3", "--type", "placed"});

  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr("\"shop.example/log\""),
                                HasSubstr("\"till-3.shop.example\""),
                                HasSubstr("key rotate --name")));
}

TEST_F(AuditCommandsTest, ARotationMayRenameTheLogWhichVerificationTells) {
  RunSigned({"audit", "head"});
  const std::string next =
      RunSigned({"key", "rotate", "--name", "shop.example/2027", "-o",
                 File("next"), "--reason", "merger"});

  EXPECT_EQ(Try({"--audit-key", File("next"), "append", "order-3", "--type",
                 "placed"})
                .exit_code,
            0);

  for (const std::string& key : {public_key_, next}) {
    EXPECT_THAT(Run({"audit", "verify", "--trust", key}),
                AllOf(HasSubstr("signed heads name several logs"),
                      HasSubstr("\"shop.example/log\" (1)"),
                      HasSubstr("\"shop.example/2027\" (2)")));
  }
}

TEST_F(AuditCommandsTest, APublicKeyIsSaidToBeOne) {
  folder_.Write("key.pub", public_key_ + "\n");

  const CommandResult result = Try({"key", "show", File("key.pub")});

  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("public key"), Not(HasSubstr("rotate"))));
}

TEST_F(AuditCommandsTest, ANameOfALogHasNoScheme) {
  const CommandResult result =
      Try({"key", "generate", "--name", "https://shop.example/log", "-o",
           File("other")});

  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("\"shop.example/log\""));
  EXPECT_FALSE(fs::exists(File("other")));
}

// --- Heads -------------------------------------------------------------------

TEST_F(AuditCommandsTest, AHeadIsACheckpoint) {
  const std::string head = RunSigned({"audit", "head"});

  EXPECT_THAT(head, StartsWith("shop.example/log\n6\n"));
  EXPECT_THAT(head, HasSubstr("\n\n\xe2\x80\x94 shop.example/log "));
}

TEST_F(AuditCommandsTest, AHeadWithoutAKeySaysSo) {
  const CommandResult result = Try({"audit", "head"});

  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, StartsWith("daybook/"));
  EXPECT_THAT(result.err, HasSubstr("key generate"));
}

TEST_F(AuditCommandsTest, HeadsAreListedWithWhoIsSaidToHaveSignedThem) {
  RunSigned({"audit", "head"});

  EXPECT_THAT(Run({"audit", "head", "--list"}),
              AllOf(HasSubstr("said to be signed by"),
                    HasSubstr("shop.example/log+"), HasSubstr("nobody")));
}

// --- Proofs ------------------------------------------------------------------

TEST_F(AuditCommandsTest, AProofOfAnEventHoldsWithoutTheStore) {
  RunSigned({"audit", "prove", "3", "-o", File("proof")});
  fs::remove_all(File("store"));

  EXPECT_THAT(Run({"audit", "check", File("proof"), "--trust", public_key_}),
              AllOf(HasSubstr("proven: 1 event of stream \"order-1\""),
                    HasSubstr("placed"), HasSubstr("not proven")));
}

TEST_F(AuditCommandsTest, APositionMayBeWrittenAsElsewhere) {
  EXPECT_EQ(RunSigned({"audit", "prove", "@3"}),
            RunSigned({"audit", "prove", "3"}));
}

TEST_F(AuditCommandsTest, AProofOfAStreamHasAllOfItsEvents) {
  RunSigned({"audit", "prove-stream", "order-1", "-o", File("proof")});

  EXPECT_THAT(Run({"audit", "check", File("proof"), "--trust", public_key_}),
              HasSubstr("proven: 5 events of stream \"order-1\""));
}

TEST_F(AuditCommandsTest, WhatIsNotThereIsNotProven) {
  EXPECT_EQ(TrySigned({"audit", "prove", "99"}).exit_code, 4);
  EXPECT_EQ(TrySigned({"audit", "prove-stream", "none"}).exit_code, 4);
  EXPECT_EQ(TrySigned({"audit", "prove", "rubbish"}).exit_code, 2);
}

TEST_F(AuditCommandsTest, AChangedProofIsTampered) {
  RunSigned({"audit", "prove", "3", "-o", File("proof")});
  std::string changed = Contents("proof");
  changed.replace(changed.find("index 3"), 7, "index 4");
  const std::string file = folder_.Write("changed", changed);

  EXPECT_EQ(Try({"audit", "check", file, "--trust", public_key_}).exit_code,
            20);
}

TEST_F(AuditCommandsTest, AFileThatIsNoProofProvesNothing) {
  const std::string file = folder_.Write("letter", "dear aunt\n");

  EXPECT_EQ(Try({"audit", "check", file, "--trust", public_key_}).exit_code,
            20);
}

TEST_F(AuditCommandsTest, WithoutATrustedKeyNothingIsVerifiable) {
  RunSigned({"audit", "prove", "3", "-o", File("proof")});
  const std::string other = Run(
      {"key", "generate", "--name", "shop.example/log", "-o", File("other")});

  EXPECT_EQ(Try({"audit", "check", File("proof")}).exit_code, 30);
  EXPECT_EQ(Try({"audit", "check", File("proof"), "--trust", other}).exit_code,
            30);
}

TEST_F(AuditCommandsTest, AProofOfAnotherLogIsNotOfThisOne) {
  RunSigned({"audit", "prove", "3", "-o", File("proof")});

  EXPECT_EQ(Try({"audit", "check", File("proof"), "--trust", public_key_,
                 "--origin", "other.example/log"})
                .exit_code,
            20);
}

TEST_F(AuditCommandsTest, AStoreThatNobodySignedProvesNothing) {
  const CommandResult result = Try({"audit", "prove", "3"});

  EXPECT_EQ(result.exit_code, 30);
  EXPECT_THAT(result.err, HasSubstr("--audit-key"));
}

TEST_F(AuditCommandsTest, AProofRestsOnAnEarlierSignedHead) {
  RunSigned({"audit", "head"});
  Append("order-3");

  EXPECT_THAT(Run({"audit", "prove", "3"}),
              HasSubstr("\nshop.example/log\n6\n"));
  EXPECT_EQ(Try({"audit", "prove", "6"}).exit_code, 30);
}

TEST_F(AuditCommandsTest, AProofIsTheWordOfTheLogsOwnKeyWhichIsNamed) {
  const std::string till =
      Run({"key", "generate", "--name", "till-3.example", "-o", File("till")});
  RunSigned({"audit", "prove", "3", "-o", File("proof")});

  EXPECT_THAT(Run({"audit", "check", File("proof"), "--trust", till, "--trust",
                   public_key_}),
              HasSubstr("signed by shop.example/log+"));
}

// A till may sign what it sells, not what a log holds.
TEST_F(AuditCommandsTest, AKeyThatIsTrustedForAnotherLogSaysNothingOfThisOne) {
  const std::string till =
      Run({"key", "generate", "--name", "till-3.example", "-o", File("till")});
  Run({"audit", "prove", "3", "--audit-key", File("key"), "--audit-key",
       File("till"), "-o", File("proof")});

  const CommandResult result =
      Try({"audit", "check", File("proof"), "--trust", till});
  EXPECT_EQ(result.exit_code, 30);
  EXPECT_THAT(result.err, HasSubstr("--origin"));
  EXPECT_THAT(Run({"audit", "check", File("proof"), "--trust", till, "--origin",
                   "shop.example/log"}),
              HasSubstr("signed by till-3.example+"));
}

TEST_F(AuditCommandsTest, AFileMayHaveSeveralTrustedKeys) {
  const std::string other =
      Run({"key", "generate", "--name", "other.example", "-o", File("other")});
  RunSigned({"audit", "prove", "3", "-o", File("proof")});
  folder_.Write("trusted", other + "\n" + public_key_ + "\n");

  Run({"audit", "check", File("proof"), "--trust", "@" + File("trusted")});

  const CommandResult no_at =
      Try({"audit", "check", File("proof"), "--trust", File("trusted")});
  EXPECT_EQ(no_at.exit_code, 2);
  EXPECT_THAT(no_at.err, HasSubstr("@" + File("trusted")));
}

// --- Consistency -------------------------------------------------------------

TEST_F(AuditCommandsTest, TheLogContinuesAnEarlierHead) {
  RunSigned({"audit", "head", "-o", File("monday")});
  Append("order-3");

  EXPECT_THAT(
      RunSigned({"audit", "consistency", "--from", File("monday"), "--trust",
                 public_key_}),
      AllOf(StartsWith("old 6\n"), HasSubstr("\nshop.example/log\n7\n")));
}

TEST_F(AuditCommandsTest, AConsistentHeadThatNobodySignedIsNoneForWitnesses) {
  Run({"audit", "head", "-o", File("monday")});

  EXPECT_THAT(Try({"audit", "consistency", "--from", File("monday")}).err,
              AllOf(HasSubstr("nobody signed"), HasSubstr("--audit-key")));
}

TEST_F(AuditCommandsTest, AStoreThatWasRolledBackIsNotConsistent) {
  fs::copy(File("store"), File("old"), fs::copy_options::recursive);
  Append("order-3");
  RunSigned({"audit", "head", "-o", File("monday")});
  fs::remove_all(File("store"));
  fs::rename(File("old"), File("store"));

  EXPECT_EQ(
      TrySigned({"audit", "consistency", "--from", File("monday")}).exit_code,
      20);
}

TEST_F(AuditCommandsTest, AHeadBySomebodyElseIsNotBelieved) {
  RunSigned({"audit", "head", "-o", File("monday")});
  const std::string other =
      Run({"key", "generate", "--name", "other", "-o", File("other")});

  EXPECT_EQ(TrySigned({"audit", "consistency", "--from", File("monday"),
                       "--trust", other})
                .exit_code,
            30);
}

// --- Branches ----------------------------------------------------------------

class BranchAuditTest : public AuditFixture {
 protected:
  // A signed log with a copy of its head, and a branch of it.
  void SetUp() override {
    AuditFixture::SetUp();
    RunSigned(
        {"append", "order-1", "--type", "placed", "--head-copy", File("copy")});
    Run({"branch", File("branch")});
  }
  CommandResult OnBranch(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--store", File("branch")});
    ChildOptions options;
    options.environment = {"DAYBOOK_AUDIT_KEY=" + File("key"),
                           "DAYBOOK_HEAD_COPY=" + File("copy")};
    return RunDaybook(arguments, "", options);
  }
};

TEST_F(BranchAuditTest, TheKeyAndTheCopyOfTheEnvironmentAreTheLogs) {
  const std::string copy = Contents("copy");

  const CommandResult result =
      OnBranch({"append", "order-1", "--type", "what-if"});

  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("branch of the log"),
                                HasSubstr("$DAYBOOK_AUDIT_KEY and "
                                          "$DAYBOOK_HEAD_COPY are left")));
  EXPECT_EQ(Contents("copy"), copy);
  RunSigned(
      {"append", "order-1", "--type", "placed", "--head-copy", File("copy")});
}

TEST_F(BranchAuditTest, TheLogsKeyAndCopyAreRefusedWhereTheyAreNamed) {
  const CommandResult key = OnBranch(
      {"append", "order-1", "--type", "what-if", "--audit-key", File("key")});
  EXPECT_EQ(key.exit_code, 1);
  EXPECT_THAT(key.err, HasSubstr("key generate"));

  const CommandResult copy = OnBranch(
      {"append", "order-1", "--type", "what-if", "--head-copy", File("copy")});
  EXPECT_EQ(copy.exit_code, 1);
  EXPECT_THAT(copy.err, HasSubstr("name another file"));
}

}  // namespace
}  // namespace daybook::tools
