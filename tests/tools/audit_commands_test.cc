// `daybook audit` and `daybook key`: an auditor's day, and what may be wrong.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/temporary_folder.h"
#include "tests/tools/child.h"
#include "tests/tools/command_runner.h"
#include "tools/store_access.h"

namespace daybook::tools {
namespace {

namespace fs = std::filesystem;
using ::daybook::testing::ChildOptions;
using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::daybook::testing::RunDaybook;
using ::daybook::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class AuditCommandsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Run({"init"});
    for (int i = 0; i < 5; ++i) Append("order-1");
    Append("order-2");
    public_key_ = Run({"key", "generate", "--name", "shop.example/log", "-o",
                       folder_.File("key")});
    public_key_.pop_back();
  }

  std::vector<std::string> OnStore(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--store", folder_.File("store")});
    return arguments;
  }
  CommandResult Try(std::vector<std::string> arguments) {
    return daybook_(OnStore(std::move(arguments)));
  }
  std::string Run(std::vector<std::string> arguments) {
    const CommandResult result = Try(std::move(arguments));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }
  // The same, signing.
  CommandResult TrySigned(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--audit-key", folder_.File("key")});
    return Try(std::move(arguments));
  }
  std::string RunSigned(std::vector<std::string> arguments) {
    const CommandResult result = TrySigned(std::move(arguments));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }
  void Append(const std::string& stream) {
    Run({"append", stream, "--type", "placed", "--data", "{}"});
  }
  std::string File(const std::string& name) { return folder_.File(name); }
  std::string Contents(const std::string& name) { return folder_.Read(name); }

  TemporaryFolder folder_;
  CommandRunner daybook_{StoreAccess::Disk()};
  std::string public_key_;
};

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

TEST_F(AuditCommandsTest, HeadsAreListedWithWhoSignedThem) {
  RunSigned({"audit", "head"});

  EXPECT_THAT(Run({"audit", "head", "--list"}),
              AllOf(HasSubstr("shop.example/log+"), HasSubstr("nobody")));
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

// --- Verification ------------------------------------------------------------

TEST_F(AuditCommandsTest, AWholeStoreIsVerifiedAndSaidWhatThatProves) {
  RunSigned({"audit", "head", "-o", File("monday")});
  Append("order-3");

  EXPECT_THAT(Run({"audit", "verify", "--trust", public_key_, "--against",
                   File("monday")}),
              AllOf(HasSubstr("7 events"), HasSubstr("the first 6 events"),
                    HasSubstr("not proven")));
}

TEST_F(AuditCommandsTest, VerificationWithoutAHeadSaysWhatItIsWorth) {
  EXPECT_THAT(
      Run({"audit", "verify"}),
      AllOf(HasSubstr("agree with one another"), HasSubstr("--head-copy")));
}

TEST_F(AuditCommandsTest, AStoreWithoutAHeadIsNotVerifiable) {
  daybook_({"--store", File("new"), "init"});

  const CommandResult result =
      daybook_({"--store", File("new"), "audit", "verify"});

  EXPECT_EQ(result.exit_code, 30);
  EXPECT_THAT(result.err, HasSubstr("no tree head, and none was given"));
  EXPECT_EQ(daybook_({"--store", File("new"), "audit", "head"}).exit_code, 0);
  EXPECT_EQ(daybook_({"--store", File("new"), "audit", "verify"}).exit_code, 0);
}

TEST_F(AuditCommandsTest, AKeyThatSignedNothingLeavesTheStoreUnverifiable) {
  EXPECT_EQ(Try({"audit", "verify", "--trust", public_key_}).exit_code, 30);
}

TEST_F(AuditCommandsTest, AHeadCopyThatCantBeWrittenIsTold) {
  const CommandResult result = Try({"append", "order-9", "--type", "placed",
                                    "--head-copy", File("nowhere/copy")});

  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("7 events is kept in the store"),
                    HasSubstr("not in its copy"), HasSubstr("nowhere/copy"),
                    Not(HasSubstr("no tree head"))));
}

TEST_F(AuditCommandsTest, ACopyThatIsNotThereYetIsNoHead) {
  const CommandResult result =
      Try({"audit", "verify", "--head-copy", File("copy")});

  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("there is no copy"), HasSubstr(File("copy"))));
}

TEST_F(AuditCommandsTest, AnUnsignedAppendToASignedLogTellsThatNoHeadIsCopied) {
  RunSigned({"append", "order-9", "--type", "placed"});

  for (const CommandResult& result :
       {Try({"append", "order-9", "--type", "placed", "--head-copy",
             File("copy")}),
        Try({"audit", "head", "--head-copy", File("copy")})}) {
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_THAT(result.err,
                AllOf(HasSubstr("no tree head was"), HasSubstr("signed"),
                      HasSubstr("--audit-key"), HasSubstr(File("copy"))));
  }
  EXPECT_FALSE(fs::exists(File("copy")));
}

TEST_F(AuditCommandsTest, ACopyOfTheHeadIsVerifiedAgainst) {
  Run({"append", "order-9", "--type", "placed", "--head-copy", File("copy")});
  Append("order-9");

  EXPECT_THAT(Run({"audit", "verify", "--head-copy", File("copy")}),
              HasSubstr("the first 7 events"));
}

