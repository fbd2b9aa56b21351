// The command `import events` on a store in memory.

#include <csignal>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/command_runner.h"
#include "tests/tools/gzip.h"
#include "tools/import_keys.h"
#include "tools/interrupt.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::daybook::testing::Gzip;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::string Line(const std::string& stream, const std::string& data,
                 const std::string& append = "") {
  return absl::StrCat(R"({"stream":")", stream, R"(","type":"t","data":)", data,
                      append.empty() ? "" : R"(,"append":")" + append + "\"",
                      "}\n");
}

class ImportEventsTest : public ::testing::Test {
 protected:
  ImportEventsTest() { daybook_({"init"}); }

  CommandResult Import(std::string_view content,
                       std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {
        "import", "events", daybook_.folder().Write("in.ndjson", content)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return daybook_(arguments);
  }
  CommandResult ImportWithRejects(std::string_view content) {
    return Import(content,
                  {"--rejects", daybook_.folder().File("rejects.ndjson")});
  }
  std::string Rejects() { return daybook_.folder().Read("rejects.ndjson"); }

  // "stream=payload" of all events.
  std::vector<std::string> Stored() {
    std::vector<std::string> stored;
    absl::StatusOr<EventCursor> cursor = daybook_.store().ReadLog();
    EXPECT_OK(cursor);
    for (const EventView& event : *cursor) {
      stored.push_back(absl::StrCat(std::string(event.stream), "=",
                                    std::string(event.payload), "/",
                                    event.append.count));
    }
    return stored;
  }

  CommandRunner daybook_;
};

TEST_F(ImportEventsTest, AppendsLinesInOrder) {
  const CommandResult result = Import(Line("a", "1") + Line("b", "2"));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, StartsWith("2 lines: 2 events appended, 0 already"));
  EXPECT_THAT(Stored(), ElementsAre("a=1/1", "b=2/1"));
}

TEST_F(ImportEventsTest, ANumberBeyondADoubleIsPayloadAsAnyOther) {
  const CommandResult result =
      Import(Line("a", R"({"x":1e400})") +
             R"({"stream":"a","type":"t","data":1,"time":1e400})");
  EXPECT_THAT(result.err, HasSubstr("line 2: "));
  EXPECT_THAT(Stored(), ElementsAre(R"(a={"x":1e400}/1)"));
  EXPECT_THAT(daybook_({"read", "a", "--format", "json"}).out,
              HasSubstr(R"("data":{"x":1e400})"));
}

TEST_F(ImportEventsTest, RunningItAgainChangesNothing) {
  const std::string content = Line("a", "1") + Line("b", "2") +
                              Line("c", "3", "x") + Line("d", "4", "x");
  Import(content);
  const CommandResult result = Import(content);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, StartsWith("4 lines: 0 events appended, 4 already"));
  EXPECT_EQ(daybook_.store().Head(), Position(4));
}

TEST_F(ImportEventsTest, GoesOnWhereItWas) {
  Import(Line("a", "1"));
  Import(Line("a", "1") + Line("a", "2"));
  EXPECT_THAT(Stored(), ElementsAre("a=1/1", "a=2/1"));
}

TEST_F(ImportEventsTest, RepeatedLinesAreEventsOfTheirOwn) {
  const std::string content = Line("a", "1") + Line("a", "1") + Line("a", "1");
  Import(content);
  Import(content + Line("a", "1"));
  EXPECT_EQ(Stored().size(), 4u);
}

TEST_F(ImportEventsTest, AnotherNameIsAnotherImport) {
  Import(Line("a", "1"));
  Import(Line("a", "1"), {"--name", "second"});
  EXPECT_EQ(Stored().size(), 2u);
}

TEST_F(ImportEventsTest, LinesWithOneAppendAreOneAppend) {
  Import(Line("a", "1", "x") + Line("b", "2", "x") + Line("a", "3", "y") +
         Line("a", "4") + Line("b", "5", "x"));
  EXPECT_THAT(Stored(),
              ElementsAre("a=1/2", "b=2/2", "a=3/1", "a=4/1", "b=5/1"));
}

TEST_F(ImportEventsTest, BadLineStopsWithItsNumberAndWhatWasBeforeStays) {
  const CommandResult result =
      Import(Line("a", "1") + "{\"stream\":\"a\"}\n" + Line("a", "3"));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.err, "daybook: line 2: no field \"type\"\n");
  EXPECT_THAT(result.out, HasSubstr("1 event appended"));
  EXPECT_THAT(Stored(), ElementsAre("a=1/1"));
}

