// Each command on a store in memory: what it does, says and returns.

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/command_runner.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::daybook::testing::MemoryAccess;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class CommandsTest : public ::testing::Test {
 protected:
  CommandsTest() { daybook_({"init"}); }

  CommandResult Append(const std::string& stream, const std::string& data,
                       std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"append", stream,   "--type",
                                          "t",      "--data", data};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return daybook_(arguments);
  }
  // The payloads that a read gives, one a line.
  std::string Payloads(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "read");
    arguments.insert(arguments.end(), {"--format", "raw"});
    const CommandResult result = daybook_(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }
  Event EventAt(uint64_t position) {
    absl::StatusOr<Event> event =
        daybook_.store().ReadEvent(Position(position));
    EXPECT_OK(event);
    return event.ok() ? *std::move(event) : Event();
  }

  CommandRunner daybook_;
};

// --- the command line -------------------------------------------------------

// Stores in memory that can't be closed.
class StuckAccess final : public StoreAccess {
 public:
  absl::StatusOr<std::shared_ptr<EventStore>> Open(
      const std::string& path, const StoreOptions& options) override {
    return stores_.Open(path, options);
  }
  absl::Status Close(std::shared_ptr<EventStore> /*store*/) override {
    return absl::UnknownError("the disk is gone");
  }
  absl::Status Reindex(
      const std::string& path, const StoreOptions& options,
      absl::FunctionRef<void(const ReindexProgress&)> progress) override {
    return stores_.Reindex(path, options, progress);
  }

 private:
  MemoryAccess stores_;
};

TEST(CloseErrorTest, IsToldBesideWhatFailedBefore) {
  StuckAccess access;
  CommandRunner daybook(&access);
  daybook({"init"});
  EXPECT_THAT(daybook({"status"}).err, HasSubstr("the disk is gone"));
  EXPECT_THAT(daybook({"event", "@7"}).err,
              AllOf(HasSubstr("closing the store: the disk is gone"),
                    HasSubstr("position 7")));
}

TEST_F(CommandsTest, NoCommandAnUnknownOneAndAnUnknownOptionAreUsageErrors) {
  EXPECT_EQ(daybook_({}).exit_code, 2);
  const CommandResult unknown = daybook_({"frobnicate"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_EQ(unknown.err,
            "daybook: there is no command \"frobnicate\"; see `daybook "
            "--help`\n");
  EXPECT_EQ(daybook_({"import", "frobnicate"}).err,
            "daybook: there is no command \"frobnicate\"; see `daybook import "
            "--help`\n");
  EXPECT_EQ(daybook_({"status", "--frobnicate"}).exit_code, 2);
}

TEST_F(CommandsTest, HelpListsCommandsAndExitCodes) {
  const CommandResult help = daybook_({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, AllOf(HasSubstr("append"), HasSubstr("Exit codes:"),
                              HasSubstr("130")));
}

TEST_F(CommandsTest, EveryCommandHasAnExampleInItsHelp) {
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"init"},
                                             {"append"},
                                             {"read"},
                                             {"event"},
                                             {"streams"},
                                             {"status"},
                                             {"metadata"},
                                             {"delete"},
                                             {"reindex"},
                                             {"import", "events"},
                                             {"export"},
                                             {"schema", "list"},
                                             {"schema", "show"},
                                             {"schema", "check"},
                                             {"schema", "diff"},
                                             {"schema", "tags"},
                                             {"completion"}}) {
    std::vector<std::string> arguments = command;
    arguments.push_back("--help");
    const CommandResult help = daybook_(arguments);
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_THAT(help.out, HasSubstr("Example:\n")) << command[0];
  }
}

TEST_F(CommandsTest, AMissingStoreSaysHowToMakeOne) {
  const CommandResult result = daybook_({"--store", "other", "status"});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_EQ(result.err,
            "daybook: no store in \"other\": create one with `daybook --store "
            "other init`\n");
  EXPECT_THAT(daybook_({"--store", "", "status"}).err,
              HasSubstr("DAYBOOK_STORE"));
}

