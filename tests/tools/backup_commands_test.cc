// `daybook backup create`, `list`, `verify`, `restore` and `prune`, on the
// disk.

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "daybook/audit/note_key.h"
#include "daybook/audit/tree_head.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"
#include "tests/tools/command_runner.h"

namespace daybook::tools {
namespace {

namespace fs = std::filesystem;
using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::daybook::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class BackupCommandsTest : public ::testing::Test {
 protected:
  BackupCommandsTest() {
    Run({"init"});
    Append();
  }

  CommandResult Try(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--store", Path("store")});
    return daybook_(arguments);
  }
  std::string Run(const std::vector<std::string>& arguments) {
    const CommandResult result = Try(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }
  void Append() { Run({"append", "cart-1", "--type", "t", "--data", "1"}); }
  std::string Path(const std::string& name) { return folder_ / name; }
  std::string Backups() { return Path("backups"); }
  // A signed head of the store, or of any other tree.
  std::string WriteHead(const TreeState& tree) {
    const auto note = audit::SignTreeHead(
        {"example.org/log", tree.size, tree.root, {}}, {&*signer_, 1});
    EXPECT_OK(note);
    return folder_.Write("head", *note);
  }
  TreeState Tree() {
    const auto status =
        nlohmann::json::parse(Run({"status", "--format", "json"}));
    const std::string hex = status["tree_root"];
    std::string bytes;
    for (size_t i = 0; i < hex.size(); i += 2) {
      bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    }
    return {status["tree_size"], *audit::Hash::FromBytes(bytes)};
  }

  const TemporaryFolder folder_;
  CommandRunner daybook_{StoreAccess::Disk()};
  const absl::StatusOr<audit::NoteSigner> signer_ =
      audit::NoteSigner::Generate("example.org/log");
};

TEST_F(BackupCommandsTest, WhatIsCreatedIsListedVerifiedAndRestored) {
  EXPECT_THAT(Run({"backup", "create", Backups()}),
              AllOf(HasSubstr("backup 1 of 1 event in "),
                    HasSubstr(" copied, "), HasSubstr("\nroot ")));
  Append();
  EXPECT_THAT(Run({"backup", "create", Backups()}),
              HasSubstr("backup 2 of 2 events"));

  EXPECT_THAT(Run({"backup", "list", Backups()}), HasSubstr("made at"));
  EXPECT_THAT(Run({"backup", "verify", Backups()}),
              HasSubstr("backup 2 of 2 events is whole"));
  EXPECT_THAT(Run({"backup", "verify", Backups(), "1"}),
              HasSubstr("backup 1 of 1 event is whole"));
  EXPECT_THAT(Run({"backup", "restore", Backups(), "--to", Path("restored")}),
              AllOf(HasSubstr("restored backup 2 of 2 events"),
                    HasSubstr("not compared with a head")));

  const CommandResult status =
      daybook_({"--store", Path("restored"), "status"});
  EXPECT_EQ(status.exit_code, 0) << status.err;
  EXPECT_THAT(status.out, HasSubstr("2 events"));
}

TEST_F(BackupCommandsTest, ListAsJsonHasALineForEach) {
  Run({"backup", "create", Backups()});
  const TreeState tree = Tree();

  const auto line = nlohmann::json::parse(
      Run({"backup", "list", Backups(), "--format", "json"}));

  EXPECT_EQ(line["backup"], 1);
  EXPECT_EQ(line["events"], tree.size);
  EXPECT_EQ(line["root"], tree.root.ToHex());
  EXPECT_EQ(line["head"], true);
  EXPECT_EQ(line["bytes"], line["own_bytes"]);
}

TEST_F(BackupCommandsTest, DamageExitsWith20) {
  Run({"backup", "create", Backups()});
  const std::string manifest = Path("backups/backups/1");
  testing::WriteFile(manifest, testing::ReadFile(manifest) + "\x1b[31m");

  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"backup", "verify", Backups()},
           {"backup", "restore", Backups(), "--to", Path("restored")},
           {"backup", "prune", Backups(), "--keep", "1"}}) {
    const CommandResult result = Try(arguments);
    EXPECT_EQ(result.exit_code, 20) << result.err;
    EXPECT_THAT(result.err, HasSubstr("the manifest is damaged"));
  }
  EXPECT_THAT(Run({"backup", "list", Backups()}), HasSubstr("damaged"));
  EXPECT_FALSE(fs::exists(Path("restored")));
}

