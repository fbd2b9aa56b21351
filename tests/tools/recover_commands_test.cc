// `salvage`, `recover` and `reindex` on stores in folders: what they say, and
// the way of what was salvaged into a new store.

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/child.h"
#include "tests/tools/command_runner.h"

namespace daybook::tools {
namespace {

namespace fs = std::filesystem;
using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::daybook::testing::HashFolder;
using ::daybook::testing::RunDaybook;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class RecoverCommandsTest : public ::testing::Test {
 protected:
  RecoverCommandsTest() {
    Run({"init"});
    for (const char* data : {"1", "2", "3"}) {
      Run({"append", "a-1", "--type", "t", "--data", data, "--key", data});
    }
  }

  std::string store() { return daybook_.folder() / "store"; }
  CommandResult Run(std::vector<std::string> arguments) {
    return RunOn(store(), std::move(arguments));
  }
  CommandResult RunOn(const std::string& store,
                      std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--store", store});
    return daybook_(arguments);
  }
  // The public half of one that is written to `file`.
  std::string GenerateKey(const std::string& file) {
    std::string key =
        Run({"key", "generate", "--name", "shop.example/log", "-o", file}).out;
    key.pop_back();
    return key;
  }
  // Takes the files of one event away.
  void DamageSecondEvent() { DamageEvent(1); }
  void DamageEvent(int position) {
    const std::string missing = "missing: @" + std::to_string(position) + ":";
    for (const auto& entry : fs::directory_iterator(store() + "/log")) {
      const std::string path = entry.path();
      if (!path.ends_with(".sst")) continue;
      const std::string moved = path + ".away";
      fs::rename(path, moved);
      const CommandResult left = Run({"salvage", store()});
      if (left.err.find(missing) != std::string::npos) return;
      fs::rename(moved, path);
    }
    FAIL() << "no file has event " << position;
  }

  CommandRunner daybook_{StoreAccess::Disk()};
};

TEST_F(RecoverCommandsTest, SalvageOfAWholeStoreIsAFullExport) {
  const CommandResult exported = Run({"export", "--full"});
  const CommandResult salvaged = Run({"salvage", store()});
  EXPECT_EQ(salvaged.exit_code, 0) << salvaged.err;
  EXPECT_EQ(salvaged.out, exported.out);
}

TEST_F(RecoverCommandsTest, WhoRunsIntoDamageIsToldOfRecover) {
  DamageSecondEvent();
  const std::string advice = "`daybook recover " + store() + "` says what is ";
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{
           {"status"}, {"health"}, {"read", "--all"}}) {
    EXPECT_THAT(Run(command).err, HasSubstr(advice)) << command[0];
  }
  // Which says itself what to do.
  EXPECT_THAT(Run({"recover"}).err, Not(HasSubstr(advice)));
  EXPECT_THAT(Run({"salvage", store()}).err, Not(HasSubstr(advice)));
}

TEST_F(RecoverCommandsTest, AStoreWithoutItsFileStoreIsNoPlaceForANewOne) {
  fs::remove(store() + "/STORE");
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{
           {"status"},
           {"health"},
           {"backup", "create", daybook_.folder() / "backups"},
           {"init"}}) {
    const CommandResult result = Run(command);
    EXPECT_EQ(result.exit_code, 5) << command[0];
    EXPECT_THAT(result.err, AllOf(HasSubstr("`recover` makes a new one"),
                                  Not(HasSubstr("create one with"))));
  }
  Run({"recover", store(), "--yes"});
  EXPECT_EQ(Run({"status"}).exit_code, 0);
}

TEST_F(RecoverCommandsTest, WhatIsMissingIsSaidAndMarkedInTheFile) {
  DamageSecondEvent();
  const CommandResult salvaged = Run({"salvage", store()});
  EXPECT_EQ(salvaged.exit_code, 5);
  EXPECT_THAT(salvaged.err,
              AllOf(HasSubstr("missing: @1:"), HasSubstr("2 events found")));
  EXPECT_THAT(
      salvaged.out,
      AllOf(HasSubstr(R"("salvage":{"version":1,"position":0,"events":2})"),
            HasSubstr(R"("salvage":{"position":2})"),
            Not(HasSubstr("\"export\""))));
}

