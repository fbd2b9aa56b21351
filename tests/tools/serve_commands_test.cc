// `daybook serve`, and every command beside a store that another process holds:
// it gives what it gives on a store that nobody has open.

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/bus/schedules.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"
#include "tests/tools/child.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::Child;
using ::daybook::testing::CommandResult;
using ::daybook::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::HasSubstr;

using Words = std::vector<std::string>;

// What opening a store, or merging its files, does to sizes is no news.
std::string WithoutSizes(const std::string& text) {
  static const std::regex kSizes(
      R"re( +\d+(\.\d+)? ([KM]i)?B|"\w*bytes":\d+)re");
  static const std::regex kSpaces(" +");
  return std::regex_replace(std::regex_replace(text, kSizes, ""), kSpaces, " ");
}

class ServeCommandsTest : public ::testing::Test {
 protected:
  ServeCommandsTest() {
    Run({"init"});
    for (const char* sku : {"tea", "milk", "tea"}) {
      Run({"append", "cart-1", "--type", "added", "--data",
           std::string("{\"sku\":\"") + sku + "\"}", "--tag",
           std::string("sku:") + sku, "--correlation", "c-1"});
    }
    Run({"append", "cart-2", "--type", "opened", "--data", "{}"});
  }

  CommandResult Try(Words words) {
    words.insert(words.begin(), {"--store", folder_ / "store"});
    return testing::RunDaybook(words);
  }
  std::string Run(const Words& words) {
    const CommandResult result = Try(words);
    EXPECT_EQ(result.exit_code, 0) << words[0] << ": " << result.err;
    return result.out;
  }
  // Opening the store to see whether it is held would get in the way.
  void AwaitSocket() {
    while (!std::filesystem::exists(folder_ / "store/SOCKET")) {
      absl::SleepFor(absl::Milliseconds(5));
    }
  }
  // Another process that holds the store, and answers.
  std::unique_ptr<Child> Serve(const Words& options = {}) {
    Words words = {"--store", folder_ / "store", "serve"};
    words.insert(words.end(), options.begin(), options.end());
    auto child = std::make_unique<Child>(words, testing::ChildOptions());
    AwaitSocket();
    return child;
  }

  const TemporaryFolder folder_;
};

TEST_F(ServeCommandsTest, CommandsGiveWhatTheyGiveOnAClosedStore) {
  const std::vector<Words> commands = {
      {"read", "cart-1"},
      {"read", "--all", "--format", "json"},
      {"read", "--all", "--backward", "--format", "csv"},
      {"read", "--query", R"({"items":[{"tags":["sku:tea"]}]})"},
      {"read", "--all", "--where", "data ->> '$.sku' = 'tea'"},
      {"tail", "--limit", "2"},
      {"event", "@1"},
      {"streams"},
      {"streams", "--system", "--format", "json"},
      {"status"},
      {"status", "--format", "json"},
      {"view", "count", "--by", "type"},
      {"fold", "cart-1", "--with", "latest"},
      {"diff", "cart-1", "--with", "latest", "--from", "@0", "--to", "@1"},
      {"bisect", "cart-1", "--with", "latest", "--until",
       "fields ->> '$.sku' = 'milk'"},
      {"trace", "c-1"},
      {"replay", "--speed", "max"},
      {"projection", "list"},
      {"refold"},
      {"schema", "list"},
      {"snapshot", "list"},
      {"subscription", "list"},
      {"producer", "list"},
      {"metadata", "cart-1"},
      {"export"},
      {"export", "--full"},
      {"audit", "head", "--list"},
      {"audit", "report", "cart-1"},
      {"health"},
      {"read", "nothing"},
      {"event", "@99"},
  };
  // Makes its head now, rather than when the first command closes the store.
  Try({"audit", "head"});
  std::vector<CommandResult> closed;
  for (const Words& words : commands) closed.push_back(Try(words));

  const auto serving = Serve();
  for (size_t i = 0; i < commands.size(); ++i) {
    const CommandResult beside = Try(commands[i]);
    SCOPED_TRACE(::testing::PrintToString(commands[i]));
    EXPECT_EQ(WithoutSizes(beside.out), WithoutSizes(closed[i].out));
    EXPECT_EQ(beside.err, closed[i].err);
    EXPECT_EQ(beside.exit_code, closed[i].exit_code);
  }
}