TEST_F(CommandsTest, StoreMayBeNamedAfterTheCommand) {
  EXPECT_EQ(daybook_({"init", "--store", "other"}).exit_code, 0);
  EXPECT_EQ(daybook_({"status", "--store", "other"}).exit_code, 0);
}

TEST_F(CommandsTest, InitRefusesAStoreThatIsThere) {
  EXPECT_EQ(daybook_({"init"}).exit_code, 1);
}

// --- append -----------------------------------------------------------------

TEST_F(CommandsTest, AppendSaysWhereTheEventStands) {
  EXPECT_EQ(Append("a-1", "1").out, "a-1: revision 0, position 0\n");
  EXPECT_EQ(Append("a-1", "2").out, "a-1: revision 1, position 1\n");
  EXPECT_THAT(Append("a-1", "3", {"--format", "json"}).out,
              StartsWith(R"({"stream":"a-1","revision":2,"position":2,)"));
}

TEST_F(CommandsTest, AppendKeepsEverythingItIsGiven) {
  const CommandResult result =
      Append("a-1", R"({"n":1})",
             {"--tag",         "x:1",
              "--tag",         "{}",
              "--id",          "0190163d-8694-739b-aea5-966c26f8ad91",
              "--source",      "/s",
              "--time",        "2015-09-12T02:46:58+02:00",
              "--correlation", "c",
              "--causation",   "d",
              "--actor",       "me",
              "--meta",        "k=v=w",
              "--meta",        "e="});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Event event = EventAt(0);
  EXPECT_EQ(event.content_type, "application/json");
  EXPECT_EQ(event.tags, (std::vector<std::string>{"x:1", "{}"}));
  EXPECT_EQ(event.id.ToString(), "0190163d-8694-739b-aea5-966c26f8ad91");
  EXPECT_EQ(event.source, "/s");
  EXPECT_EQ(event.occurred_at, absl::FromUnixSeconds(1'442'018'818));
  EXPECT_EQ(event.metadata, (Metadata{.correlation_id = "c",
                                      .causation_id = "d",
                                      .actor = "me",
                                      .fields = {{"k", "v=w"}, {"e", ""}}}));
}

TEST_F(CommandsTest, AppendTakesDataFromAFileAndFromStandardInput) {
  const std::string file =
      daybook_.folder().Write("data", std::string("\0\xff\n", 3));
  Append("a-1", "@" + file);
  EXPECT_EQ(EventAt(0).payload, std::string("\0\xff\n", 3));
  EXPECT_EQ(EventAt(0).content_type, "application/octet-stream");
  daybook_({"append", "a-1", "--type", "t", "--data", "@-", "--content-type",
            "text/x"},
           "from input");
  EXPECT_EQ(EventAt(1).payload, "from input");
  EXPECT_EQ(EventAt(1).content_type, "text/x");
  EXPECT_EQ(Append("a-1", "@/no/such/file").exit_code, 4);
}

TEST_F(CommandsTest, AppendAgainWithItsKeyWritesNothing) {
  Append("a-1", "1", {"--key", "k"});
  EXPECT_THAT(Append("a-1", "1", {"--key", "k"}).out,
              HasSubstr("nothing written"));
  EXPECT_EQ(daybook_.store().Head(), Position(1));
  EXPECT_EQ(Append("a-1", "2", {"--key", "k"}).exit_code, 1);
}

TEST_F(CommandsTest, AppendToAnotherRevisionIsAConflict) {
  EXPECT_EQ(Append("a-1", "1", {"--expected", "none"}).exit_code, 0);
  EXPECT_EQ(Append("a-1", "2", {"--expected", "0"}).exit_code, 0);
  EXPECT_EQ(Append("a-1", "3", {"--expected", "exists"}).exit_code, 0);
  const CommandResult conflict = Append("a-1", "4", {"--expected", "1"});
  EXPECT_EQ(conflict.exit_code, 3);
  EXPECT_THAT(conflict.err, AllOf(HasSubstr("expected revision 1"),
                                  HasSubstr("read the stream again")));
  EXPECT_EQ(Append("a-1", "4", {"--expected", "none"}).exit_code, 3);
  EXPECT_EQ(Append("a-1", "4", {"--expected", "-1"}).exit_code, 2);
}

TEST_F(CommandsTest, AppendRefusesWhatCanNeverBe) {
  EXPECT_EQ(Append("$a", "1").exit_code, 2);
  EXPECT_EQ(Append("a", "1", {"--id", "x"}).exit_code, 2);
  EXPECT_EQ(Append("a", "1", {"--time", "yesterday"}).exit_code, 2);
  EXPECT_EQ(Append("a", "1", {"--meta", "x"}).exit_code, 2);
  EXPECT_EQ(daybook_({"append", "a"}).exit_code, 2);
  EXPECT_EQ(daybook_.store().Head(), Position(0));
}

// --- read -------------------------------------------------------------------

TEST_F(CommandsTest, ReadGivesAStreamTheLogOrAQuery) {
  Append("a-1", "1", {"--tag", "x"});
  Append("b-1", "2");
  Append("a-1", "3");
  EXPECT_EQ(Payloads({"a-1"}), "1\n3\n");
  EXPECT_EQ(Payloads({"--all"}), "1\n2\n3\n");
  EXPECT_EQ(Payloads({"--query", R"({"items":[{"tags":["x"]}]})"}), "1\n");
  EXPECT_EQ(Payloads({"--query", R"({"items":[{"category":"b"}]})"}), "2\n");
}

TEST_F(CommandsTest, ReadNeedsExactlyOneThingToRead) {
  EXPECT_EQ(daybook_({"read"}).exit_code, 2);
  EXPECT_EQ(daybook_({"read", "a", "--all"}).exit_code, 2);
  EXPECT_EQ(daybook_({"read", "--query", "{}"}).exit_code, 2);
  EXPECT_EQ(daybook_({"read", "no-such-stream"}).exit_code, 4);
}

TEST_F(CommandsTest, ReadBetweenPositionsAndRevisionsIncludesBothEnds) {
  for (const char* data : {"0", "1", "2", "3"}) Append("a-1", data);
  EXPECT_EQ(Payloads({"--all", "--from", "@1", "--to", "@2"}), "1\n2\n");
  EXPECT_EQ(Payloads({"a-1", "--from", "#1", "--to", "#2"}), "1\n2\n");
  EXPECT_EQ(Payloads({"a-1", "--from", "@1", "--to", "#2"}), "1\n2\n");
  EXPECT_EQ(Payloads({"a-1", "--from", "@1", "--to", "@2", "--backward"}),
            "2\n1\n");
  EXPECT_EQ(Payloads({"--all", "--backward", "--limit", "2"}), "3\n2\n");
  EXPECT_EQ(Payloads({"--all", "--limit", "0"}), "");
  EXPECT_EQ(daybook_({"read", "--all", "--from", "#1"}).exit_code, 2);
  EXPECT_EQ(daybook_({"read", "--all", "--from", "1"}).exit_code, 2);
}

TEST_F(CommandsTest, ReadBetweenTimesMeansWhenItWasRecorded) {
  for (const char* data : {"0", "1", "2"}) {
    Append("a-1", data, {"--time", "2001-01-01T00:00:00Z"});
    daybook_.clock().Advance(absl::Hours(24));
  }
  // It is the 6th now; they are of the 3rd, 4th and 5th.
  for (const char* what : {"--all", "a-1"}) {
    EXPECT_EQ(Payloads({what, "--from", "2026-03-04"}), "1\n2\n");
    EXPECT_EQ(Payloads({what, "--to", "2026-03-04"}), "0\n1\n");
    EXPECT_EQ(Payloads({what, "--from", "-49h"}), "1\n2\n");
    EXPECT_EQ(Payloads({what, "--from", "yesterday", "--to", "yesterday"}),
              "2\n");
    EXPECT_EQ(Payloads({what, "--to", "2026-03-03T01:06:40Z"}), "0\n");
    EXPECT_EQ(Payloads({what, "--from", "now"}), "");
  }
}

TEST_F(CommandsTest, ReadByOccurredTimeLeavesOutWhatDoesNotSay) {
  Append("a-1", "0", {"--time", "2001-01-03T00:00:00Z"});
  Append("a-1", "1", {"--time", "2001-01-01T00:00:00Z"});
  Append("a-1", "2");
  Append("a-1", "3", {"--time", "2001-01-02T00:00:00Z"});
  for (const char* what : {"--all", "a-1"}) {
    EXPECT_EQ(Payloads({what, "--occurred", "--from", "2001-01-02"}), "0\n3\n");
    EXPECT_EQ(Payloads({what, "--occurred", "--to", "2001-01-02"}), "1\n3\n");
  }
}

TEST_F(CommandsTest, ReadNamesTheZoneOnlyWhereItMatters) {
  Append("a-1", "1");
  EXPECT_EQ(daybook_({"read", "--all", "--from", "@0"}).err, "");
  EXPECT_EQ(daybook_({"read", "--all", "--from", "2026-01-01T00:00:00Z"}).err,
            "");
  EXPECT_EQ(daybook_({"read", "--all", "--from", "today"}).err,
            "daybook: times are in UTC (UTC+00:00): from "
            "2026-03-03T00:00:00+00:00\n");
}

TEST_F(CommandsTest, ReadHidesSystemStreamsUnlessAsked) {
  Append("a-1", "1");
  daybook_({"metadata", "a-1", "--max-count", "5"});
  EXPECT_EQ(Payloads({"--all"}), "1\n");
  EXPECT_THAT(daybook_({"read", "--all", "--system"}).out,
              AllOf(HasSubstr("$$a-1"), HasSubstr("$operations")));
  EXPECT_EQ(daybook_({"read", "$operations"}).exit_code, 0);
  // Hidden ones don't count.
  EXPECT_EQ(Payloads({"--all", "--backward", "--limit", "1"}), "1\n");
}

// --- event ------------------------------------------------------------------

TEST_F(CommandsTest, EventIsFoundByPositionAndById) {
  Append("a-1", "{}", {"--tag", "x:1", "--key", "k"});
  const CommandResult result = daybook_({"event", "@0"});
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("a-1"), HasSubstr("x:1"), HasSubstr("k")));
  EXPECT_EQ(daybook_({"event", EventAt(0).id.ToString()}).out, result.out);
  EXPECT_EQ(daybook_({"event", "@1"}).exit_code, 4);
  EXPECT_EQ(
      daybook_({"event", "0190163d-8694-739b-aea5-966c26f8ad91"}).exit_code, 4);
  EXPECT_EQ(daybook_({"event", "0"}).out, result.out);
  EXPECT_EQ(daybook_({"event", "first"}).exit_code, 2);
}