TEST_F(RecoverCommandsTest, AFileWithGapsIsRestoredOnlyWhenTheyAreAccepted) {
  DamageSecondEvent();
  const std::string file = daybook_.folder() / "rest.ndjson";
  EXPECT_EQ(Run({"salvage", store(), "-o", file}).exit_code, 5);
  const std::string other = daybook_.folder() / "other";
  RunOn(other, {"init"});
  const CommandResult refused =
      RunOn(other, {"import", "events", file, "--restore"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("--gaps"));
  EXPECT_EQ(
      RunOn(other, {"import", "events", file, "--restore", "--gaps"}).exit_code,
      0);
  EXPECT_EQ(RunOn(other, {"read", "a-1", "--format", "raw"}).out, "1\n3\n");
}

TEST_F(RecoverCommandsTest, AFileWithGapsThatWasCutOffIsKnownForOne) {
  DamageSecondEvent();
  const std::string lines = Run({"salvage", store()}).out;
  const std::string file = daybook_.folder().Write(
      "cut.ndjson", lines.substr(0, lines.find('\n') + 1));
  const std::string other = daybook_.folder() / "other";
  RunOn(other, {"init"});
  EXPECT_THAT(
      RunOn(other, {"import", "events", file, "--restore", "--gaps"}).err,
      HasSubstr("it was cut off"));
}

TEST_F(RecoverCommandsTest, RecoverSaysWhatItWouldDoAndDoesNothing) {
  DamageSecondEvent();
  const uint64_t before = HashFolder(store());
  const CommandResult told = Run({"recover"});
  EXPECT_EQ(told.exit_code, 5);
  EXPECT_THAT(
      told.out,
      AllOf(HasSubstr("remains: 1 event below @1"),
            HasSubstr("lost: 2 events that were acknowledged, @1 to @2"),
            HasSubstr("still readable of what would go: 1 event up to @2")));
  EXPECT_THAT(told.out, AllOf(HasSubstr("salvage"), HasSubstr("--gaps"),
                              HasSubstr("--yes --drop 1 ")));
  EXPECT_EQ(HashFolder(store()), before);
}

TEST_F(RecoverCommandsTest, RecoverDropsWhatItSaidAndLeavesAnEvent) {
  DamageSecondEvent();
  EXPECT_EQ(Run({"status"}).exit_code, 5);
  const CommandResult done =
      Run({"recover", store(), "--yes", "--drop", "1", "--reason", "bad disk"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(Run({"read", "a-1", "--format", "raw"}).out, "1\n");
  EXPECT_THAT(Run({"read", "$operations", "--system", "--format", "json"}).out,
              HasSubstr("bad disk"));
  EXPECT_TRUE(fs::exists(store() + "/damaged-1/log"));
  EXPECT_EQ(Run({"recover"}).out, "nothing to recover: the store is whole\n");
}

// Step 7 of "When a store does not open" in tools/README.md.
TEST_F(RecoverCommandsTest, WhatWasSalvagedIsAppendedAgain) {
  const std::string id =
      nlohmann::json::parse(Run({"event", "@2", "--format", "json"}).out)["id"];
  DamageSecondEvent();
  const std::string lines = Run({"salvage", store()}).out;
  EXPECT_THAT(Run({"recover"}).out, HasSubstr("| tail -n +2 |"));
  Run({"recover", "--yes", "--drop", "1", "--reason", "bad disk"});
  const std::string rest = daybook_.folder().Write(
      "rest.ndjson", lines.substr(lines.find('\n') + 1));

  const CommandResult imported = Run({"import", "events", rest});

  EXPECT_EQ(imported.exit_code, 0) << imported.err;
  EXPECT_EQ(Run({"read", "a-1", "--format", "raw"}).out, "1\n3\n");
  const CommandResult found = Run({"event", id, "--format", "json"});
  EXPECT_EQ(nlohmann::json::parse(found.out)["position"], 2);
  // Neither the import nor the append itself is done twice.
  EXPECT_THAT(Run({"import", "events", rest}).out,
              HasSubstr("0 events appended, 1 already there"));
  EXPECT_NE(Run({"append", "a-1", "--type", "t", "--data", "3", "--key", "3"})
                .exit_code,
            0);
  EXPECT_EQ(Run({"read", "a-1", "--format", "raw"}).out, "1\n3\n");
}

TEST_F(RecoverCommandsTest, ReadableEventsAreOnlyDroppedWhenTheirNumberIsSaid) {
  DamageSecondEvent();
  const uint64_t before = HashFolder(store());
  const CommandResult refused = Run({"recover", store(), "--yes"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.out, HasSubstr("--yes --drop 1 "));
  EXPECT_THAT(refused.err,
              HasSubstr("drops 1 event that can still be read; allowed are 0"));
  EXPECT_EQ(HashFolder(store()), before);
}

TEST_F(RecoverCommandsTest, AVerdictShowsForEverWhatWasDropped) {
  const std::string copy = daybook_.folder() / "old.head";
  fs::copy_file(store() + "/HEAD", copy);
  DamageSecondEvent();
  EXPECT_EQ(Run({"audit", "verify", "--against", copy}).exit_code, 20);
  Run({"recover", "--yes", "--drop", "1", "--reason", "bad disk"});

  for (const CommandResult& verified :
       {Run({"audit", "verify", "--against", copy}),
        RunDaybook(
            {"--store", store(), "audit", "verify", "--against", copy})}) {
    EXPECT_EQ(verified.exit_code, 10) << verified.err;
    EXPECT_THAT(
        verified.out,
        AllOf(HasSubstr("removed     @1, "), HasSubstr("bad disk"),
              HasSubstr("all events from @1 on, 2 that were acknowledged"),
              HasSubstr("those from @1 on were dropped, as @1 declares"),
              HasSubstr("NOT PROVEN that the first 1 are those")));
  }
  EXPECT_EQ(Run({"audit", "verify"}).exit_code, 10);
}

TEST_F(RecoverCommandsTest, AHeadCopyOfTheOldLogIsSetAside) {
  const std::string copy = daybook_.folder() / "copy.head";
  fs::copy_file(store() + "/HEAD", copy);
  DamageSecondEvent();
  Run({"recover", "--yes", "--drop", "1"});

  const CommandResult refused = Run({"status", "--head-copy", copy});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("recover --head-copy"));
  const CommandResult done = Run({"recover", "--yes", "--head-copy", copy});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr(copy + ".before-recovery-1"));
  EXPECT_EQ(Run({"status", "--head-copy", copy}).exit_code, 0);
}

TEST_F(RecoverCommandsTest, WhoSignedADroppedHeadIsOnlySaidWhereItIsVerified) {
  const std::string key = daybook_.folder() / "key";
  const std::string trusted = GenerateKey(key);
  Run({"audit", "head", "--audit-key", key});
  DamageSecondEvent();
  Run({"recover", "--yes", "--drop", "1"});

  EXPECT_THAT(Run({"audit", "verify"}).out,
              HasSubstr("3 events, said to be signed by shop.example/log+"));
  EXPECT_THAT(Run({"audit", "verify", "--trust", trusted}).out,
              HasSubstr("3 events, signed by shop.example/log+"));
}

TEST_F(RecoverCommandsTest, AHeadThatWasSignedBelowTheCutStillVouches) {
  const std::string key = daybook_.folder() / "key";
  const std::string trusted = GenerateKey(key);
  for (const char* data : {"4", "5"}) {
    Run({"append", "a-1", "--type", "t", "--data", data, "--audit-key", key});
  }
  DamageEvent(4);
  EXPECT_EQ(Run({"recover", "--yes"}).exit_code, 0);

  const CommandResult verified = Run({"audit", "verify", "--trust", trusted});

  EXPECT_EQ(verified.exit_code, 10) << verified.err;
  EXPECT_THAT(verified.out,
              AllOf(HasSubstr("1 in its file HEAD"),
                    HasSubstr("the first 4 events are those that the trusted "
                              "key signed")));
}

TEST_F(RecoverCommandsTest, AWholeStoreHasNothingToRecover) {
  const CommandResult result = Run({"recover"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, "nothing to recover: the store is whole\n");
  EXPECT_EQ(Run({"recover", daybook_.folder() / "none"}).exit_code, 4);
}

TEST_F(RecoverCommandsTest, ReindexOfAStoreThatIsHeldSaysNothingOfRoots) {
  ASSERT_OK_AND_ASSIGN(const auto held,
                       EventStore::Open(store(), StoreOptions()));

  const CommandResult result = Run({"reindex", "--yes"});

  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("is held"), Not(HasSubstr("--accept-root"))));
}

TEST_F(RecoverCommandsTest, ReindexOfAWholeTreeSaysNothingOfIt) {
  const CommandResult result = Run({"reindex", "--yes"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, Not(HasSubstr("audit tree")));
}

TEST_F(RecoverCommandsTest, WhoHasWhatWasBeforeIsToldHowToSeeThatItIsDeclared) {
  const std::string head = daybook_.folder() / "old.head";
  fs::copy_file(store() + "/HEAD", head);
  const std::string tiles = daybook_.folder() / "tiles";
  Run({"audit", "export-tlog", tiles});
  DamageSecondEvent();
  Run({"recover", "--yes", "--drop", "1"});

  // Shorter than before, then longer.
  for (int i = 0; i < 2; ++i) {
    const CommandResult compared =
        Run({"audit", "consistency", "--from", head});
    EXPECT_EQ(compared.exit_code, 20);
    EXPECT_THAT(compared.err, HasSubstr("`audit verify --against " + head));
    const CommandResult exported = Run({"audit", "export-tlog", tiles});
    EXPECT_EQ(exported.exit_code, 20);
    EXPECT_THAT(exported.err,
                AllOf(HasSubstr("the log in " + tiles),
                      HasSubstr("`audit verify --against " + tiles)));
    Run({"append", "a-1", "--type", "t", "--data", "4"});
    Run({"append", "a-1", "--type", "t", "--data", "5"});
  }
}

}  // namespace
}  // namespace daybook::tools
