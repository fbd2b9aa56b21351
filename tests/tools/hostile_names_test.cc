// Names that would drive the terminal they are shown on, or turn the direction
// of writing: whatever shows them to people, tables, lines and the page of a
// report, shows them escaped. JSON, CSV and raw payloads are for programs:
// there control characters are escaped as their format has it, and the rest is
// data.

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"
#include "tests/tools/command_runner.h"
#include "tools/store_access.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::daybook::testing::TemporaryFolder;
using ::testing::HasSubstr;

using Words = std::vector<std::string>;

// A bell, an escape sequence, C1's, DEL, an override and an isolate, with what
// HTML would take for its own.
const std::string kOdd =
    "\x07\x1b[31m\n\xc2\x9b\x7f\t\u202egnp.\u2066exe<b>&\"'";

// What is in `text` of the kind that must not be shown as it is.
std::string DriverIn(std::string_view text) {
  for (const char c : text) {
    if ((c >= 0 && c < 0x20 && c != '\n') || c == 0x7F) return {c};
  }
  for (const std::string_view mark :
       {"\u0080", "\u0085", "\u009b", "\u202a", "\u202b", "\u202c", "\u202d",
        "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"}) {
    if (text.find(mark) != std::string_view::npos) return std::string(mark);
  }
  return "";
}

class HostileNamesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    daybook_(
        {"key", "generate", "--name", "shop.example/log", "-o", File("key")});
    Run({"init"});
    std::string till = Run(
        {"key", "generate", "--name", "till.shop.example", "-o", File("till")});
    till.pop_back();
    Run({"producer", "add", till, "--reason", kOdd});
    Run({"producer", "policy", kOdd, "accept"});
    Run({"append",         stream_,
         "--type",         "t" + kOdd,
         "--data",         "p" + kOdd,
         "--tag",          "g" + kOdd,
         "--source",       "/s",
         "--actor",        "a" + kOdd,
         "--correlation",  "c" + kOdd,
         "--causation",    "z" + kOdd,
         "--meta",         "f" + kOdd + "=v" + kOdd,
         "--key",          "k" + kOdd,
         "--producer-key", File("till")});
    Run({"append", stream_, "--type", "t" + kOdd, "--data",
         "{\"\u202ename\":\"\u202evalue\"}"});
    Run({"metadata", stream_, "--json", "{\"x\":\"\u202e\"}", "--reason",
         kOdd});
    Run({"audit", "head"});
    Run({"audit", "prove-stream", stream_, "-o", File("proof")});
    Run({"audit", "bundle", stream_, "-o", File("zip")});
  }

  CommandResult Try(Words arguments) {
    arguments.insert(arguments.begin(),
                     {"--store", File("store"), "--audit-key", File("key")});
    return daybook_(arguments);
  }
  std::string Run(Words arguments) {
    const CommandResult result = Try(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(DriverIn(result.out), "") << result.out;
    EXPECT_EQ(DriverIn(result.err), "") << result.err;
    return result.out;
  }
  std::string File(const std::string& name) { return folder_.File(name); }

  const std::string stream_ = "s" + kOdd;
  TemporaryFolder folder_;
  CommandRunner daybook_{StoreAccess::Disk()};
};

