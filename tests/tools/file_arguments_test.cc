// Files that the command line names, and the exit code where one can't be used:
// 4 for one to be read that is not there, 2 for anything else. In either case
// nothing was done.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/temporary_folder.h"
#include "tests/tools/command_runner.h"
#include "tools/store_access.h"

namespace daybook::tools {
namespace {

namespace fs = std::filesystem;
using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::daybook::testing::TemporaryFolder;
using ::testing::HasSubstr;

using Words = std::vector<std::string>;

class FileArgumentsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Run({"init"});
    Run({"append", "a-1", "--type", "t", "--data", "{}"});
    public_key_ = Run(
        {"key", "generate", "--name", "shop.example/log", "-o", File("key")});
    public_key_.pop_back();
    Run({"audit", "prove", "0", "--audit-key", File("key"), "-o",
         File("proof")});
    events_ = Run({"export"});
  }

  CommandResult Try(Words arguments) {
    arguments.insert(arguments.begin(), {"--store", File("store")});
    return daybook_(arguments);
  }
  std::string Run(Words arguments) {
    const CommandResult result = Try(std::move(arguments));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }
  // Commands that read a file, with `file` in its place.
  std::vector<Words> Reading(const std::string& file) const {
    return {{"append", "a-1", "--type", "t", "--data", "@" + file},
            {"append", "a-1", "--type", "t", "--producer-key", file},
            {"read", "--query", "@" + file},
            {"import", "events", file},
            {"import", "json", file, "--stream", "a", "--type", "t"},
            {"import", "cloudevents", file},
            {"import", "xes", file},
            {"import", "ocel", file, "--stream-object", "t"},
            {"import", "events", "-", "--producer-key", file},
            {"schema", "check", file},
            {"key", "show", file},
            {"key", "rotate", "--audit-key", file, "-o", File("new.key")},
            {"producer", "add", "@" + file},
            {"audit", "head", "--audit-key", file},
            {"audit", "prove", "0", "--audit-key", file},
            {"audit", "prove-stream", "a-1", "--audit-key", file},
            {"audit", "bundle", "a-1", "--audit-key", file, "-o", File("z")},
            {"audit", "verify", "--against", file},
            {"audit", "verify", "--trust", "@" + file},
            {"audit", "report", "a-1", "--trust", "@" + file},
            {"audit", "consistency", "--from", file},
            {"audit", "check", file, "--trust", public_key_},
            {"audit", "check", File("proof"), "--trust", "@" + file},
            {"audit", "check", File("proof"), "--trust", public_key_,
             "--producer", "@" + file},
            {"backup", "restore", "x", "--to", "y", "--against", file}};
  }
  // Commands that write a file.
  std::vector<Words> Writing(const std::string& file) const {
    return {{"export", "-o", file},
            {"salvage", File("store"), "-o", file},
            {"import", "events", "-", "--rejects", file},
            {"key", "generate", "--name", "n", "-o", file},
            {"key", "rotate", "--audit-key", File("key"), "-o", file},
            {"audit", "head", "-o", file},
            {"audit", "prove", "0", "-o", file},
            {"audit", "prove-stream", "a-1", "-o", file},
            {"audit", "consistency", "--from", File("store/HEAD"), "-o", file},
            {"audit", "bundle", "a-1", "-o", file},
            {"audit", "report", "a-1", "--html", file},
            {"audit", "verify", "--state", file}};
  }
  void ExpectAll(const std::vector<Words>& commands, int exit_code,
                 const std::string& why) {
    for (const Words& words : commands) {
      std::string command;
      for (const std::string& word : words) command += " " + word;
      const CommandResult result = Try(words);
      EXPECT_EQ(result.exit_code, exit_code) << command << ": " << result.err;
      EXPECT_THAT(result.err, HasSubstr(why)) << command;
      EXPECT_EQ(result.out, "") << command;
    }
    EXPECT_EQ(Run({"export"}), events_);
  }
  std::string File(const std::string& name) const { return folder_.File(name); }

  TemporaryFolder folder_;
  CommandRunner daybook_{StoreAccess::Disk()};
  std::string public_key_;
  std::string events_;
};

