// `import events --restore` on stores in folders: a store is there whole or
// does not open, and its heads are nobody else's.

#include <filesystem>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/tools/child.h"
#include "tests/tools/command_runner.h"

namespace daybook::tools {
namespace {

namespace fs = std::filesystem;
using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::daybook::testing::RunDaybook;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class RestoreCommandTest : public ::testing::Test {
 protected:
  // A signed store of three events, with a copy of its head and an export.
  RestoreCommandTest() {
    RunOn("store",
          {"key", "generate", "--name", "shop.example/log", "-o", Path("key")});
    RunOn("store", {"init"});
    for (const char* data : {"1", "2", "3"}) {
      RunOn("store", {"append", "a-1", "--type", "t", "--data", data,
                      "--audit-key", Path("key")});
    }
    fs::copy_file(Path("store") + "/HEAD", Path("head"));
    exported_ = RunOn("store", {"export", "--full"}).out;
    RunOn("copy", {"init"});
  }

  std::string Path(const std::string& name) {
    return daybook_.folder().File(name);
  }
  CommandResult RunOn(const std::string& store,
                      std::vector<std::string> arguments,
                      const std::string& input = "") {
    arguments.insert(arguments.begin(), {"--store", Path(store)});
    return daybook_(arguments, input);
  }
  CommandResult Restore(const std::string& lines,
                        const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"import", "events", "-", "--restore"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunOn("copy", arguments, lines);
  }

  CommandRunner daybook_{StoreAccess::Disk()};
  std::string exported_;
};

TEST_F(RestoreCommandTest, APartOfAStoreDoesNotOpen) {
  const CommandResult cut =
      Restore(exported_.substr(0, exported_.find('\n') + 1));
  EXPECT_EQ(cut.exit_code, 1);
  EXPECT_THAT(cut.err, AllOf(HasSubstr("cut off"), HasSubstr("remove ")));

  for (const CommandResult& refused :
       {RunOn("copy", {"health"}), Restore(exported_),
        RunOn("copy", {"append", "a-1", "--type", "t", "--data", "4"})}) {
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, HasSubstr("has only a part of its events"));
  }

  fs::remove_all(Path("copy"));
  RunOn("copy", {"init"});
  EXPECT_EQ(Restore(exported_).exit_code, 0);
  EXPECT_EQ(RunOn("copy", {"export", "--full"}).out, exported_);
}

TEST_F(RestoreCommandTest, WhatTookNothingInLeavesAnEmptyStore) {
  EXPECT_THAT(Restore("{}\n").err,
              AllOf(HasSubstr("line 1"), Not(HasSubstr("only a part"))));
  EXPECT_EQ(Restore(exported_).exit_code, 0);
}

TEST_F(RestoreCommandTest, OnlyAKeyThatIsNamedSignsIt) {
  EXPECT_EQ(Restore(exported_, {"--audit-key", Path("key")}).exit_code, 0);
  EXPECT_THAT(RunOn("copy", {"audit", "head", "--list"}).out,
              HasSubstr("shop.example/log"));
}

TEST_F(RestoreCommandTest, TheEnvironmentsKeyAndCopyAreTheOldLogs) {
  testing::ChildOptions options;
  options.environment = {"DAYBOOK_AUDIT_KEY=" + Path("key"),
                         "DAYBOOK_HEAD_COPY=" + Path("head")};
  const std::string copied = daybook_.folder().Read("head");

  const CommandResult restored = RunDaybook(
      {"--store", Path("copy"), "import", "events", "-", "--restore", "--gaps"},
      exported_, options);

  EXPECT_EQ(restored.exit_code, 0) << restored.err;
  EXPECT_THAT(restored.err,
              HasSubstr("$DAYBOOK_AUDIT_KEY and $DAYBOOK_HEAD_COPY are left "
                        "out"));
  EXPECT_THAT(RunOn("copy", {"audit", "head", "--list"}).out,
              Not(HasSubstr("shop.example/log")));
  EXPECT_EQ(daybook_.folder().Read("head"), copied);
}

TEST_F(RestoreCommandTest, NoStoreIsMadeBesideAHeadOfAnotherLog) {
  const CommandResult refused =
      RunOn("new", {"init", "--head-copy", Path("head")});

  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err,
              AllOf(HasSubstr("has a head of the log \"shop.example/log\" with "
                              "3 events, and a new store is another log"),
                    Not(HasSubstr("recover"))));
  EXPECT_FALSE(fs::exists(Path("new")));
}

}  // namespace
}  // namespace daybook::tools