TEST_F(ServeCommandsTest, CommandsChangeTheStoreThatIsHeld) {
  auto serving = Serve();
  Run({"append", "cart-3", "--type", "opened", "--data", "{}", "--key", "k"});
  EXPECT_EQ(Try({"append", "cart-3", "--type", "opened", "--data", "{}",
                 "--expected", "none"})
                .exit_code,
            3);
  Run({"metadata", "cart-1", "--max-count", "1"});
  Run({"delete", "cart-2", "--yes", "--reason", "a test"});
  Run({"branch", folder_ / "branch"});
  Run({"backup", "create", folder_ / "backup"});
  testing::RunDaybook({"--store", folder_ / "store", "import", "events", "-"},
                      R"({"stream":"cart-4","type":"opened","data":{}})"
                      "\n");
  serving->Signal(SIGTERM);
  EXPECT_EQ(serving->Wait().exit_code, 0);

  EXPECT_THAT(Run({"streams"}), AllOf(HasSubstr("cart-3"), HasSubstr("cart-4"),
                                      ::testing::Not(HasSubstr("cart-2"))));
  EXPECT_EQ(Run({"read", "cart-1", "--format", "raw"}), "{\"sku\":\"tea\"}\n");
  Run({"backup", "verify", folder_ / "backup"});
}

// The next file that is opened has the number of one that is closed.
TEST_F(ServeCommandsTest, WhatAClosedOutputWouldGetIsNotWrittenIntoTheStore) {
  for (const char* files : {">&-", "2>&- >/dev/null", "<&- >&- 2>&-"}) {
    const std::string command =
        absl::StrCat(DAYBOOK_PROGRAM, " --store ", folder_ / "store",
                     " read --all --from yesterday ", files);
    (void)std::system(command.c_str());
    for (const char* name : {"store/LOCK", "store/ANCHOR", "store/STORE"}) {
      EXPECT_THAT(folder_.Read(name),
                  ::testing::Not(::testing::AnyOf(HasSubstr("cart-1"),
                                                  HasSubstr("times are"))))
          << files << ", " << name;
    }
  }
}

// As `timeout` and terminals do.
TEST_F(ServeCommandsTest, TheSameSignalTwiceAtOnceIsOneWish) {
  const auto serving = Serve();
  serving->Signal(SIGTERM);
  serving->Signal(SIGTERM);
  EXPECT_EQ(serving->Wait().exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "store/SOCKET"));
}

TEST_F(ServeCommandsTest, AStoreIsServedOnceAtATime) {
  const auto serving = Serve();
  const CommandResult second = Try({"serve"});
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.err, HasSubstr("is held by process"));
}

TEST_F(ServeCommandsTest, WhatIsScheduledIsFiredWhereThatIsAskedFor) {
  {
    const auto store = EventStore::Open(folder_ / "store", StoreOptions());
    ASSERT_OK(store);
    EXPECT_OK(Schedules::Over(**store)->Add(
        {.id = "r", .due = absl::Now(), .events = {{"fired", {.type = "t"}}}}));
    EXPECT_OK((*store)->Close(absl::Minutes(1)));
  }
  {
    const auto serving = Serve();
    EXPECT_THAT(Run({"schedule", "list"}), HasSubstr("t in fired"));
  }
  const auto serving = Serve({"--fire-schedules"});
  const absl::Time patience = absl::Now() + absl::Seconds(60);
  while (Try({"read", "fired"}).exit_code != 0 && absl::Now() < patience) {
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_THAT(Run({"read", "fired"}), HasSubstr("fired"));
}

// They would be none of the workers that run.
TEST_F(ServeCommandsTest, AGroupThatIsOpenIsNotGivenOtherLanesOrAttempts) {
  Child worker({"--store", folder_ / "store", "subscribe", "g", "--group",
                "--attempts", "3", "--follow"},
               testing::ChildOptions());
  worker.AwaitOut("cart-2");
  const Words again = {"subscribe", "g", "--group"};
  for (const Words& other :
       {Words{"--lane-tag", "sku:"}, Words{"--attempts", "1"}}) {
    Words words = again;
    words.insert(words.end(), other.begin(), other.end());
    const CommandResult result = Try(words);
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.err, AllOf(HasSubstr("open elsewhere"),
                                  HasSubstr("lanes by stream and 3 attempts"),
                                  HasSubstr("leave out " + other[0])));
  }
  Run(again);
}

TEST_F(ServeCommandsTest, WhatNeedsTheFolderItselfSaysWhoHoldsIt) {
  const auto serving = Serve();
  const CommandResult reindex = Try({"reindex", "--yes"});
  EXPECT_NE(reindex.exit_code, 0);
  EXPECT_THAT(reindex.err, HasSubstr("held by process"));
}

// An auditor asks the folder, not the process that writes to it.
TEST_F(ServeCommandsTest, AStoreIsVerifiedBesideItsHolder) {
  const auto serving = Serve();
  Run({"append", "cart-7", "--type", "opened"});
  const CommandResult verified = Try({"audit", "verify", "--deep"});
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
  EXPECT_THAT(verified.out, HasSubstr("indexes"));
  const std::string head = Run({"audit", "head"});
  const std::string file = folder_.Write("head.txt", head);
  EXPECT_EQ(Try({"audit", "verify", "--against", file}).exit_code, 0);
}