// --- streams, metadata, delete ----------------------------------------------

TEST_F(CommandsTest, StreamsAreListedByPrefixAndCategory) {
  Append("order-1", "1");
  Append("order-1", "2");
  Append("orders", "3");
  Append("user-1", "4");
  const auto names = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "streams");
    arguments.insert(arguments.end(), {"--format", "json"});
    std::string text = daybook_(arguments).out;
    std::string found;
    while (!text.empty()) {
      const size_t end = text.find('\n');
      found += json::parse(text.substr(0, end))["stream"].get<std::string>();
      found += ' ';
      text.erase(0, end + 1);
    }
    return found;
  };
  EXPECT_EQ(names({}), "order-1 orders user-1 ");
  EXPECT_EQ(names({"--prefix", "order"}), "order-1 orders ");
  EXPECT_EQ(names({"--category", "order"}), "order-1 ");
  EXPECT_EQ(names({"--limit", "1"}), "order-1 ");
  daybook_({"delete", "orders", "--yes"});
  EXPECT_EQ(names({}), "order-1 user-1 ");
  EXPECT_EQ(names({"--deleted"}), "order-1 orders user-1 ");
  EXPECT_EQ(names({"--system", "--prefix", "$"}), "$$orders $operations ");
  EXPECT_THAT(daybook_({"streams", "--format", "csv"}).out,
              HasSubstr("\r\norder-1,2,1,1,\r\n"));
}

