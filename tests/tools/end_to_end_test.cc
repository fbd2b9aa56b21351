// The program itself, as child processes, on stores on disk.

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"
#include "tests/tools/child.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::Child;
using ::daybook::testing::ChildOptions;
using ::daybook::testing::CommandResult;
using ::daybook::testing::RunDaybook;
using ::daybook::testing::TemporaryFolder;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class EndToEndTest : public ::testing::Test {
 protected:
  EndToEndTest() { EXPECT_EQ(Run({"init"}).exit_code, 0); }

  CommandResult Run(std::vector<std::string> arguments,
                    std::string_view input = {},
                    const ChildOptions& options = ChildOptions()) {
    return RunDaybook(OnStore(std::move(arguments)), input, options);
  }
  std::vector<std::string> OnStore(std::vector<std::string> arguments) const {
    if (arguments.empty() || arguments[0] != "--store") {
      arguments.insert(arguments.begin(), {"--store", folder_.File("store")});
    }
    return arguments;
  }
  // What succeeds, and its output.
  std::string Out(const std::vector<std::string>& arguments,
                  std::string_view input = {}) {
    const CommandResult result = Run(arguments, input);
    EXPECT_EQ(result.exit_code, 0) << arguments[0] << ": " << result.err;
    return result.out;
  }
  static std::string Lines(int first, int count) {
    std::string lines;
    for (int i = first; i < first + count; ++i) {
      absl::StrAppend(&lines, R"({"stream":"s-)", i % 7,
                      R"(","type":"t","tags":["n:)", i % 3, R"("],"data":)", i,
                      "}\n");
    }
    return lines;
  }
  uint64_t Head() {
    return nlohmann::json::parse(Out({"status", "--format", "json"}))["head"];
  }

  TemporaryFolder folder_;
};

TEST_F(EndToEndTest, EveryCommandDoesItsWork) {
  Out({"append", "a-1", "--type", "t", "--data", R"({"n":1})", "--tag", "x:1",
       "--expected", "none", "--key", "k"});
  Out({"append", "a-1", "--type", "t", "--data", "@-"}, "two");
  EXPECT_EQ(Out({"read", "a-1", "--format", "raw"}), "{\"n\":1}\ntwo\n");
  EXPECT_EQ(Out({"read", "--query", R"({"items":[{"tags":["x:1"]}]})",
                 "--format", "raw"}),
            "{\"n\":1}\n");
  EXPECT_THAT(Out({"read", "--all", "--format", "csv"}), HasSubstr("two"));
  EXPECT_THAT(Out({"read", "--all"}), StartsWith("position"));
  EXPECT_EQ(Out({"event", "@1", "--format", "raw"}), "two");
  EXPECT_THAT(Out({"streams"}), HasSubstr("a-1"));
  EXPECT_THAT(Out({"status"}), HasSubstr("watermark"));
  EXPECT_THAT(Out({"metadata", "a-1", "--max-count", "1"}),
              HasSubstr("max count         1"));
  EXPECT_EQ(Out({"read", "a-1", "--format", "raw"}), "two\n");
  EXPECT_THAT(Out({"delete", "a-1"}), HasSubstr("--yes"));
  Out({"delete", "a-1", "--yes", "--reason", "enough"});
  EXPECT_EQ(Run({"read", "a-1"}).exit_code, 4);
  EXPECT_THAT(Out({"reindex", "--yes"}), HasSubstr("derived everything anew"));
  EXPECT_THAT(Out({"import", "events", "-"}, Lines(0, 100)),
              HasSubstr("100 events appended"));
  EXPECT_THAT(Out({"read", "$operations", "--format", "raw"}),
              HasSubstr("enough"));
  EXPECT_THAT(Out({"completion", "bash"}), HasSubstr("complete"));
  EXPECT_THAT(Out({"--version"}), Not(HasSubstr("error")));
}

TEST_F(EndToEndTest, ExitCodesAreAsDocumented) {
  EXPECT_EQ(Run({"no-such-command"}).exit_code, 2);
  EXPECT_EQ(Run({"append", "a"}).exit_code, 2);
  EXPECT_EQ(Run({"read", "a"}).exit_code, 4);
  EXPECT_EQ(Run({"--store", folder_.File("none"), "status"}).exit_code, 4);
  EXPECT_EQ(Run({"init"}).exit_code, 1);
  Out({"append", "a", "--type", "t"});
  EXPECT_EQ(Run({"append", "a", "--type", "t", "--expected", "none"}).exit_code,
            3);
  EXPECT_EQ(Run({"import", "events", "-"}, "{}\n").exit_code, 1);
  EXPECT_EQ(
      Run({"import", "events", "-", "--rejects", folder_.File("r")}, "{}\n")
          .exit_code,
      6);
}

TEST_F(EndToEndTest, StoreMayComeFromTheEnvironment) {
  ChildOptions options;
  options.environment = {"DAYBOOK_STORE=" + folder_.File("store")};
  EXPECT_EQ(RunDaybook({"status"}, "", options).exit_code, 0);
  EXPECT_EQ(RunDaybook({"status"}).exit_code, 2);
}

TEST_F(EndToEndTest, VariablesThatAreEmptyAreNotSet) {
  ChildOptions options;
  options.environment = {"DAYBOOK_STORE=" + folder_.File("store"),
                         "DAYBOOK_AUDIT_KEY=", "DAYBOOK_HEAD_COPY="};

  const CommandResult result =
      RunDaybook({"append", "a", "--type", "t"}, "", options);

  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
}

