#include "tools/cloud_event_reader.h"

#include <csignal>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"
#include "tests/tools/gzip.h"
#include "tests/tools/seeded_random.h"
#include "tools/interrupt.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::Gzip;
using ::daybook::testing::SeededRandom;
using ::daybook::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What a reader gives: "line: text", and how it ends.
struct Reading {
  std::vector<std::string> events;
  std::vector<std::string> problems;
  absl::Status status;
};

class CloudEventReaderTest : public ::testing::Test {
 protected:
  Reading Read(std::string_view content) {
    auto lines = LineReader::Open(folder_.Write("input", content), 0);
    EXPECT_OK(lines);
    CloudEventReader reader(**lines);
    Reading reading;
    while (reader.Next()) {
      reading.events.push_back(
          absl::StrCat(reader.line_number(), ": ", std::string(reader.text())));
      if (!reader.event_status().ok()) {
        reading.problems.emplace_back(reader.event_status().message());
      }
    }
    EXPECT_FALSE(reader.Next());
    reading.status = reader.status();
    return reading;
  }
  std::vector<std::string> Events(std::string_view content) {
    Reading reading = Read(content);
    EXPECT_OK(reading.status) << content;
    return std::move(reading.events);
  }
  // How the reading of a broken batch ends.
  std::string Trouble(std::string_view content) {
    return std::string(Read(content).status.message());
  }

  TemporaryFolder folder_;
};

TEST_F(CloudEventReaderTest, ALineIsAnEvent) {
  EXPECT_THAT(Events("{\"a\":1}\n\n \r\n {\"b\":[]} \r\n{\"c\""),
              ElementsAre("1: {\"a\":1}", "4: {\"b\":[]}", "5: {\"c\""));
  EXPECT_THAT(Events(""), IsEmpty());
  EXPECT_THAT(Events("\n \n"), IsEmpty());
}

TEST_F(CloudEventReaderTest, ABadLineIsALine) {
  EXPECT_THAT(Events("{\"a\":{\nx]\n{\"b\":1}\n"),
              ElementsAre("1: {\"a\":{", "2: x]", "3: {\"b\":1}"));
}

TEST_F(CloudEventReaderTest, ABraceAloneBeginsAnEventOnSeveralLines) {
  EXPECT_THAT(
      Events("{\n \"a\": \"}\\\"}\",\n \"b\": {\n }\n}\n{\n}\n{\"c\":1}"),
      ElementsAre("1: {\n \"a\": \"}\\\"}\",\n \"b\": {\n }\n}", "6: {\n}",
                  "8: {\"c\":1}"));
}

TEST_F(CloudEventReaderTest, AnEventThatTheInputEndsInIsGivenAsFarAsItGoes) {
  EXPECT_THAT(Events("{\n\"a\":\n"), ElementsAre("1: {\n\"a\":"));
}

TEST_F(CloudEventReaderTest, ABatchIsAListWhateverItsLines) {
  for (const char* batch : {"[{\"a\":1},{\"b\":\"],[\\\"\"}]",
                            "\n [ {\"a\":1} ,\n{\"b\":\"],[\\\"\"}\n] \n"}) {
    std::vector<std::string> events = Events(batch);
    for (std::string& event : events) event = event.substr(3);
    EXPECT_THAT(events, ElementsAre("{\"a\":1}", "{\"b\":\"],[\\\"\"}"))
        << batch;
  }
  EXPECT_THAT(Events("[\n{\"a\":1},\n\n{\"b\":\n1}]"),
              ElementsAre("2: {\"a\":1}", "4: {\"b\":\n1}"));
  EXPECT_THAT(Events("[]"), IsEmpty());
  EXPECT_THAT(Events(" [ ]\n\n"), IsEmpty());
}

TEST_F(CloudEventReaderTest, ABatchMayHoldAnything) {
  EXPECT_THAT(
      Events("[1, null,\"x,]\",[[]],{\"a\"}]"),
      ElementsAre("1: 1", "1: null", "1: \"x,]\"", "1: [[]]", "1: {\"a\"}"));
}

TEST_F(CloudEventReaderTest, GzipAndAByteOrderMarkAreNoTrouble) {
  EXPECT_THAT(Events(Gzip("\xEF\xBB\xBF[{\"a\":1}]")),
              ElementsAre("1: {\"a\":1}"));
  EXPECT_THAT(Events("\xEF\xBB\xBF{\"a\":1}\n"), ElementsAre("1: {\"a\":1}"));
  EXPECT_THAT(Events("\xEF\xBB\xBF{\n}\n"), ElementsAre("1: {\n}"));
}

