// What `read` and `event` write, in every format, of awkward events.

#include "tools/event_printer.h"

#include <nlohmann/json.hpp>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/command_runner.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::CommandRunner;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Not;
using ::testing::StartsWith;

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

class EventPrinterTest : public ::testing::Test {
 protected:
  EventPrinterTest() { daybook_({"init"}); }

  void Append(NewEvent event, const std::string& stream = "s-1") {
    if (event.type.empty()) event.type = "t";
    ASSERT_OK(
        daybook_.store().Append(stream, ExpectedRevision::Any(), {event}));
  }
  std::string Read(const std::string& format) {
    return daybook_({"read", "--all", "--format", format}).out;
  }

  CommandRunner daybook_;
};

TEST_F(EventPrinterTest, JsonHasEveryFieldInOrder) {
  Append({.type = "t",
          .payload = "{ \"n\": 1.10 }",
          .content_type = "application/json",
          .tags = {"a:1"},
          .metadata = {.correlation_id = "c", .fields = {{"k", "v"}}},
          .occurred_at = absl::FromUnixSeconds(1'442'018'818),
          .source = "/s",
          .id = *EventId::Parse("0190163d-8694-739b-aea5-966c26f8ad91")});
  EXPECT_EQ(Read("json"),
            R"({"position":0,"stream":"s-1","revision":0,)"
            R"("id":"0190163d-8694-739b-aea5-966c26f8ad91","type":"t",)"
            R"("source":"/s","content_type":"application/json",)"
            R"("tags":["a:1"],"time":"2015-09-12T00:46:58Z",)"
            R"("recorded_at":"2026-03-03T01:06:40Z",)"
            R"("metadata":{"correlation_id":"c","fields":{"k":"v"}},)"
            R"("data":{"n":1.10}})"
            "\n");
}

TEST_F(EventPrinterTest, JsonGivesWhatIsNoJsonInBase64) {
  Append({.payload = std::string("\0\xff", 2)});
  Append({.payload = "{broken", .content_type = "application/json"});
  Append({.payload = "{}", .content_type = "text/plain"});
  const std::vector<std::string> lines = LinesOf(Read("json"));
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_THAT(lines[0], HasSubstr(R"("time":null)"));
  EXPECT_THAT(lines[0], HasSubstr(R"("metadata":{},"data_base64":"AP8="})"));
  EXPECT_THAT(lines[1], HasSubstr(R"("data_base64":"e2Jyb2tlbg=="})"));
  EXPECT_THAT(lines[2], HasSubstr(R"("data_base64":"e30="})"));
}

TEST_F(EventPrinterTest, JsonStaysOnOneLineAndParses) {
  Append({.type = "quote\"\\\x1b",
          .payload = "{\n  \"a\": \"x\\ny\",\r\n\t\"b\": []\n}",
          .content_type = "application/json",
          .tags = {"t\n", "ü\xc2\x9b"}},
         "line\nbreak");
  const std::string out = Read("json");
  ASSERT_EQ(LinesOf(out).size(), 1u);
  const nlohmann::json event = nlohmann::json::parse(out);
  EXPECT_EQ(event["stream"], "line\nbreak");
  EXPECT_EQ(event["type"], "quote\"\\\x1b");
  EXPECT_EQ(event["tags"][1], "ü\xc2\x9b");
  EXPECT_EQ(event["data"]["a"], "x\ny");
  EXPECT_THAT(out, Not(HasSubstr("\x1b")));
  EXPECT_THAT(out, Not(HasSubstr("\xc2\x9b")));
}

TEST_F(EventPrinterTest, CsvQuotesAsRfc4180Says) {
  EXPECT_EQ(CsvField("plain text"), "plain text");
  EXPECT_EQ(CsvField("a,b"), "\"a,b\"");
  EXPECT_EQ(CsvField("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(CsvField("two\nlines"), "\"two\nlines\"");
  EXPECT_EQ(CsvField("cr\r"), "\"cr\r\"");
  EXPECT_EQ(CsvField(""), "");
}

TEST_F(EventPrinterTest, CsvHasAHeaderAndEndsLinesWithCrLf) {
  Append({.payload = "a,\"b\"",
          .content_type = "text/plain",
          .tags = {"x", "y"},
          .id = *EventId::Parse("0190163d-8694-739b-aea5-966c26f8ad91")});
  Append({.payload = "\xff",
          .id = *EventId::Parse("0190163d-8694-739b-aea5-966c26f8ad92")});
  EXPECT_EQ(Read("csv"),
            "position,stream,revision,id,type,source,content_type,tags,time,"
            "recorded_at,metadata,data,data_base64\r\n"
            "0,s-1,0,0190163d-8694-739b-aea5-966c26f8ad91,t,,text/plain,"
            "\"[\"\"x\"\",\"\"y\"\"]\",,2026-03-03T01:06:40Z,{},"
            "\"a,\"\"b\"\"\",\r\n"
            "1,s-1,1,0190163d-8694-739b-aea5-966c26f8ad92,t,,"
            "application/octet-stream,[],,2026-03-03T01:06:40Z,{},,/w==\r\n");
}

TEST_F(EventPrinterTest, RawIsPayloadsWithNewlines) {
  Append({.payload = "one"});
  Append({.payload = std::string("\0\xff", 2)});
  EXPECT_EQ(Read("raw"), std::string("one\n\0\xff\n", 7));
  // One event alone comes as it is.
  EXPECT_EQ(daybook_({"event", "@1", "--format", "raw"}).out,
            std::string("\0\xff", 2));
}

TEST_F(EventPrinterTest, TableIsAlignedAndEscaped) {
  Append({.type = "short", .payload = "1"});
  Append({.type = "a-longer-type", .payload = "x\x1b[2J\ny"}, "stream-2");
  const std::vector<std::string> lines = LinesOf(Read("table"));
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_THAT(lines[0], StartsWith("position  stream    revision  type"));
  EXPECT_EQ(lines[1].find("short"), lines[0].find("type"));
  EXPECT_EQ(lines[2].find("a-longer-type"), lines[0].find("type"));
  EXPECT_THAT(lines[2], HasSubstr("x\\x1b[2J\\ny"));
}

TEST_F(EventPrinterTest, TableFitsTheTerminal) {
  daybook_.terminal().width = 60;
  for (int i = 0; i < 500; ++i) {
    Append(
        {.type = std::string(i % 40 + 1, 't'), .payload = std::string(i, 'x')},
        "stream-" + std::string(i % 50, 's'));
  }
  std::vector<size_t> widths;
  for (const std::string& line : LinesOf(Read("table"))) {
    widths.push_back(line.size());
  }
  // "…" is one column and three bytes, once a cell.
  EXPECT_THAT(widths, Each(Le(60u + 6 * 2)));
}

TEST_F(EventPrinterTest, BinaryPayloadShowsItsSizeInATable) {
  Append({.payload = std::string(2048, '\xff')});
  EXPECT_THAT(Read("table"), HasSubstr("(2.0 KiB)"));
}

TEST_F(EventPrinterTest, ColoursOnlyWhereTheTerminalHasThem) {
  Append({.payload = "1"});
  EXPECT_THAT(Read("table"), Not(HasSubstr("\033[")));
  daybook_.terminal().colors = true;
  EXPECT_THAT(Read("table"), HasSubstr("\033[1m"));
}

}  // namespace
}  // namespace daybook::tools