TEST_F(CommandsTest, MetadataIsSetPieceByPieceAndRecorded) {
  for (const char* data : {"0", "1", "2"}) Append("a-1", data);
  EXPECT_EQ(daybook_({"metadata", "a-1", "--max-count", "2"}).exit_code, 0);
  EXPECT_EQ(Payloads({"a-1"}), "1\n2\n");
  daybook_({"metadata", "a-1", "--json", R"({"owner":"me"})", "--reason",
            "it is mine"});
  const json info =
      json::parse(daybook_({"metadata", "a-1", "--format", "json"}).out);
  EXPECT_EQ(info["metadata"]["max_count"], 2);
  EXPECT_EQ(info["metadata"]["json"]["owner"], "me");
  EXPECT_EQ(info["count"], 2);
  daybook_(
      {"metadata", "a-1", "--max-count", "none", "--truncate-before", "2"});
  EXPECT_EQ(Payloads({"a-1"}), "2\n");
  EXPECT_THAT(Payloads({"$operations"}),
              AllOf(HasSubstr("it is mine"), HasSubstr("tester"),
                    HasSubstr("daybook metadata a-1 --json")));
  EXPECT_EQ(daybook_({"metadata", "a-1", "--max-count", "x"}).exit_code, 2);
  EXPECT_EQ(daybook_({"metadata", "a-1", "--json", "[]"}).exit_code, 2);
  EXPECT_EQ(daybook_({"metadata", "no-such"}).exit_code, 4);
}