TEST_F(CloudEventReaderTest, ABrokenBatchEndsTheReadingAfterWhatWasWhole) {
  const Reading reading = Read("[{\"a\":1},\n{\"b\":");
  EXPECT_THAT(reading.events, ElementsAre("1: {\"a\":1}"));
  EXPECT_EQ(reading.status.message(), "line 2: the batch is cut off");
  for (const char* cut : {"[", "[ ", "[{}", "[{},", "[1", "[\"x", "[{},[\n"}) {
    EXPECT_THAT(Trouble(cut), HasSubstr("the batch is cut off")) << cut;
  }
  EXPECT_THAT(Trouble("[{},]"), HasSubstr("a comma before its end"));
  EXPECT_THAT(Trouble("[{} {}]"), HasSubstr("no comma between two events"));
  EXPECT_THAT(Trouble("[{}}"), HasSubstr("no comma between two events"));
  EXPECT_THAT(Trouble("[,{}]"), HasSubstr("no event where one should be"));
  EXPECT_THAT(Trouble("[}]"), HasSubstr("no event where one should be"));
  EXPECT_THAT(Trouble("[{}]\n[{}]"), HasSubstr("line 2: there is more after"));
}

TEST_F(CloudEventReaderTest, ADamagedFileIsSaidToBe) {
  std::string packed = Gzip("[{\"a\":1},{\"b\":1}]");
  packed.resize(packed.size() - 9);
  EXPECT_THAT(Trouble(packed), HasSubstr("is cut off: the gzip data"));
}

TEST_F(CloudEventReaderTest, AnEventThatIsTooLongIsOneBadEvent) {
  const std::string text(kCloudEventBytesMax, 'x');
  for (const std::string& content :
       {absl::StrCat("[{\"a\":\"", text, "\"},\n{\"b\":1}]"),
        absl::StrCat("{\n\"a\":\"", text.substr(99), "\",\n\"b\":\"",
                     text.substr(99), "\"\n}\n{\"b\":1}\n")}) {
    const Reading reading = Read(content);
    EXPECT_OK(reading.status);
    ASSERT_EQ(reading.events.size(), 2u);
    EXPECT_LT(reading.events[0].size(), 2048u);
    EXPECT_THAT(reading.events[1], HasSubstr("{\"b\":1}"));
    EXPECT_THAT(reading.problems, ElementsAre(HasSubstr("is longer than")));
  }
}

TEST_F(CloudEventReaderTest, ABatchOnOneLineMayBeLongerThanAnyLine) {
  std::string batch = "[";
  const std::string event = "{\"a\":\"" + std::string(1 << 20, 'x') + "\"}";
  for (int i = 0; i < 40; ++i) absl::StrAppend(&batch, i > 0 ? "," : "", event);
  EXPECT_EQ(Events(batch + "]").size(), 40u);
}

TEST_F(CloudEventReaderTest, AnInterruptEndsTheReading) {
  SetReceivedSignal(SIGINT);
  const Reading reading = Read("[{}]");
  SetReceivedSignal(0);
  EXPECT_TRUE(absl::IsCancelled(reading.status));
  EXPECT_THAT(reading.events, IsEmpty());
}

TEST_F(CloudEventReaderTest, AnyLayoutGivesTheSameEvents) {
  SeededRandom random;
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> events;
    for (uint64_t n = random.Below(6); n > 0; --n) {
      std::string text = random.Text("ab[]{},:\\ ", 8);
      // No backslash before the quote that ends it, or before any other.
      while (text.ends_with('\\')) text.pop_back();
      events.push_back("{\"a\":[\"" + text + "\"]}");
    }
    std::string lines;
    std::string batch = "[";
    for (const std::string& event : events) {
      absl::StrAppend(&lines, event, random.OneIn(2) ? "\n" : "\n\n");
      absl::StrAppend(&batch, batch.size() > 1 ? "," : "",
                      random.Text(" \n", 3), event, random.Text(" \n", 3));
    }
    for (const std::string& content : {lines, batch + "]"}) {
      std::vector<std::string> found = Events(content);
      for (std::string& event : found) event = event.substr(event.find('{'));
      ASSERT_EQ(found, events) << content;
    }
  }
}

}  // namespace
}  // namespace daybook::tools