TEST_F(FileArgumentsTest, OneThatIsNotThereIsNotFound) {
  ExpectAll(Reading(File("none")), 4, File("none"));
  EXPECT_FALSE(fs::exists(File("new.key")));
  EXPECT_FALSE(fs::exists(File("z")));
}

TEST_F(FileArgumentsTest, OneThatCantBeReadIsAWrongCommandLine) {
  // A folder, as nothing is forbidden to who runs tests as root.
  fs::create_directory(File("folder"));
  ExpectAll(Reading(File("folder")), 2, File("folder"));
  // Below what is no folder.
  ExpectAll(Reading(File("proof/none")), 2, File("proof/none"));
}

TEST_F(FileArgumentsTest, OneThatCantBeWrittenIsAWrongCommandLine) {
  ExpectAll(Writing(File("none/file")), 2, File("none/file"));
  ExpectAll(Writing(File("proof/file")), 2, File("proof/file"));
}

TEST_F(FileArgumentsTest, ADashIsStandardOutput) {
  for (const Words& words :
       {Words{"export"}, Words{"salvage", File("store")},
        Words{"audit", "head", "--audit-key", File("key")},
        Words{"audit", "prove", "0", "--audit-key", File("key")},
        Words{"audit", "prove-stream", "a-1", "--audit-key", File("key")}}) {
    Words dashed = words;
    dashed.insert(dashed.end(), {"-o", "-"});
    EXPECT_EQ(Run(dashed), Run(words)) << words.front();
  }
  EXPECT_THAT(Run({"audit", "report", "a-1", "--html", "-"}),
              HasSubstr("</html>"));
  Run({"audit", "bundle", "a-1", "--audit-key", File("key"), "-o", File("z")});
  EXPECT_EQ(
      Run({"audit", "bundle", "a-1", "--audit-key", File("key"), "-o", "-"}),
      folder_.Read("z"));
  EXPECT_FALSE(fs::exists("-"));
}

TEST_F(FileArgumentsTest, ADashIsRefusedWhereItCantBeStandardOutput) {
  ExpectAll({{"key", "generate", "--name", "n", "-o", "-"},
             {"key", "rotate", "--audit-key", File("key"), "-o", "-"},
             {"import", "events", "-", "--rejects", "-"},
             {"audit", "verify", "--state", "-"},
             {"audit", "export-tlog", "-"},
             {"backup", "create", "-"},
             {"backup", "restore", File("backups"), "--to", "-"},
             {"branch", "-"},
             {"--head-copy", "-", "audit", "head"}},
            2, "./-");
  EXPECT_FALSE(fs::exists("-"));
}

TEST_F(FileArgumentsTest, AKeyFileThatIsNoneIsAWrongCommandLine) {
  folder_.Write("junk", "junk\n");
  fs::permissions(File("junk"), fs::perms::owner_read);
  ExpectAll({{"key", "show", File("junk")},
             {"audit", "head", "--audit-key", File("junk")},
             {"append", "a", "--type", "t", "--producer-key", File("junk")}},
            2, File("junk"));
  // Who else may have read it?
  fs::permissions(File("key"), fs::perms::all);
  ExpectAll({{"key", "show", File("key")},
             {"audit", "head", "--audit-key", File("key")},
             {"append", "a", "--type", "t", "--producer-key", File("key")}},
            2, "open to group or others");
}

TEST_F(FileArgumentsTest, AKeyIsNotWrittenOverAFile) {
  ExpectAll(
      {{"key", "generate", "--name", "n", "-o", File("proof")},
       {"key", "rotate", "--audit-key", File("key"), "-o", File("proof")}},
      2, File("proof"));
}

TEST_F(FileArgumentsTest, AFileWithoutAHeadIsAWrongCommandLine) {
  folder_.Write("letter", "dear aunt\n");
  ExpectAll({{"audit", "verify", "--against", File("letter")},
             {"audit", "verify", "--state", File("letter")},
             {"audit", "consistency", "--from", File("letter")}},
            2, File("letter"));
  // Nothing was written over it.
  EXPECT_EQ(folder_.Read("letter"), "dear aunt\n");
}

}  // namespace
}  // namespace daybook::tools
