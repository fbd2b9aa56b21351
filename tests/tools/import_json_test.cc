// The command `import json` on a store in memory. Following a file:
// import_json_follow_test.cc.

#include <csignal>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/command_runner.h"
#include "tests/tools/gzip.h"
#include "tools/interrupt.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::daybook::testing::Gzip;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class ImportJsonTest : public ::testing::Test {
 protected:
  ImportJsonTest() { daybook_({"init"}); }

  // Into streams {s}, with type t.
  CommandResult Import(std::string_view content,
                       std::vector<std::string> more = {},
                       const std::string& file = "in.ndjson") {
    std::vector<std::string> arguments = {
        "import",   "json", daybook_.folder().Write(file, content),
        "--stream", "{s}",  "--type",
        "t"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return daybook_(arguments);
  }
  CommandResult ImportCsv(std::string_view content,
                          std::vector<std::string> more = {}) {
    return Import(content, std::move(more), "in.csv");
  }
  std::string RejectsFile() { return daybook_.folder().File("rejects"); }
  std::string Rejects() { return daybook_.folder().Read("rejects"); }

  // "stream=payload" of all events.
  std::vector<std::string> Stored() {
    std::vector<std::string> stored;
    for (const Event& event : Events()) {
      stored.push_back(absl::StrCat(event.stream, "=", event.payload));
    }
    return stored;
  }
  std::vector<Event> Events() {
    std::vector<Event> events;
    absl::StatusOr<EventCursor> cursor = daybook_.store().ReadLog();
    EXPECT_OK(cursor);
    for (const EventView& event : *cursor) events.push_back(event.ToEvent());
    return events;
  }

  CommandRunner daybook_;
};

// --- what becomes of records ------------------------------------------------

TEST_F(ImportJsonTest, EachLineIsAnEventWithTheLineForItsPayload) {
  const CommandResult result =
      Import("{\"s\":\"a\", \"n\": 1.50}\n{\"s\":\"b\"}\r\n");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, StartsWith("2 lines: 2 events appended, 0 already"));
  EXPECT_THAT(Stored(),
              ElementsAre("a={\"s\":\"a\", \"n\": 1.50}", "b={\"s\":\"b\"}"));
  EXPECT_EQ(Events()[0].content_type, "application/json");
}

TEST_F(ImportJsonTest, TemplatesNameFieldsOfTheRecord) {
  const CommandResult result = daybook_(
      {"import", "json", "-", "--stream", "{channel}|{page.title}", "--type",
       "{kind}.{{x}}", "--tag", "user:{user}", "--tag", "first:{list.0}",
       "--time", "{at}", "--id", "{id}", "--source", "/{channel}"},
      R"({"channel":"#en","page":{"title":"Tea"},"kind":"edit","user":"ada",)"
      R"("list":[7],"at":1442018818771,)"
      R"("id":"0190163d-8694-739b-aea5-966c26f8ad91"})");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Event event = Events()[0];
  EXPECT_EQ(event.stream, "#en|Tea");
  EXPECT_EQ(event.type, "edit.{x}");
  EXPECT_THAT(event.tags, ElementsAre("user:ada", "first:7"));
  EXPECT_EQ(event.occurred_at, absl::FromUnixMillis(1'442'018'818'771));
  EXPECT_EQ(event.id.ToString(), "0190163d-8694-739b-aea5-966c26f8ad91");
  EXPECT_EQ(event.source, "/#en");
}

TEST_F(ImportJsonTest, ATagIsLeftOutWhereItsFieldIsMissing) {
  const CommandResult result = Import(R"({"s":"a","u":"x"})"
                                      "\n"
                                      R"({"s":"b","u":null})"
                                      "\n",
                                      {"--tag", "user:{u}", "--tag", "{typo}"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err,
            "daybook: no record has all fields of --tag \"{typo}\"\n");
  EXPECT_THAT(Events()[0].tags, ElementsAre("user:x"));
  EXPECT_THAT(Events()[1].tags, IsEmpty());
}

TEST_F(ImportJsonTest, CsvRowsBecomeObjectsOfTheirColumns) {
  EXPECT_EQ(ImportCsv("s,text\na,\"1,\n\"\"2\"\"\"\nb,\n").exit_code, 0);
  EXPECT_THAT(Stored(), ElementsAre(R"(a={"s":"a","text":"1,\n\"2\""})",
                                    R"(b={"s":"b","text":""})"));
}