TEST_F(BackupCommandsTest, WhatIsNotThereExitsWith4) {
  EXPECT_EQ(Try({"backup", "list", Path("none")}).exit_code, 4);
  EXPECT_EQ(Try({"backup", "verify", Path("none")}).exit_code, 4);
  EXPECT_EQ(Try({"backup", "prune", Path("none"), "--keep", "1"}).exit_code, 4);
  Run({"backup", "create", Backups()});
  EXPECT_EQ(Try({"backup", "verify", Backups(), "9"}).exit_code, 4);
  EXPECT_EQ(
      Try({"backup", "restore", Path("none"), "--to", Path("x")}).exit_code, 4);
  EXPECT_FALSE(fs::exists(Path("none")));
}

TEST_F(BackupCommandsTest, RestoreComparesWithAHead) {
  const TreeState before = Tree();
  Append();
  Run({"backup", "create", Backups()});
  const std::string head = WriteHead(before);
  const std::string key = signer_->verifier_key().ToString();

  EXPECT_THAT(Run({"backup", "restore", Backups(), "--to", Path("a"),
                   "--against", head, "--trust", key}),
              HasSubstr("it continues the head that was kept"));

  const auto other = audit::NoteSigner::Generate("example.org/log");
  EXPECT_EQ(Try({"backup", "restore", Backups(), "--to", Path("b"), "--against",
                 head, "--trust", other->verifier_key().ToString()})
                .exit_code,
            30);
  EXPECT_FALSE(fs::exists(Path("b")));
}

TEST_F(BackupCommandsTest, RestoreSaysWhichEventsAreMissing) {
  Run({"backup", "create", Backups()});
  Append();
  Append();
  const std::string head = WriteHead(Tree());

  const CommandResult refused = Try(
      {"backup", "restore", Backups(), "--to", Path("a"), "--against", head});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err,
              AllOf(HasSubstr("lacks at least those at positions 1 to 2"),
                    HasSubstr("--accept-loss")));
  EXPECT_FALSE(fs::exists(Path("a")));

  EXPECT_THAT(Run({"backup", "restore", Backups(), "--to", Path("a"),
                   "--against", head, "--accept-loss"}),
              HasSubstr("2 events of the head are lost"));
}

// The copy may be that of a store that is in use: it is left where it is.
TEST_F(BackupCommandsTest, ALossThatIsAcceptedSaysWhatIsInItsWay) {
  Run({"backup", "create", Backups()});
  Append();
  const std::string copy = WriteHead(Tree());

  EXPECT_THAT(Run({"backup", "restore", Backups(), "--to", Path("a"),
                   "--head-copy", copy, "--accept-loss"}),
              HasSubstr("mv " + copy + " " + copy + ".before-restore"));

  const CommandResult refused =
      daybook_({"--store", Path("a"), "--head-copy", copy, "status"});
  EXPECT_EQ(refused.exit_code, 5);
  EXPECT_THAT(refused.err, HasSubstr("move " + copy + " away"));
  fs::rename(copy, copy + ".before-restore");
  EXPECT_EQ(daybook_({"--store", Path("a"), "--head-copy", copy, "append", "s",
                      "--type", "t"})
                .exit_code,
            0);
}