TEST_F(EndToEndTest, FullExportRestoredAndExportedIsTheSameToTheByte) {
  Out({"import", "events", "-"},
      Lines(0, 500) + R"({"stream":"b","type":"t","data":1,"append":"x"})"
                      "\n"
                      R"({"stream":"c","type":"t","data":2,"append":"x"})"
                      "\n");
  Out({"metadata", "s-1", "--max-count", "3"});
  Out({"delete", "s-2", "--yes"});
  Out({"delete", "s-3", "--yes", "--tombstone"});
  const std::string exported = Out({"export", "--full"});
  const std::string copy = folder_.File("copy");
  Out({"--store", copy, "init"});
  Out({"--store", copy, "import", "events", "--restore", "-"}, exported);
  EXPECT_EQ(Out({"--store", copy, "export", "--full"}), exported);
  // And an import goes on where it was in the one that was exported.
  EXPECT_THAT(Out({"--store", copy, "import", "events", "-"}, Lines(0, 500)),
              HasSubstr("500 already there"));
}

TEST_F(EndToEndTest, RestoreFromAFileThatExportWrote) {
  Out({"import", "events", "-"}, Lines(0, 500));
  const std::string file = folder_.File("backup.ndjson.gz");
  Out({"export", "--full", "-o", file});
  const std::string copy = folder_.File("copy");
  Out({"--store", copy, "init"});
  Out({"--store", copy, "import", "events", "--restore", file});
  EXPECT_EQ(Out({"--store", copy, "export", "--full"}),
            Out({"export", "--full"}));
}

TEST_F(EndToEndTest, CtrlCEndsAnImportCleanlyAndItGoesOnLater) {
  Child import(OnStore({"import", "events", "-"}), {});
  import.Write(Lines(0, 1000));
  // Once it serves the store it waits for more, or soon does.
  while (!std::filesystem::exists(folder_.File("store/SOCKET"))) {
    absl::SleepFor(absl::Milliseconds(5));
  }
  import.Signal(SIGINT);
  const CommandResult result = import.Wait();
  EXPECT_EQ(result.exit_code, 130) << result.err;
  EXPECT_THAT(result.err, HasSubstr("run it again to go on"));
  const uint64_t head = Head();
  EXPECT_LE(head, 1000u);
  EXPECT_THAT(Out({"import", "events", "-"}, Lines(0, 2000)),
              HasSubstr(Grouped(head) + " already there"));
  EXPECT_EQ(Head(), 2000u);
}

TEST_F(EndToEndTest, KilledImportGoesOnLater) {
  Child import(OnStore({"import", "events", "-"}), {});
  import.Write(Lines(0, 5000));
  absl::SleepFor(absl::Milliseconds(300));
  import.Signal(SIGKILL);
  EXPECT_EQ(import.Wait().exit_code, -SIGKILL);
  Out({"import", "events", "-"}, Lines(0, 5000));
  EXPECT_EQ(Head(), 5000u);
  EXPECT_THAT(Out({"import", "events", "-"}, Lines(0, 5000)),
              HasSubstr("5,000 already there"));
}

TEST_F(EndToEndTest, ReaderThatLeavesIsNoError) {
  Out({"import", "events", "-"}, Lines(0, 20'000));
  ChildOptions options;
  options.reader_leaves = true;
  const CommandResult read =
      Run({"read", "--all", "--format", "json"}, "", options);
  EXPECT_EQ(read.exit_code, 0);
  EXPECT_EQ(read.err, "");
  // Half an export is none.
  EXPECT_EQ(Run({"export"}, "", options).exit_code, 1);
}

// It is no event's fault, so none is parked, nor tried again.
TEST_F(EndToEndTest, AGroupWhoseOutputIsFullHasDoneNothing) {
  Out({"import", "events", "-"}, Lines(0, 3));
  const std::string command =
      absl::StrCat(DAYBOOK_PROGRAM, " --store ", folder_.File("store"),
                   " subscribe g --group --attempts 1 >/dev/full 2>&1");
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 1);
  EXPECT_THAT(Out({"group", "show", "g"}), ContainsRegex("parked +0"));
  EXPECT_EQ(Out({"subscribe", "g", "--group", "--exec", "echo >&2"}), "");
}

// One that does not serve it: an application may choose not to.
TEST_F(EndToEndTest, StoreHeldByAnotherProcessIsRefusedByItsNumber) {
  const auto held = EventStore::Open(folder_.File("store"), StoreOptions());
  ASSERT_OK(held.status());
  const CommandResult refused = Run({"status"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr(absl::StrCat("process ", getpid())));
}

TEST_F(EndToEndTest, ColoursAreForTerminalsThatWantThem) {
  Out({"append", "a-1", "--type", "t", "--data", "\x1b[31mred"});
  ChildOptions terminal;
  terminal.on_terminal = true;
  const std::string colourful = Run({"read", "--all"}, "", terminal).out;
  EXPECT_THAT(colourful, HasSubstr("\033[1m"));
  EXPECT_THAT(colourful, Not(HasSubstr("\033[31m")));
  terminal.environment = {"NO_COLOR=1"};
  EXPECT_THAT(Run({"read", "--all"}, "", terminal).out, Not(HasSubstr("\033")));
  EXPECT_THAT(Run({"read", "--all"}).out, Not(HasSubstr("\033")));
}

TEST_F(EndToEndTest, ProgressIsForTerminals) {
  const std::string file = folder_.Write("in.ndjson", Lines(0, 60'000));
  ChildOptions terminal;
  terminal.on_terminal = true;
  EXPECT_THAT(Run({"import", "events", file}, "", terminal).out,
              HasSubstr("import  ["));
  EXPECT_EQ(Run({"import", "events", file, "--name", "again"}).err, "");
}

}  // namespace
}  // namespace daybook::tools