TEST_F(CommandsTest, DeleteOnlyTellsUntilYes) {
  Append("a-1", "1");
  const CommandResult told = daybook_({"delete", "a-1"});
  EXPECT_EQ(told.exit_code, 0);
  EXPECT_THAT(told.out, AllOf(HasSubstr("hides 1 event of stream \"a-1\""),
                              HasSubstr("--yes")));
  EXPECT_EQ(daybook_.store().Head(), Position(1));
  EXPECT_THAT(daybook_({"delete", "a-1", "--yes", "--reason", "why"}).out,
              HasSubstr("done: hid 1 event of stream \"a-1\" from reads"));
  EXPECT_EQ(daybook_({"read", "a-1"}).exit_code, 4);
  EXPECT_THAT(Payloads({"$operations"}), HasSubstr("why"));
  EXPECT_EQ(Append("a-1", "2").out, "a-1: revision 1, position 3\n");
}

TEST_F(CommandsTest, TombstoneIsForEver) {
  Append("a-1", "1");
  EXPECT_EQ(daybook_({"delete", "a-1", "--tombstone", "--yes"}).exit_code, 0);
  EXPECT_EQ(Append("a-1", "2").exit_code, 1);
  EXPECT_EQ(daybook_({"delete", "no-such", "--yes"}).exit_code, 4);
}

// --- the store --------------------------------------------------------------

TEST_F(CommandsTest, StatusTellsTheHeads) {
  Append("a-1", "1");
  const json status = json::parse(daybook_({"status", "--format", "json"}).out);
  EXPECT_EQ(status["head"], 1);
  EXPECT_EQ(status["durable_head"], 1);
  EXPECT_EQ(status["health"], "ok");
  EXPECT_THAT(daybook_({"status"}).out, HasSubstr("durable head    1\n"));
}

TEST_F(CommandsTest, ReindexOnlyTellsUntilYes) {
  Append("a-1", "1");
  EXPECT_THAT(daybook_({"reindex"}).out, HasSubstr("nothing was done"));
  EXPECT_EQ(daybook_.store().Head(), Position(1));
  EXPECT_EQ(daybook_({"reindex", "--yes", "--reason", "moved"}).exit_code, 0);
  EXPECT_THAT(Payloads({"$operations"}), HasSubstr("moved"));
}

TEST_F(CommandsTest, CompletionKnowsCommandsAndOptions) {
  for (const char* shell : {"bash", "zsh"}) {
    EXPECT_THAT(daybook_({"completion", shell}).out,
                AllOf(HasSubstr("import events"), HasSubstr("--backward"),
                      HasSubstr("tombstone")));
  }
  EXPECT_EQ(daybook_({"completion", "fish"}).exit_code, 2);
}

}  // namespace
}  // namespace daybook::tools