TEST_F(BackupCommandsTest, ACopyThatIsNotThereYetIsNoHeadToRestoreBy) {
  Run({"backup", "create", Backups()});

  const CommandResult restored = Try({"backup", "restore", Backups(), "--to",
                                      Path("a"), "--head-copy", Path("none")});

  EXPECT_EQ(restored.exit_code, 0);
  EXPECT_THAT(restored.err, HasSubstr("there is no copy"));
}

TEST_F(BackupCommandsTest, RestoreOfAnotherLogExitsWith20) {
  Run({"backup", "create", Backups()});
  const std::string head = WriteHead({1, audit::LeafHash("another")});

  const CommandResult refused =
      Try({"backup", "restore", Backups(), "--to", Path("a"), "--against", head,
           "--accept-loss"});

  EXPECT_EQ(refused.exit_code, 20);
  EXPECT_THAT(refused.err, HasSubstr("another one than that of the head"));
  EXPECT_FALSE(fs::exists(Path("a")));
}

TEST_F(BackupCommandsTest, AHeadThatIsNoneIsAnError) {
  Run({"backup", "create", Backups()});

  EXPECT_EQ(Try({"backup", "restore", Backups(), "--to", Path("a"), "--against",
                 folder_.Write("text", "hello\n")})
                .exit_code,
            2);
  EXPECT_EQ(Try({"backup", "restore", Backups(), "--to", Path("a"), "--against",
                 Path("none")})
                .exit_code,
            4);
  EXPECT_EQ(
      Try({"backup", "restore", Backups(), "--to", Path("a"), "--accept-loss"})
          .exit_code,
      2);
  EXPECT_FALSE(fs::exists(Path("a")));
}

TEST_F(BackupCommandsTest, PruneOnlyTellsUntilYes) {
  Run({"backup", "create", Backups()});
  Append();
  Run({"backup", "create", Backups()});

  EXPECT_THAT(Run({"backup", "prune", Backups(), "--keep", "1"}),
              AllOf(HasSubstr("would remove backup 1, and "),
                    HasSubstr("nothing was done")));
  EXPECT_THAT(Run({"backup", "verify", Backups(), "1"}), HasSubstr("whole"));

  EXPECT_THAT(Run({"backup", "prune", Backups(), "--keep", "1", "--yes"}),
              HasSubstr("removed backup 1, and "));
  EXPECT_EQ(Try({"backup", "verify", Backups(), "1"}).exit_code, 4);
  EXPECT_THAT(Run({"backup", "verify", Backups(), "2"}), HasSubstr("whole"));
  EXPECT_EQ(Try({"backup", "prune", Backups(), "--keep", "0"}).exit_code, 2);
}

TEST_F(BackupCommandsTest, PruneRemovesNothingWhileTheNewestLacksFiles) {
  Run({"backup", "create", Backups()});
  std::set<fs::path> of_1;
  for (const auto& file : fs::directory_iterator(Path("backups/files"))) {
    of_1.insert(file.path());
  }
  Append();
  Run({"backup", "create", Backups()});
  for (const auto& file : fs::directory_iterator(Path("backups/files"))) {
    if (!of_1.contains(file.path())) fs::remove(file.path());
  }
  const std::vector<std::string> prune = {"backup", "prune", Backups(),
                                          "--keep", "1",     "--yes"};

  const CommandResult refused = Try(prune);

  EXPECT_EQ(refused.exit_code, 20);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("backup 2, the newest, lacks files"),
                                 HasSubstr("the newest that does not is 1")));
  EXPECT_THAT(Run({"backup", "verify", Backups(), "1"}), HasSubstr("whole"));
  Append();
  Run({"backup", "create", Backups()});
  EXPECT_THAT(Run(prune), HasSubstr("removed backups 1, 2"));
}

TEST_F(BackupCommandsTest, NamesComeBackEscaped) {
  const std::string odd = "x\x1b[31m";

  EXPECT_THAT(Run({"backup", "create", Path(odd)}), Not(HasSubstr("\x1b")));
  EXPECT_THAT(Try({"backup", "list", Path("no" + odd)}).err,
              Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace daybook::tools