TEST_F(ImportEventsTest, RejectsFileTakesBadLinesAndTheImportGoesOn) {
  const CommandResult result = ImportWithRejects(
      Line("a", "1") + "{\"stream\":\"a\"}\n" + "\xff\n" + Line("a", "3"));
  EXPECT_EQ(result.exit_code, 6);
  EXPECT_THAT(result.err, HasSubstr("2 lines were rejected"));
  EXPECT_THAT(Stored(), ElementsAre("a=1/1", "a=3/1"));
  EXPECT_EQ(Rejects(),
            "{\"line\":2,\"reason\":\"no field \\\"type\\\"\","
            "\"text\":\"{\\\"stream\\\":\\\"a\\\"}\"}\n"
            "{\"line\":3,\"reason\":\"not UTF-8\",\"text_base64\":\"/w==\"}\n");
}

TEST_F(ImportEventsTest, RejectsOfAnEarlierRunStayWhereThereIsNoStore) {
  const std::string rejects = daybook_.folder().Write("rejects.ndjson", "x\n");

  const CommandResult result = daybook_(
      {"--store", "none", "import", "events", "-", "--rejects", rejects},
      Line("a", "1"));

  EXPECT_EQ(result.exit_code, 4);
  EXPECT_EQ(Rejects(), "x\n");
}

TEST_F(ImportEventsTest, RejectsDoNotOverwriteStandardInput) {
  // Where the input is.
  const std::string input = daybook_.folder().File("standard_input");

  const CommandResult result =
      daybook_({"import", "events", "-", "--rejects", input}, Line("a", "1"));

  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("is the input itself"));
  EXPECT_EQ(daybook_.folder().Read("standard_input"), Line("a", "1"));
}

TEST_F(ImportEventsTest, WhatTheStoreRefusesIsRejectedToo) {
  const CommandResult result =
      ImportWithRejects(Line("$a", "1") +
                        R"({"stream":"a","type":"t","tags":["x","x"],"data":1})"
                        "\n" +
                        Line("a", "3"));
  EXPECT_EQ(result.exit_code, 6);
  EXPECT_THAT(Rejects(), HasSubstr("belongs to the store"));
  EXPECT_THAT(Rejects(), HasSubstr("repeats tag"));
  EXPECT_THAT(Stored(), ElementsAre("a=3/1"));
}

TEST_F(ImportEventsTest, EventForATombstonedStreamIsRejected) {
  Import(Line("a", "1"));
  ASSERT_OK(daybook_.store().TombstoneStream("a"));
  const CommandResult result =
      ImportWithRejects(Line("a", "2") + Line("b", "3"));
  EXPECT_EQ(result.exit_code, 6) << result.err;
  EXPECT_THAT(Rejects(), HasSubstr("tombstoned"));
  EXPECT_THAT(Stored(), ::testing::Contains("b=3/1"));
}

TEST_F(ImportEventsTest, TheSameLineMeaningAnotherEventNeedsAnotherName) {
  Import(Line("a", "1"));
  AppendRequest other;
  other.events.push_back({"b", {.type = "other"}});
  other.key =
      ImportKeys("in.ndjson").KeyOf(R"({"stream":"c","type":"t","data":1})");
  ASSERT_OK(daybook_.store().Append(other));
  const CommandResult result = Import(Line("c", "1"));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("--name"));
}

TEST_F(ImportEventsTest, OneBadLineRejectsItsWholeAppend) {
  const CommandResult result =
      ImportWithRejects(Line("a", "1", "x") +
                        R"({"stream":"a","append":"x"})"
                        "\n" +
                        Line("a", "3", "x") + Line("a", "4", "y"));
  EXPECT_EQ(result.exit_code, 6);
  EXPECT_THAT(Stored(), ElementsAre("a=4/1"));
  EXPECT_THAT(Rejects(), HasSubstr("{\"line\":1,\"reason\":\"line 2 of the"));
  EXPECT_THAT(Rejects(), HasSubstr("{\"line\":2,\"reason\":\"no field"));
  EXPECT_THAT(Rejects(), HasSubstr("{\"line\":3,\"reason\":\"line 2 of the"));
}

