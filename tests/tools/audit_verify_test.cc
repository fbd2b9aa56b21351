// `daybook audit verify`: what is found of a store, and what that proves.

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
using ::daybook::testing::CommandResult;
using ::daybook::testing::RunDaybook;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

class AuditVerifyTest : public AuditFixture {};

TEST_F(AuditVerifyTest, AWholeStoreIsVerifiedAndSaidWhatThatProves) {
  RunSigned({"audit", "head", "-o", File("monday")});
  Append("order-3");

  EXPECT_THAT(Run({"audit", "verify", "--trust", public_key_, "--against",
                   File("monday")}),
              AllOf(HasSubstr("7 events"), HasSubstr("the first 6 events"),
                    HasSubstr("not proven")));
}

TEST_F(AuditVerifyTest, VerificationWithoutAHeadSaysWhatItIsWorth) {
  EXPECT_THAT(
      Run({"audit", "verify"}),
      AllOf(HasSubstr("agree with one another"), HasSubstr("--head-copy")));
}

TEST_F(AuditVerifyTest, AStoreWithoutAHeadIsNotVerifiable) {
  daybook_({"--store", File("new"), "init"});

  const CommandResult result =
      daybook_({"--store", File("new"), "audit", "verify"});

  EXPECT_EQ(result.exit_code, 30);
  EXPECT_THAT(result.err, HasSubstr("no tree head, and none was given"));
  EXPECT_EQ(daybook_({"--store", File("new"), "audit", "head"}).exit_code, 0);
  EXPECT_EQ(daybook_({"--store", File("new"), "audit", "verify"}).exit_code, 0);
}

TEST_F(AuditVerifyTest, AKeyThatSignedNothingLeavesTheStoreUnverifiable) {
  EXPECT_EQ(Try({"audit", "verify", "--trust", public_key_}).exit_code, 30);
}

TEST_F(AuditVerifyTest, AHeadCopyThatCantBeWrittenIsTold) {
  const CommandResult result = Try({"append", "order-9", "--type", "placed",
                                    "--head-copy", File("nowhere/copy")});

  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("7 events is kept in the store"),
                    HasSubstr("not in its copy"), HasSubstr("nowhere/copy"),
                    Not(HasSubstr("no tree head"))));
}

TEST_F(AuditVerifyTest, ACopyThatIsNotThereYetIsNoHead) {
  const CommandResult result =
      Try({"audit", "verify", "--head-copy", File("copy")});

  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("there is no copy"), HasSubstr(File("copy"))));
}

TEST_F(AuditVerifyTest, AnUnsignedAppendToASignedLogTellsThatNoHeadIsCopied) {
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

TEST_F(AuditVerifyTest, ACopyOfTheHeadIsVerifiedAgainst) {
  Run({"append", "order-9", "--type", "placed", "--head-copy", File("copy")});
  Append("order-9");

  EXPECT_THAT(Run({"audit", "verify", "--head-copy", File("copy")}),
              HasSubstr("the first 7 events"));
}

TEST_F(AuditVerifyTest, OnlyWhatIsNewIsVerifiedAgain) {
  Run({"audit", "verify", "--state", File("state")});
  Append("order-3");

  EXPECT_THAT(Run({"audit", "verify", "--state", File("state")}),
              AllOf(HasSubstr("1 event,"), HasSubstr("verified earlier")));
  EXPECT_THAT(Run({"audit", "verify", "--state", File("state")}),
              HasSubstr("0 events,"));
}

TEST_F(AuditVerifyTest, WhatIsSaidToBeUnchangedWasRead) {
  Run({"audit", "verify", "--state", File("state")});
  RunSigned({"append", "order-3", "--type", "placed"});

  EXPECT_THAT(Run({"audit", "verify", "--state", File("state"), "--trust",
                   public_key_}),
              AllOf(HasSubstr("the first 7 leaves of the tree are those that "
                              "the trusted key signed"),
                    HasSubstr("read now, from @6 on, the first one is the one "
                              "of these leaves:\n  none changed"),
                    HasSubstr("before @6 were not read")));
  EXPECT_THAT(Run({"audit", "verify", "--state", File("state")}),
              AllOf(HasSubstr("the first 7 leaves of the tree are those that "
                              "were verified before."),
                    HasSubstr("before @7 were not read"),
                    Not(HasSubstr("none changed"))));
}

TEST_F(AuditVerifyTest, AStateIsNotKeptOfPayloadsThatNobodyReads) {
  const CommandResult result =
      Try({"audit", "verify", "--hashes-only", "--state", File("state")});

  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("--state"), HasSubstr("--hashes-only")));
  EXPECT_FALSE(fs::exists(File("state")));
}