// Heads are the holder's, and so are the keys that sign them.
TEST_F(ServeCommandsTest, AHolderWithoutAKeySignsNothing) {
  const std::string key = folder_ / "audit.key";
  Run({"key", "generate", "--name", "shop.example/log", "-o", key});
  const auto serving = Serve();
  const CommandResult prove = Try({"audit", "prove", "0", "--audit-key", key});
  EXPECT_EQ(prove.exit_code, 30);
  EXPECT_THAT(prove.err, HasSubstr("holds the store signs its heads"));
  const CommandResult head = Try({"audit", "head", "--audit-key", key});
  EXPECT_EQ(head.exit_code, 0);
  EXPECT_THAT(head.err, HasSubstr("holds the store signs its heads"));
  const std::string fresh = folder_ / "new.key";
  const CommandResult rotate =
      Try({"key", "rotate", "--audit-key", key, "-o", fresh});
  EXPECT_EQ(rotate.exit_code, 1);
  EXPECT_THAT(rotate.err, HasSubstr("close it there first"));
  EXPECT_FALSE(std::filesystem::exists(fresh));
}

TEST_F(ServeCommandsTest, GroupsAreThoseOfTheHolder) {
  const std::unique_ptr<Child> child = Serve();
  Run({"subscribe", "mailers", "--group", "--attempts", "1", "--exec",
       "exit 1"});
  EXPECT_THAT(Run({"group", "list"}), HasSubstr("mailers"));
  EXPECT_THAT(Run({"group", "parked", "mailers"}),
              HasSubstr("ended with status 1"));
  Run({"group", "retry", "mailers", "--all"});
  Run({"subscribe", "mailers", "--group", "--exec", "exit 0"});
  EXPECT_EQ(Run({"group", "parked", "mailers"}), "");
  Run({"group", "reset", "mailers", "--to", "@0", "--yes"});
  EXPECT_THAT(Run({"subscribe", "mailers", "--group"}), HasSubstr("cart-1"));
  Run({"group", "delete", "mailers", "--yes"});
  EXPECT_EQ(Run({"group", "list"}), "");
}

// Two that follow the same group share its events.
TEST_F(ServeCommandsTest, AGroupIsSharedByProcesses) {
  const std::string notes = folder_ / "notes";
  const std::string note = absl::StrCat("echo $DAYBOOK_POSITION >> ", notes);
  Child first({"--store", folder_ / "store", "subscribe", "mailers", "--group",
               "--follow", "--exec", note},
              testing::ChildOptions());
  AwaitSocket();
  for (int i = 0; i < 20; ++i) {
    Run({"append", absl::StrCat("order-", i), "--type", "placed"});
  }
  Run({"subscribe", "mailers", "--group", "--exec", note});
  first.Signal(SIGINT);
  EXPECT_EQ(first.Wait().exit_code, 0);
  Run({"subscribe", "mailers", "--group", "--exec", note});

  std::ifstream file(notes);
  std::multiset<int> positions;
  for (int position; file >> position;) positions.insert(position);
  std::multiset<int> all;
  for (int position = 0; position < 24; ++position) all.insert(position);
  EXPECT_EQ(positions, all);
}

TEST_F(ServeCommandsTest, WhoFollowsServesToo) {
  Child following({"--store", folder_ / "store", "tail", "--from", "@4",
                   "--follow", "--format", "raw"},
                  {});
  AwaitSocket();
  Run({"append", "cart-5", "--type", "opened", "--data", "{\"n\":5}"});
  following.AwaitOut("{\"n\":5}\n");
  following.Signal(SIGTERM);
  EXPECT_EQ(following.Wait().exit_code, 0);
}

TEST_F(ServeCommandsTest, ARestoreNeedsTheStoreForItself) {
  const std::string file =
      folder_.Write("full.ndjson", Run({"export", "--full"}));
  const std::string empty = folder_ / "empty";
  testing::RunDaybook({"--store", empty, "init"});
  const Child holder({"--store", empty, "serve"}, testing::ChildOptions());
  while (!std::filesystem::exists(empty + "/SOCKET")) {
    absl::SleepFor(absl::Milliseconds(5));
  }

  const CommandResult refused = testing::RunDaybook(
      {"--store", empty, "import", "events", file, "--restore"});

  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("is held by process"));
  EXPECT_THAT(
      testing::RunDaybook({"--store", empty, "status", "--format", "json"}).out,
      HasSubstr("\"head\":0"));
}

TEST_F(ServeCommandsTest, ABundleIsSignedOnlyWithAKeyOfItsLog) {
  const std::string key = folder_ / "key";
  const std::string other = folder_ / "other";
  Run({"key", "generate", "--name", "shop.example/log", "-o", key});
  Run({"key", "generate", "--name", "other.example/log", "-o", other});
  const auto holder = Serve({"--audit-key", key});
  const std::string zip = folder_ / "evidence.zip";

  const CommandResult refused =
      Try({"audit", "bundle", "--all", "--audit-key", other, "-o", zip});

  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("which can't say of that log"));
  EXPECT_FALSE(std::filesystem::exists(zip));
  Run({"audit", "bundle", "--all", "--audit-key", key, "-o", zip});
}

}  // namespace
}  // namespace daybook::tools