TEST_F(ImportEventsTest, AppendsBesideAnUnreadableLineAreRejected) {
  const CommandResult result =
      ImportWithRejects(Line("a", "1", "x") + "{\n" + Line("a", "3", "y") +
                        Line("a", "4", "z") + Line("a", "5"));
  EXPECT_EQ(result.exit_code, 6);
  EXPECT_THAT(Stored(), ElementsAre("a=4/1", "a=5/1"));
}

TEST_F(ImportEventsTest, SingleEventsBesideAnUnreadableLineAreNot) {
  EXPECT_EQ(
      ImportWithRejects(Line("a", "1") + "{\n" + Line("a", "3")).exit_code, 6);
  EXPECT_THAT(Stored(), ElementsAre("a=1/1", "a=3/1"));
}

TEST_F(ImportEventsTest, AppendAboveTheLimitIsRejectedWhole) {
  std::string content;
  for (int i = 0; i < 100'001; ++i) content += Line("a", "1", "x");
  const CommandResult result = ImportWithRejects(content + Line("a", "2"));
  EXPECT_EQ(result.exit_code, 6);
  EXPECT_THAT(result.out, HasSubstr("100,001 lines rejected"));
  EXPECT_THAT(Stored(), ElementsAre("a=2/1"));
}

TEST_F(ImportEventsTest, InputThatEndsWithinALineIsSaidToBeCut) {
  const std::string content = Line("a", "1") + Line("a", "2");
  const CommandResult result = Import(content.substr(0, content.size() - 9));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("line 2: no JSON"));
  EXPECT_THAT(result.err, HasSubstr("the input ends within this line"));
}

TEST_F(ImportEventsTest, CutGzipKeepsWhatWasWholeButNoHalfAppend) {
  std::string content;
  for (int i = 0; i < 1000; ++i) content += Line("a", absl::StrCat(i * 7919));
  for (int i = 0; i < 5000; ++i) {
    content += Line("b", absl::StrCat(i * 104729), "x");
  }
  const std::string packed = Gzip(content);
  const CommandResult result = Import(packed.substr(0, packed.size() * 2 / 3));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("cut off"));
  EXPECT_THAT(result.err, HasSubstr("after line"));
  EXPECT_EQ(Stored().size(), 1000u);
  EXPECT_EQ(Import(packed).exit_code, 0);
  EXPECT_EQ(Stored().size(), 6000u);
}

TEST_F(ImportEventsTest, HugeLineIsABadLine) {
  const std::string content =
      Line("a", "1") + Line("a", "\"" + std::string(40 << 20, 'x') + "\"") +
      Line("a", "3");
  EXPECT_THAT(Import(content).err,
              HasSubstr("line 2: the line is longer than 33554432 bytes"));
  EXPECT_EQ(ImportWithRejects(content).exit_code, 6);
  EXPECT_THAT(Stored(), ElementsAre("a=1/1", "a=3/1"));
  EXPECT_LT(Rejects().size(), 4096u);
  EXPECT_THAT(Rejects(), HasSubstr("\"cut\":true"));
}

TEST_F(ImportEventsTest, BlankLinesAndAByteOrderMarkAreNoTrouble) {
  EXPECT_EQ(Import("\xEF\xBB\xBF" + Line("a", "1") + "\n \r\n" + Line("a", "2"))
                .exit_code,
            0);
  EXPECT_THAT(Stored(), ElementsAre("a=1/1", "a=2/1"));
}

TEST_F(ImportEventsTest, ReadsStandardInput) {
  EXPECT_EQ(daybook_({"import", "events", "-"}, Line("a", "1")).exit_code, 0);
  EXPECT_THAT(Stored(), ElementsAre("a=1/1"));
}

TEST_F(ImportEventsTest, InterruptionSaysHowToGoOn) {
  SetReceivedSignal(SIGINT);
  const CommandResult result = Import(Line("a", "1"));
  SetReceivedSignal(0);
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_THAT(result.err, HasSubstr("run it again to go on"));
}

TEST_F(ImportEventsTest, ReportAsJson) {
  EXPECT_THAT(Import(Line("a", "1"), {"--format", "json"}).out,
              StartsWith(R"({"lines":1,"appended":1,"already_there":0,)"));
}

TEST_F(ImportEventsTest, MissingFileOrStoreIsNotFound) {
  EXPECT_EQ(daybook_({"import", "events", "/no/such"}).exit_code, 4);
  EXPECT_EQ(daybook_({"--store", "other", "import", "events", "-"}).exit_code,
            4);
}

}  // namespace
}  // namespace daybook::tools