TEST_F(AuditVerifyTest, TheKeyVouchesForNoMoreThanItSigned) {
  RunSigned({"audit", "head"});
  Append("order-3");
  Run({"audit", "verify", "--state", File("state")});

  EXPECT_THAT(Run({"audit", "verify", "--state", File("state"), "--trust",
                   public_key_}),
              HasSubstr("the first 6 leaves of the tree are those that the "
                        "trusted key signed,\n"
                        "  the first 7 those that were verified before."));
}

TEST_F(AuditVerifyTest, AHeadThatWasGivenWithATrustedKeyIsSignedByIt) {
  RunSigned({"audit", "head", "-o", File("monday")});

  EXPECT_THAT(Run({"audit", "verify", "--against", File("monday")}),
              HasSubstr("the first 6 events are those that the given head is "
                        "of,\n  none changed"));
  EXPECT_THAT(Run({"audit", "verify", "--against", File("monday"), "--trust",
                   public_key_}),
              HasSubstr("the first 6 events are those that the trusted key "
                        "signed,\n  none changed"));
}

TEST_F(AuditVerifyTest, TheHeadInItsFileAndInTheTableIsOneHead) {
  RunSigned({"audit", "head"});

  EXPECT_THAT(Run({"audit", "verify", "--trust", public_key_}),
              HasSubstr("1 head by trusted keys, the last one of 6 events"));
}

TEST_F(AuditVerifyTest, HashesOnlySaysWhatItDidNotLookAt) {
  EXPECT_THAT(Run({"audit", "verify", "--hashes-only"}),
              HasSubstr("not looked at: what the events say"));
}

TEST_F(AuditVerifyTest, AHeadThatWasChangedIsTampered) {
  RunSigned({"audit", "head"});
  std::string head = Contents("store/HEAD");
  head[head.size() - 8] = head[head.size() - 8] == 'A' ? 'B' : 'A';
  folder_.Write("store/HEAD", head);

  EXPECT_EQ(Try({"audit", "verify", "--trust", public_key_}).exit_code, 20);
}

TEST_F(AuditVerifyTest, ADamagedHeadFileIsMendedByAnOpening) {
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

TEST_F(AuditVerifyTest, AStoreThatWasRolledBackIsFoundByItsHead) {
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

TEST_F(AuditVerifyTest, DeepAlsoSaysWhetherIndexesAreAsTheLogMakesThem) {
  const CommandResult result =
      RunDaybook(OnStore({"audit", "verify", "--deep"}));

  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("as the log makes them, up to @6"));
  EXPECT_THAT(Run({"audit", "verify"}), Not(HasSubstr("as the log makes")));
}

TEST_F(AuditVerifyTest, ADamagedIndexIsOfAKindOfItsOwn) {
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

TEST_F(AuditVerifyTest, AProcessOfItsOwnVerifies) {
  const CommandResult result = RunDaybook(OnStore({"audit", "verify"}));

  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("6 events,"));
}

// From far too little to start anything to enough. With any of it the answer is
// that it was too little, or that the store is whole: never that it is damaged,
// or that the engine died.
TEST_F(AuditVerifyTest, MemoryThatIsNotEnoughIsSaid) {
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

TEST_F(AuditVerifyTest, WhatTheProcessFindsComesWithItsPosition) {
  fs::remove_all(File("store/log"));

  const CommandResult result = RunDaybook(OnStore({"audit", "verify"}));

  EXPECT_EQ(result.exit_code, 20);
  EXPECT_THAT(result.err, HasSubstr("position 0"));
}

TEST_F(AuditVerifyTest, ADamagedPlaceOfTheAnchorIsToldAndMendedByAnOpening) {
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

TEST_F(AuditVerifyTest, AStoreFileThatIsNoneIsDamageNotAnotherProgram) {
  std::string identity = Contents("store/STORE");
  identity[3] = static_cast<char>(identity[3] ^ 1);
  folder_.Write("store/STORE", identity);

  EXPECT_EQ(Try({"audit", "verify"}).exit_code, 20);
  EXPECT_EQ(Try({"read", "--all"}).exit_code, 5);
}

}  // namespace
}  // namespace daybook::tools