TEST_F(AuditCommandsTest, OnlyWhatIsNewIsVerifiedAgain) {
  Run({"audit", "verify", "--state", File("state")});
  Append("order-3");

  EXPECT_THAT(Run({"audit", "verify", "--state", File("state")}),
              AllOf(HasSubstr("1 event,"), HasSubstr("verified earlier")));
  EXPECT_THAT(Run({"audit", "verify", "--state", File("state")}),
              HasSubstr("0 events,"));
}

TEST_F(AuditCommandsTest, HashesOnlySaysWhatItDidNotLookAt) {
  EXPECT_THAT(Run({"audit", "verify", "--hashes-only"}),
              HasSubstr("not looked at: what the events say"));
}

TEST_F(AuditCommandsTest, AHeadThatWasChangedIsTampered) {
  RunSigned({"audit", "head"});
  std::string head = Contents("store/HEAD");
  head[head.size() - 8] = head[head.size() - 8] == 'A' ? 'B' : 'A';
  folder_.Write("store/HEAD", head);

  EXPECT_EQ(Try({"audit", "verify", "--trust", public_key_}).exit_code, 20);
}

TEST_F(AuditCommandsTest, ADamagedHeadFileIsMendedByAnOpening) {
  RunSigned({"audit", "head"});
  const std::string head = Contents("store/HEAD");
  folder_.Write("store/HEAD", "rubbish");

  const CommandResult damaged = Try({"audit", "verify"});
  EXPECT_EQ(damaged.exit_code, 20);
  EXPECT_THAT(damaged.err, HasSubstr("(`status`) writes it anew"));
  Run({"status"});

  EXPECT_EQ(Contents("store/HEAD"), head);
  EXPECT_EQ(Try({"audit", "verify"}).exit_code, 0);
}

TEST_F(AuditCommandsTest, AStoreThatWasRolledBackIsFoundByItsHead) {
  fs::copy(File("store"), File("old"), fs::copy_options::recursive);
  Append("order-3");
  Run({"audit", "head", "-o", File("monday")});
  fs::remove_all(File("store"));
  fs::rename(File("old"), File("store"));

  const CommandResult result =
      Try({"audit", "verify", "--against", File("monday")});

  EXPECT_EQ(result.exit_code, 20);
  EXPECT_THAT(result.err, HasSubstr("position 6"));
}

TEST_F(AuditCommandsTest, DeepAlsoSaysWhetherIndexesAreAsTheLogMakesThem) {
  const CommandResult result =
      RunDaybook(OnStore({"audit", "verify", "--deep"}));

  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("as the log makes them, up to @6"));
  EXPECT_THAT(Run({"audit", "verify"}), Not(HasSubstr("as the log makes")));
}

TEST_F(AuditCommandsTest, ADamagedIndexIsOfAKindOfItsOwn) {
  fs::remove(File("store/index/CURRENT"));

  const CommandResult result =
      RunDaybook(OnStore({"audit", "verify", "--deep"}));

  EXPECT_EQ(result.exit_code, 20);
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("6 leaves, root"), HasSubstr("DAMAGED: files")));
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("kind: index"),
                    HasSubstr("nothing that was appended was changed"),
                    HasSubstr("reindex --yes")));
  EXPECT_EQ(Try({"reindex", "--yes"}).exit_code, 0);
  EXPECT_EQ(Try({"audit", "verify", "--deep"}).exit_code, 0);
}

TEST_F(AuditCommandsTest, AProcessOfItsOwnVerifies) {
  const CommandResult result = RunDaybook(OnStore({"audit", "verify"}));

  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("6 events,"));
}

// From far too little to start anything to enough. With any of it the answer is
// that it was too little, or that the store is whole: never that it is damaged,
// or that the engine died.
TEST_F(AuditCommandsTest, MemoryThatIsNotEnoughIsSaid) {
  size_t too_little = 0;
  for (int megabytes = 1; megabytes <= 1024; megabytes *= 2) {
    const CommandResult result = RunDaybook(OnStore(
        {"audit", "verify", "--memory-max", std::to_string(megabytes) + "MB"}));
    ASSERT_THAT(result.exit_code, AnyOf(0, 1)) << megabytes << result.err;
    if (result.exit_code == 0) continue;
    ++too_little;
    EXPECT_THAT(result.err, AllOf(HasSubstr("raise --memory-max"),
                                  HasSubstr("Nothing is known")));
  }
  EXPECT_GT(too_little, 0u);
}

TEST_F(AuditCommandsTest, WhatTheProcessFindsComesWithItsPosition) {
  fs::remove_all(File("store/log"));

  const CommandResult result = RunDaybook(OnStore({"audit", "verify"}));

  EXPECT_EQ(result.exit_code, 20);
  EXPECT_THAT(result.err, HasSubstr("position 0"));
}