TEST_F(HostileNamesTest, WhatIsForPeopleShowsThemEscaped) {
  const std::string trust = "@" + File("pub");
  folder_.Write("pub", daybook_({"key", "show", File("key")}).out);
  size_t done = 0;
  for (const Words& words : std::vector<Words>{
           {"read", "--all", "--system"},
           {"read", stream_},
           {"event", "@2"},
           {"tail", "--system"},
           {"streams", "--system", "--deleted"},
           {"status"},
           {"metadata", stream_},
           {"delete", stream_},
           {"view", "count", "--by", "tag"},
           {"view", "count", "--by", "stream"},
           {"view", "timeline"},
           {"view", "latest"},
           {"diff", stream_, "--with", "latest"},
           {"diff", stream_, "--with", "timeline"},
           {"step", stream_, "--with", "latest"},
           {"bisect", stream_, "--with", "latest", "--until", "0", "--scan"},
           {"trace", "c" + kOdd},
           {"trace", "@2"},
           {"producer", "list"},
           {"producer", "revoke", kOdd, "--reason", "r"},
           {"schema", "list"},
           {"schema", "show", kOdd},
           {"schema", "diff", kOdd},
           {"schema", "tags", kOdd},
           {"snapshot", "list", "--stream", stream_},
           {"snapshot", "drop", "--stream", stream_},
           {"projection", "list"},
           {"projection", "status", kOdd},
           {"projection", "park", kOdd},
           {"projection", "rebuild", kOdd},
           {"projection", "drop", kOdd},
           {"refold", kOdd},
           {"subscription", "list"},
           {"subscription", "show", kOdd},
           {"subscription", "reset", kOdd, "--to", "@0"},
           {"subscription", "delete", kOdd},
           {"audit", "head", "--list"},
           {"audit", "report", stream_, "--trust", trust},
           {"audit", "report", "--all", "--system"},
           {"audit", "verify", "--trust", trust},
           {"audit", "verify", "--against", File(kOdd)},
           {"audit", "check", File("proof"), "--trust", trust},
           {"audit", "check", File("zip"), "--trust", trust},
           {"audit", "check", File(kOdd), "--trust", trust},
           {"audit", "export-tlog", File("t" + kOdd)},
           {"audit", "prove", kOdd},
           {"audit", "prove-stream", kOdd},
           {"audit", "bundle", "none" + kOdd, "-o", File("z" + kOdd)},
           {"key", "show", File(kOdd)},
           {"key", "generate", "--name", kOdd, "-o", File("odd.key")},
           {"import", "events", File(kOdd)},
           {"import", "json", File(kOdd), "--stream", kOdd, "--type", "t"},
           {"import", "xes", File(kOdd)},
           {"import", "ocel", File(kOdd), "--stream-object", kOdd},
           {"import", "git", File(kOdd)},
           {"git-tree", "--rev", kOdd},
           {"backup", "create", File("b" + kOdd)},
           {"backup", "list", File("b" + kOdd)},
           {"backup", "verify", File("b" + kOdd)},
           {"backup", "restore", File("b" + kOdd), "--to", File("r" + kOdd)},
           {"backup", "prune", File("b" + kOdd), "--keep", "1"},
           {"branch", File("branch" + kOdd)},
           {"salvage", File("none" + kOdd)},
           {"recover", File("none" + kOdd)}}) {
    const CommandResult result = Try(words);
    const std::string command = words[0] + " " + words[1 % words.size()];
    // One that says nothing shows nothing.
    EXPECT_NE(result.out + result.err, "") << command;
    if (result.exit_code == 0) ++done;
    EXPECT_EQ(DriverIn(result.out), "") << command << ": " << result.out;
    EXPECT_EQ(DriverIn(result.err), "") << command << ": " << result.err;
  }
  // Of others, what is shown is an error.
  EXPECT_GE(done, 30u);
}

TEST_F(HostileNamesTest, APageOfAReportShowsThemEscaped) {
  Run({"audit", "report", "--all", "--system", "--html", File("page.html")});
  const std::string page = folder_.Read("page.html");

  EXPECT_EQ(DriverIn(page), "");
  EXPECT_THAT(page, HasSubstr("gnp."));
  EXPECT_EQ(page.find("<b>"), std::string::npos);
}

// What a program reads comes back as it was.
TEST_F(HostileNamesTest, InJsonTheyAreDataThatDrivesNoTerminal) {
  for (const Words& words :
       std::vector<Words>{{"read", stream_, "--format", "json"},
                          {"streams", "--format", "json"},
                          {"producer", "list", "--format", "json"},
                          {"view", "timeline", "--format", "json"},
                          {"fold", stream_, "--with", "timeline"},
                          {"audit", "report", stream_, "--format", "json"},
                          {"export"}}) {
    const std::string out = Try(words).out;
    EXPECT_TRUE(std::none_of(out.begin(), out.end(), [](char c) {
      return (c >= 0 && c < 0x20 && c != '\n') || c == 0x7F;
    })) << words[0];
    EXPECT_THAT(out, HasSubstr("\u202egnp.\u2066exe")) << words[0];
  }
}

}  // namespace
}  // namespace daybook::tools