TEST_F(ImportJsonTest, CsvIsKnownByTheFilesNameOrByTheOption) {
  EXPECT_EQ(Import(Gzip("s\na\n"), {}, "in.csv.gz").exit_code, 0);
  EXPECT_EQ(Import("s\nb\n", {"--csv"}, "in.txt").exit_code, 0);
  EXPECT_THAT(Stored(), ElementsAre(R"(a={"s":"a"})", R"(b={"s":"b"})"));
}

TEST_F(ImportJsonTest, AnEmptyCsvFieldIsAMissingOne) {
  EXPECT_EQ(ImportCsv("s,u\na,\nb,x\n", {"--tag", "u:{u}"}).exit_code, 0);
  EXPECT_THAT(Events()[0].tags, IsEmpty());
  EXPECT_THAT(Events()[1].tags, ElementsAre("u:x"));
  EXPECT_EQ(ImportCsv("s,u\n,x\n").err,
            "daybook: line 2: --stream: no value for \"s\"\n");
}

TEST_F(ImportJsonTest, AFieldThatIsNoColumnIsSaidBeforeAnythingIsAppended) {
  const CommandResult result = ImportCsv(
      "s,user\na,x\n", {"--tag", "{usr}", "--rejects", RejectsFile()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.err, "daybook: there is no column \"usr\"\n");
  EXPECT_THAT(Stored(), IsEmpty());
  // Though there is no record that lacks it.
  EXPECT_EQ(ImportCsv("s,user\n", {"--tag", "{usr}"}).exit_code, 1);
}

TEST_F(ImportJsonTest, GzipBlankLinesAndAByteOrderMarkAreNoTrouble) {
  EXPECT_EQ(
      Import(Gzip("\xEF\xBB\xBF{\"s\":\"a\"}\n\n \r\n{\"s\":\"b\"}")).exit_code,
      0);
  EXPECT_THAT(Stored(), ElementsAre(R"(a={"s":"a"})", R"(b={"s":"b"})"));
}

// --- running it again -------------------------------------------------------

TEST_F(ImportJsonTest, RunningItAgainAppendsNothingTwice) {
  const std::string content = "{\"s\":\"a\"}\n{\"s\":\"b\"}\n";
  Import(content);
  EXPECT_THAT(Import(content + "{\"s\":\"c\"}\n").out,
              StartsWith("3 lines: 1 event appended, 2 already there"));
  EXPECT_EQ(Stored().size(), 3u);
}

TEST_F(ImportJsonTest, RepeatedLinesAreEventsOfTheirOwn) {
  const std::string content = "{\"s\":\"a\"}\n{\"s\":\"a\"}\n";
  Import(content);
  EXPECT_EQ(Stored().size(), 2u);
  Import(content + "{\"s\":\"a\"}\n");
  EXPECT_EQ(Stored().size(), 3u);
}

TEST_F(ImportJsonTest, RepeatedCsvRowsAreEventsOfTheirOwn) {
  ImportCsv("s\na\na\n");
  ImportCsv("s\na\na\na\n");
  EXPECT_EQ(Stored().size(), 3u);
}

TEST_F(ImportJsonTest, LinesAddedBeforeTheKnownOnesChangeNothing) {
  Import("{\"s\":\"a\"}\n{\"s\":\"b\"}\n");
  Import("{\"s\":\"c\"}\n{\"s\":\"b\"}\n{\"s\":\"a\"}\n");
  EXPECT_THAT(Stored(), ElementsAre(StartsWith("a="), StartsWith("b="),
                                    StartsWith("c=")));
}

TEST_F(ImportJsonTest, AnotherNameIsAnotherImport) {
  Import("{\"s\":\"a\"}\n");
  Import("{\"s\":\"a\"}\n", {"--name", "second"});
  EXPECT_EQ(Stored().size(), 2u);
}

TEST_F(ImportJsonTest, OtherTemplatesNeedAnotherName) {
  Import("{\"s\":\"a\"}\n{\"s\":\"b\"}\n");
  const CommandResult result =
      Import("{\"s\":\"a\"}\n{\"s\":\"b\"}\n", {"--tag", "x"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, AllOf(StartsWith("daybook: line 1: "),
                                HasSubstr("give the import another --name")));
  EXPECT_EQ(Stored().size(), 2u);
}

TEST_F(ImportJsonTest, AnInterruptedImportGoesOnLater) {
  SetReceivedSignal(SIGINT);
  const CommandResult result = Import("{\"s\":\"a\"}\n");
  SetReceivedSignal(0);
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_THAT(result.err, HasSubstr("run it again to go on"));
  EXPECT_EQ(Import("{\"s\":\"a\"}\n").exit_code, 0);
  EXPECT_EQ(Stored().size(), 1u);
}

// --- what can't be used -----------------------------------------------------

struct BadLine {
  const char* name;
  std::string line;
  std::string reason;
};
void PrintTo(const BadLine& bad, std::ostream* out) { *out << bad.name; }

class BadLineTest : public ImportJsonTest,
                    public ::testing::WithParamInterface<BadLine> {
 protected:
  std::string Content() {
    return R"({"s":"a","t":1})"
           "\n" +
           GetParam().line +
           "\n"
           R"({"s":"c","t":3})"
           "\n";
  }
};

TEST_P(BadLineTest, EndsTheImportWithItsNumberAndWhatWasBeforeStays) {
  const CommandResult result = Import(Content(), {"--time", "{t}"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, StartsWith("daybook: line 2: "));
  EXPECT_THAT(result.err, HasSubstr(GetParam().reason));
  EXPECT_THAT(result.out, HasSubstr(": 1 event appended"));
  EXPECT_THAT(Stored(), ElementsAre(R"(a={"s":"a","t":1})"));
}

TEST_P(BadLineTest, GoesToTheRejectsAndTheImportGoesOn) {
  const CommandResult result =
      Import(Content(), {"--time", "{t}", "--rejects", RejectsFile()});
  EXPECT_EQ(result.exit_code, 6);
  EXPECT_THAT(result.err, HasSubstr("1 line was rejected"));
  EXPECT_THAT(Stored(),
              ElementsAre(R"(a={"s":"a","t":1})", R"(c={"s":"c","t":3})"));
  const nlohmann::json reject = nlohmann::json::parse(Rejects());
  EXPECT_EQ(reject["line"], 2);
  EXPECT_THAT(reject["reason"].get<std::string>(),
              HasSubstr(GetParam().reason));
}

TEST_P(BadLineTest, IsRejectedAgainAndNothingElseHappensTheSecondTime) {
  const std::vector<std::string> options = {"--time", "{t}", "--rejects",
                                            RejectsFile()};
  Import(Content(), options);
  const std::string rejects = Rejects();
  EXPECT_EQ(Import(Content(), options).exit_code, 6);
  EXPECT_EQ(Rejects(), rejects);
  EXPECT_EQ(Stored().size(), 2u);
}

INSTANTIATE_TEST_SUITE_P(
    Lines, BadLineTest,
    ::testing::Values(
        BadLine{"NoJson", "{\"s\":", "not a JSON object: parse error"},
        BadLine{"NoObject", "[1]", "it is a list, no object"},
        BadLine{"NoUtf8", "{\"s\":\"\xff\",\"t\":2}", "UTF-8"},
        BadLine{"MissingField", R"({"t":2})", "--stream: no field \"s\""},
        BadLine{"NullField", R"({"s":null,"t":2})", "--stream: no field \"s\""},
        BadLine{"NestedField", R"({"s":[1],"t":2})",
                "--stream: field \"s\" is an object or a list"},
        BadLine{"NoTime", R"({"s":"b","t":"soon"})",
                "--time: \"soon\" is no time"},
        BadLine{"TimeBeyondAll", R"({"s":"b","t":9223372036854775807})",
                "is not within years 0001 to 9999"},
        BadLine{"StoresOwnStream", R"({"s":"$b","t":2})",
                "belongs to the store"},
        BadLine{"EmptyStream", R"({"s":"","t":2})", "empty"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(ImportJsonTest, ALineOf100MegabytesIsABadLine) {
  const std::string content =
      "{\"s\":\"a\"}\n" +
      (std::string(2000, ' ') + "{\"s\":\"" + std::string(100 << 20, 'x')) +
      "\"}\n{\"s\":\"c\"}\n";
  EXPECT_EQ(Import(content).err,
            "daybook: line 2: the line is longer than 33554432 bytes\n");
  EXPECT_EQ(Import(content, {"--rejects", RejectsFile()}).exit_code, 6);
  EXPECT_THAT(Stored(), ElementsAre(R"(a={"s":"a"})", R"(c={"s":"c"})"));
  EXPECT_LT(Rejects().size(), 4096u);
  EXPECT_THAT(Rejects(), HasSubstr("\"cut\":true"));
}

TEST_F(ImportJsonTest, AnEventAboveTheStoresLimitIsABadLine) {
  const std::string content =
      "{\"s\":\"" + std::string(17 << 20, 'x') + "\"}\n{\"s\":\"b\"}\n";
  EXPECT_THAT(Import(content).err, StartsWith("daybook: line 1: "));
  EXPECT_THAT(Stored(), Not(::testing::Contains(StartsWith("x"))));
}

TEST_F(ImportJsonTest, ABadCsvRowHasTheLineItBeginsIn) {
  const CommandResult result =
      ImportCsv("s,x\na,\"1\n2\"\nb\nc,3\n", {"--rejects", RejectsFile()});
  EXPECT_EQ(result.exit_code, 6);
  EXPECT_EQ(Rejects(),
            R"({"line":4,"reason":"1 fields under 2 columns","text":"b"})"
            "\n");
  EXPECT_EQ(Stored().size(), 2u);
}

TEST_F(ImportJsonTest, EventsForATombstonedStreamAreRejected) {
  Import("{\"s\":\"a\"}\n");
  ASSERT_OK(daybook_.store().TombstoneStream("a"));
  const CommandResult result = Import("{\"s\":\"a\",\"n\":2}\n{\"s\":\"b\"}\n",
                                      {"--rejects", RejectsFile()});
  EXPECT_EQ(result.exit_code, 6) << result.err;
  EXPECT_THAT(Rejects(), HasSubstr("tombstoned"));
  EXPECT_THAT(Stored(), ::testing::Contains(StartsWith("b=")));
}

// --- the command line -------------------------------------------------------

TEST_F(ImportJsonTest, ATextThatIsNoTemplateIsAUsageError) {
  const CommandResult result = Import("", {"--tag", "{"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, StartsWith("daybook: --tag: template \"{\": "));
}

TEST_F(ImportJsonTest, StreamAndTypeMustBeGiven) {
  EXPECT_EQ(daybook_({"import", "json", "-", "--stream", "s"}).exit_code, 2);
  EXPECT_EQ(daybook_({"import", "json", "-", "--type", "t"}).exit_code, 2);
}

TEST_F(ImportJsonTest, AMissingFileIsNotFoundAndEarlierRejectsStay) {
  daybook_.folder().Write("rejects", "of an earlier run");
  EXPECT_EQ(daybook_({"import", "json", "/no/such", "--stream", "s", "--type",
                      "t", "--rejects", RejectsFile()})
                .exit_code,
            4);
  EXPECT_EQ(Rejects(), "of an earlier run");
}

TEST_F(ImportJsonTest, RejectsNeverReplaceTheInput) {
  for (const char* command : {"events", "json"}) {
    const std::string input = daybook_.folder().Write("in", "{}\n");
    std::vector<std::string> arguments = {"import", command, input, "--rejects",
                                          input};
    if (command == std::string("json")) {
      arguments.insert(arguments.end(), {"--stream", "s", "--type", "t"});
    }
    EXPECT_EQ(daybook_(arguments).exit_code, 2);
    EXPECT_EQ(daybook_.folder().Read("in"), "{}\n");
  }
}

TEST_F(ImportJsonTest, ReportAsJson) {
  EXPECT_THAT(Import("{\"s\":\"a\"}\n", {"--format", "json"}).out,
              StartsWith(R"({"lines":1,"appended":1,"already_there":0,)"));
}

}  // namespace
}  // namespace daybook::tools