TEST_F(AuditCommandsTest, ADamagedPlaceOfTheAnchorIsToldAndMendedByAnOpening) {
  std::string anchor = Contents("store/ANCHOR");
  anchor[4096 + 17] = static_cast<char>(anchor[4096 + 17] ^ 1);
  folder_.Write("store/ANCHOR", anchor);

  for (const CommandResult& damaged :
       {Try({"audit", "verify"}), RunDaybook(OnStore({"audit", "verify"}))}) {
    EXPECT_EQ(damaged.exit_code, 20);
    EXPECT_THAT(damaged.out, HasSubstr("anchor      DAMAGED"));
    EXPECT_THAT(damaged.err, HasSubstr("kind: anchor"));
  }
  Run({"status"});
  Run({"audit", "verify"});
}

TEST_F(AuditCommandsTest, AStoreFileThatIsNoneIsDamageNotAnotherProgram) {
  std::string identity = Contents("store/STORE");
  identity[3] = static_cast<char>(identity[3] ^ 1);
  folder_.Write("store/STORE", identity);

  EXPECT_EQ(Try({"audit", "verify"}).exit_code, 20);
  EXPECT_EQ(Try({"read", "--all"}).exit_code, 5);
}

// --- Export ------------------------------------------------------------------

TEST_F(AuditCommandsTest, TheLogIsExportedAsTilesAndBroughtUpToDate) {
  RunSigned({"audit", "export-tlog", File("tlog")});
  Append("order-3");
  RunSigned({"audit", "export-tlog", File("tlog")});

  EXPECT_THAT(Contents("tlog/checkpoint"), StartsWith("shop.example/log\n7\n"));
  EXPECT_EQ(fs::file_size(File("tlog/tile/0/000.p/7")), 7u * 32);
  EXPECT_TRUE(fs::exists(File("tlog/tile/entries/000.p/7")));
}

TEST_F(AuditCommandsTest, AFolderOfSomethingElseIsNotExportedTo) {
  folder_.Write("letter", "dear aunt\n");

  EXPECT_NE(TrySigned({"audit", "export-tlog", folder_.path()}).exit_code, 0);
  EXPECT_FALSE(fs::exists(File("checkpoint")));
}

TEST_F(AuditCommandsTest, AnExportFollowsNoLinkOutOfItsFolder) {
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

TEST_F(AuditCommandsTest, ASignedCheckpointIsReplacedOnlyByOneOfItsName) {
  RunSigned({"audit", "export-tlog", File("tlog")});
  const std::string checkpoint = Contents("tlog/checkpoint");
  Run({"key", "generate", "--name", "other.example/log", "-o", File("other")});
  Append("order-3");

  const CommandResult without = Try({"audit", "export-tlog", File("tlog")});
  const CommandResult other =
      Try({"audit", "export-tlog", File("tlog"), "--audit-key", File("other")});

  EXPECT_EQ(without.exit_code, 1);
  EXPECT_THAT(without.err, AllOf(HasSubstr("is signed by shop.example/log+"),
                                 HasSubstr("--audit-key")));
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.err, AllOf(HasSubstr("the log \"shop.example/log\""),
                               HasSubstr("\"other.example/log\"")));
  EXPECT_EQ(Contents("tlog/checkpoint"), checkpoint);
  EXPECT_FALSE(fs::exists(File("tlog/tile/0/000.p/7")));
}

TEST_F(AuditCommandsTest, WhatIsMissingOfAnExportIsWrittenAgain) {
  RunSigned({"audit", "export-tlog", File("tlog")});
  const std::string hashes = Contents("tlog/tile/0/000.p/6");
  const std::string entries = Contents("tlog/tile/entries/000.p/6");
  fs::remove(File("tlog/tile/0/000.p/6"));
  fs::remove_all(File("tlog/tile/entries"));

  RunSigned({"audit", "export-tlog", File("tlog")});

  EXPECT_EQ(Contents("tlog/tile/0/000.p/6"), hashes);
  EXPECT_EQ(Contents("tlog/tile/entries/000.p/6"), entries);
}

TEST_F(AuditCommandsTest, AnExportThatWasInterruptedGoesOn) {
  RunSigned({"audit", "export-tlog", File("tlog")});
  fs::remove(File("tlog/checkpoint"));
  fs::remove_all(File("tlog/tile/0"));

  RunSigned({"audit", "export-tlog", File("tlog")});

  EXPECT_TRUE(fs::exists(File("tlog/checkpoint")));
  EXPECT_TRUE(fs::exists(File("tlog/tile/0/000.p/6")));
}

TEST_F(AuditCommandsTest, AnotherLogIsNotExportedOverOne) {
  RunSigned({"audit", "export-tlog", File("tlog")});
  const std::string checkpoint = Contents("tlog/checkpoint");
  fs::remove_all(File("store"));
  Run({"init"});
  for (int i = 0; i < 9; ++i) Append("another");

  EXPECT_EQ(TrySigned({"audit", "export-tlog", File("tlog")}).exit_code, 20);
  EXPECT_EQ(Contents("tlog/checkpoint"), checkpoint);
}

// --- Branches ----------------------------------------------------------------

class BranchAuditTest : public AuditCommandsTest {
 protected:
  // A signed log with a copy of its head, and a branch of it.
  void SetUp() override {
    AuditCommandsTest::SetUp();
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
