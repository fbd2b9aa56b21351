// The command `import xes`, on stores in memory. What of XML is refused:
// xml_reader_test.cc. What attributes become: xes_attribute_test.cc. The real
// log: process_logs_test.cc.

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/strings.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/command_runner.h"
#include "tests/tools/gzip.h"
#include "tests/tools/seeded_random.h"
#include "tools/interrupt.h"
#include "tools/json_text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::daybook::testing::Gzip;
using ::daybook::testing::SeededRandom;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

std::string Attribute(std::string_view type, std::string_view key,
                      std::string_view value) {
  return absl::StrCat("<", ToAbsl(type), " key=\"", ToAbsl(key), "\" value=\"",
                      ToAbsl(value), "\"/>");
}
std::string OneEvent(std::string_view name, std::string_view time = {},
                     std::string_view more = {}) {
  return absl::StrCat(
      "<event>", Attribute("string", "concept:name", name),
      time.empty() ? "" : Attribute("date", "time:timestamp", time),
      ToAbsl(more), "</event>\n");
}
std::string OneTrace(std::string_view name, std::string_view events) {
  return absl::StrCat("<trace>", Attribute("string", "concept:name", name),
                      "\n", ToAbsl(events), "</trace>\n");
}
std::string Log(std::string_view traces) {
  return absl::StrCat("<log xes.version=\"1.0\">\n", ToAbsl(traces),
                      "</log>\n");
}

class ImportXesTest : public ::testing::Test {
 protected:
  ImportXesTest() { daybook_({"init"}); }

  CommandResult Import(std::string_view content,
                       const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {
        "import", "xes", daybook_.folder().Write("in.xes", content)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return daybook_(arguments);
  }
  std::string RejectsFile() { return daybook_.folder().File("rejects"); }
  std::string Rejects() { return daybook_.folder().Read("rejects"); }
  std::vector<Event> Events() {
    std::vector<Event> events;
    absl::StatusOr<EventCursor> cursor = daybook_.store().ReadLog();
    EXPECT_OK(cursor);
    for (const EventView& event : *cursor) events.push_back(event.ToEvent());
    return events;
  }
  // "stream/type" of each, in order.
  std::vector<std::string> Names() {
    std::vector<std::string> names;
    for (const Event& event : Events()) {
      names.push_back(absl::StrCat(event.stream, "/", event.type));
    }
    return names;
  }

  CommandRunner daybook_;
};

// --- what is imported -------------------------------------------------------

TEST_F(ImportXesTest, ATraceIsAStreamAndItsEventsAreEvents) {
  const CommandResult result = Import(Log(OneTrace(
      "c-1",
      Attribute("int", "cost", "12") +
          OneEvent("pay", "2026-03-02T08:06:40.250+01:00",
                   Attribute("string", "org:resource", "Ann") +
                       Attribute("string", "org:group", "G") +
                       Attribute("date", "due", "2026-04-01T00:00:00Z")) +
          OneEvent("end"))));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, StartsWith("2 events: 2 events appended"));
  const std::vector<Event> events = Events();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].stream, "c-1");
  EXPECT_EQ(events[0].type, "pay");
  EXPECT_THAT(events[0].tags,
              ElementsAre("case:c-1", "resource:Ann", "group:G"));
  EXPECT_EQ(TimeText(*events[0].occurred_at), "2026-03-02T07:06:40.25Z");
  EXPECT_EQ(events[0].content_type, "application/json");
  EXPECT_EQ(events[0].payload,
            R"({"concept:name":"pay","due":"2026-04-01T00:00:00Z",)"
            R"("org:group":"G","org:resource":"Ann",)"
            R"("time:timestamp":"2026-03-02T08:06:40.250+01:00"})");
  EXPECT_EQ(events[0].metadata.fields,
            (std::map<std::string, std::string>{
                {"xes.trace", R"({"concept:name":"c-1","cost":12})"},
                {"xes.types", R"({"/due":"date"})"}}));
  EXPECT_TRUE(events[1].metadata.empty());
  EXPECT_FALSE(events[1].occurred_at.has_value());
}

TEST_F(ImportXesTest, TheTypeHasTheTransitionWhereThereIsOne) {
  Import(Log(OneTrace(
      "c",
      OneEvent("a", "", Attribute("string", "lifecycle:transition", "start")) +
          OneEvent("a", "", Attribute("string", "lifecycle:transition", "")) +
          OneEvent("a"))));
  EXPECT_THAT(Names(), ElementsAre("c/a+start", "c/a", "c/a"));
}

TEST_F(ImportXesTest, EventsOfAllTracesStandInTheOrderOfTheirTimes) {
  const std::string log =
      Log(OneTrace("x", OneEvent("1", "2026-01-01T00:00:00Z") +
                            OneEvent("3", "2026-01-03T00:00:00Z")) +
          OneTrace("y", OneEvent("2", "2026-01-02T00:00:00Z") +
                            OneEvent("3", "2026-01-03T01:00:00+01:00")));
  Import(log);
  EXPECT_THAT(Names(), ElementsAre("x/1", "y/2", "x/3", "y/3"));
  daybook_({"--store", "other", "init"});
  daybook_({"--store", "other", "import", "xes",
            daybook_.folder().File("in.xes"), "--order", "file"});
  std::vector<std::string> streams;
  absl::StatusOr<EventCursor> cursor = daybook_.store("other").ReadLog();
  for (const EventView& event : *cursor) streams.emplace_back(event.stream);
  EXPECT_THAT(streams, ElementsAre("x", "x", "y", "y"));
}

TEST_F(ImportXesTest, ATraceKeepsItsOrderWhateverItsTimes) {
  const CommandResult result =
      Import(Log(OneTrace("x", OneEvent("none") +
                                   OneEvent("late", "2026-01-05T00:00:00Z") +
                                   OneEvent("early", "2026-01-01T00:00:00Z")) +
                 OneTrace("y", OneEvent("between", "2026-01-03T00:00:00Z"))));
  EXPECT_THAT(Names(), ElementsAre("y/between", "x/none", "x/late", "x/early"));
  EXPECT_THAT(result.err, HasSubstr("1 event has an earlier time"));
}

TEST_F(ImportXesTest, StreamTypeAndTagsMayBeMadeOfAttributes) {
  const CommandResult result =
      Import(Log("<trace>" + Attribute("string", "nr", "7") +
                 OneEvent("a", "", Attribute("int", "n", "3")) + "</trace>"),
             {"--stream", "permit-{trace.nr}", "--type", "x-{n}", "--tag",
              "n:{n}", "--tag", "{none}"});
  EXPECT_THAT(Names(), ElementsAre("permit-7/x-3"));
  EXPECT_THAT(Events()[0].tags, ElementsAre("n:3"));
  EXPECT_THAT(result.err, HasSubstr("no event has all fields of --tag"));
}

TEST_F(ImportXesTest, TracesOfOneNameAreOneStreamAndThatIsSaid) {
  const CommandResult result =
      Import(Log(OneTrace("c", OneEvent("a", "2026-01-02T00:00:00Z")) +
                 OneTrace("c", OneEvent("b", "2026-01-01T00:00:00Z"))));
  EXPECT_THAT(Names(), ElementsAre("c/b", "c/a"));
  EXPECT_THAT(result.err, HasSubstr("1 trace has the name of an earlier one"));
}

TEST_F(ImportXesTest, AValueThatIsNoneOfItsTypeIsTextAndThatIsSaid) {
  const std::string good =
      Attribute("int", "a", "007") + Attribute("float", "b", "INF") +
      Attribute("boolean", "c", "1") + Attribute("string", "d", "maybe");
  EXPECT_THAT(Import(Log(OneTrace("c", OneEvent("a", "", good)))).err,
              Not(HasSubstr("none of its type")));
  const std::string bad =
      Attribute("int", "a", "0x10") + Attribute("boolean", "c", "maybe");

  const CommandResult result =
      Import(Log(OneTrace("c", OneEvent("b", "", bad))), {"--name", "second"});

  EXPECT_THAT(result.err, HasSubstr("2 attributes have a value that is none of "
                                    "its type"));
  EXPECT_THAT(Events()[1].payload, HasSubstr(R"("a":"0x10","c":"maybe")"));
}

TEST_F(ImportXesTest, AnIdentityThatIsAUuidIsTheId) {
  constexpr std::string_view kId = "0190163d-8694-739b-aea5-966c26f8ad91";
  Import(Log(
      OneTrace("c", OneEvent("a", "", Attribute("id", "identity:id", kId)))));
  EXPECT_EQ(Events()[0].id.ToString(), kId);
}

TEST_F(ImportXesTest, NamesWithAttributesOfTheirOwnStillCount) {
  Import(
      Log("<trace><string key='concept:name' value='c'>"
          "<string key='by' value='x'/></string>" +
          OneEvent("a") + "</trace>"));
  EXPECT_THAT(Names(), ElementsAre("c/a"));
}

TEST_F(ImportXesTest, WhatTheLogSaysOfItselfIsSaidOrKept) {
  const std::string log =
      Log("<extension name='Concept' prefix='concept' uri='u'/>"
          "<global scope='event'>" +
          Attribute("date", "d", "x") +
          "</global><classifier name='A' keys='concept:name'/>" +
          Attribute("float", "mean", "1.50") + OneTrace("c", OneEvent("a")) +
          "<trace/>");
  const CommandResult result = Import(log);
  EXPECT_THAT(result.err, HasSubstr("1 attribute, 1 global, 1 classifier, 1 "
                                    "extension; --log-stream NAME keeps it"));
  EXPECT_THAT(result.err, HasSubstr("1 trace has no events"));
  EXPECT_THAT(Import(log, {"--log-stream", "about"}).err,
              Not(HasSubstr("--log-stream")));
  const Event about = Events()[1];
  EXPECT_EQ(about.stream, "about");
  EXPECT_EQ(about.type, "xes.log");
  EXPECT_EQ(about.payload,
            R"({"attributes":{"mean":1.50},)"
            R"("classifiers":[{"name":"A","keys":"concept:name"}],)"
            R"("extensions":[{"name":"Concept","prefix":"concept","uri":"u"}],)"
            R"("globals":[{"attributes":{"d":"x"},"types":{"/d":"date"},)"
            R"("global":{"scope":"event"}}],"log":{"xes.version":"1.0"}})");
}

// --- again ------------------------------------------------------------------

TEST_F(ImportXesTest, RunningItAgainAppendsOnlyWhatIsNew) {
  const std::string twice = OneEvent("a", "2026-01-01T00:00:00Z") +
                            OneEvent("a", "2026-01-01T00:00:00Z");
  Import(Log(OneTrace("x", twice)));
  EXPECT_THAT(Import(Log(OneTrace("x", twice))).out,
              StartsWith("2 events: 0 events appended, 2 already there"));
  EXPECT_THAT(
      Import(Gzip(Log(OneTrace("w", OneEvent("a", "2025-01-01T00:00:00Z")) +
                      OneTrace("x", twice + OneEvent("b")))))
          .out,
      StartsWith("4 events: 2 events appended, 2 already there"));
  EXPECT_EQ(Import(Log(OneTrace("x", twice)), {"--name", "n"}).exit_code, 0);
  EXPECT_EQ(Events().size(), 6u);
}

TEST_F(ImportXesTest, ATraceThatSaysOtherThingsThenIsRefusedNotAppendedTwice) {
  const auto log = [](std::string_view cost) {
    return Log(OneTrace(
        "x", Attribute("int", "cost", cost) + OneEvent("a") + OneEvent("b")));
  };
  Import(log("1"));
  const CommandResult result = Import(log("2"));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("give the import another --name"));
  EXPECT_EQ(Events().size(), 2u);
}

TEST_F(ImportXesTest, OneThatWasInterruptedGoesOn) {
  const std::string log = Log(OneTrace("x", OneEvent("a") + OneEvent("b")));
  SetReceivedSignal(SIGINT);
  const CommandResult result = Import(log);
  SetReceivedSignal(0);
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_THAT(result.err, HasSubstr("run it again to go on"));
  EXPECT_EQ(Import(log).exit_code, 0);
  EXPECT_THAT(Names(), ElementsAre("x/a", "x/b"));
}

// --- bad input --------------------------------------------------------------

TEST_F(ImportXesTest, AnEventThatCantBeUsedStopsBeforeAnythingIsAppended) {
  const std::string good = OneEvent("good", "2026-01-01T00:00:00Z");
  const std::pair<std::string, std::string> cases[] = {
      {OneTrace("c", "<event/>"), "line 6: no concept:name; --type"},
      {"<trace>" + OneEvent("a") + "</trace>",
       "line 5: its trace, at line 5, has no concept:name; --stream"},
      {OneEvent("a"), "line 5: an event outside of all traces; --stream"},
      {OneTrace("c", OneEvent("a", "2026-01-01T00:00:00")),
       "line 6: time:timestamp: \"2026-01-01T00:00:00\" has no offset"},
      {OneTrace("c", OneEvent("a", "99999-01-01T00:00:00Z")),
       "line 6: time:timestamp: "},
      {OneTrace("c", OneEvent("a", "", Attribute("int", "concept:name", "1"))),
       "line 6: two attributes \"concept:name\""},
      {OneTrace("c", Attribute("int", "concept:name", "1") + OneEvent("a")),
       "line 6: its trace, at line 5, has two attributes"},
      {OneTrace("c", "<event><int value='1'/></event>"),
       "line 6: a <int> without a key"},
  };
  for (const auto& [traces, reason] : cases) {
    const CommandResult result = Import(Log(OneTrace("fine", good) + traces));
    EXPECT_EQ(result.exit_code, 1) << traces;
    EXPECT_THAT(result.err, StartsWith("daybook: " + reason));
    EXPECT_THAT(Events(), IsEmpty()) << traces;
  }
  EXPECT_EQ(Import(Log(OneTrace("c", OneEvent("a", "2026-01-01T00:00:00"))),
                   {"--utc"})
                .exit_code,
            0);
}

TEST_F(ImportXesTest, WithRejectsTheOthersAreAppended) {
  const CommandResult result =
      Import(Log(OneTrace("c", "<event><int key='n' value='1'/></event>" +
                                   OneEvent("a"))),
             {"--rejects", RejectsFile()});
  EXPECT_EQ(result.exit_code, 6);
  EXPECT_THAT(result.out, StartsWith("2 events: 1 event appended, 0 already "
                                     "there, 1 event rejected"));
  const json reject = json::parse(Rejects());
  EXPECT_EQ(reject["line"], 3);
  EXPECT_EQ(reject["text"],
            R"({"event":{"n":1},"trace":{"concept:name":"c"}})");
  // What the trace says goes with its first event that is used.
  EXPECT_EQ(Events()[0].metadata.fields.count("xes.trace"), 1u);
}

TEST_F(ImportXesTest, ADocumentThatIsNoXesAppendsNothing) {
  const std::string good = OneTrace("c", OneEvent("a"));
  const std::pair<std::string, std::string> cases[] = {
      {"<html/>", "line 1: the document is <html>, not the <log> of XES"},
      {Log(good + "<foo/>"), "line 5: XES has no element <foo> here"},
      {Log("<events/>"), "line 2: this is a log of OCEL: use `import ocel`"},
      {"{}", "this is JSON, not XES; is it OCEL? use `import ocel`"},
      {Log(good + "<trace x"), "line 5, byte "},
      {Log(good) + "x", "line 6, byte "},
      {Log(OneTrace("c", "<event><values/></event>")), "line 3: XES has no"},
      {Log("<string key='a' lang='x'/>"), "line 2: <string> has an attribute"},
      {Log("\x1b[31m"), "line 2, byte "},
      {Log("\u202e"),
       "line 2: text between elements, where none has a "
       "meaning: \"\\u202e\"\n"},
      {"", "the input is empty"},
  };
  for (const auto& [document, reason] : cases) {
    const CommandResult result = Import(document);
    EXPECT_EQ(result.exit_code, 1) << document;
    EXPECT_THAT(result.err, StartsWith("daybook: " + reason)) << document;
    EXPECT_THAT(Events(), IsEmpty()) << document;
  }
}

TEST_F(ImportXesTest, AFileThatIsCutAppendsNothingOrWholeTraces) {
  std::string cut = Log(OneTrace("x", OneEvent("a") + OneEvent("b")) +
                        OneTrace("y", OneEvent("a") + OneEvent("b")));
  cut.resize(cut.rfind("<event>"));
  EXPECT_EQ(Import(cut).exit_code, 1);
  EXPECT_THAT(Events(), IsEmpty());
  const CommandResult result = Import(cut, {"--order", "file"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, StartsWith("2 events: 2 events appended"));
  EXPECT_THAT(Names(), ElementsAre("x/a", "x/b"));
}

TEST_F(ImportXesTest, MoreThanMayBeHeldIsRefusedAndOneTraceAtATimeIsNot) {
  std::string traces;
  for (int i = 0; i < 500; ++i) {
    traces += OneTrace(
        absl::StrCat("c", i),
        OneEvent("a", "", Attribute("string", "x", std::string(1000, 'x'))));
  }
  const std::string log = Gzip(Log(traces));
  const CommandResult result = Import(log, {"--max-memory", "100KiB"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr("more than 100.0 KiB"),
                                HasSubstr("--order file")));
  EXPECT_THAT(Events(), IsEmpty());
  EXPECT_EQ(
      Import(log, {"--max-memory", "100KiB", "--order", "file"}).exit_code, 0);
  EXPECT_EQ(Events().size(), 500u);
}

TEST_F(ImportXesTest, NothingThatIsReadDrivesATerminal) {
  Import(Log(OneTrace("c\u202e&#x9b;31m", OneEvent("a\u202e&#x9b;31m"))));
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"read", "--all"},
        {"streams"},
        {"event", "@0"}}) {
    const std::string out = daybook_(command).out;
    EXPECT_THAT(out, AllOf(Not(HasSubstr("\u202e")), Not(HasSubstr("\u009b"))));
  }
  EXPECT_EQ(Events()[0].type, "a\u202e\u009b31m");
}

TEST_F(ImportXesTest, WhatTheStoreRefusesIsNamedWithItsLine) {
  const CommandResult result =
      Import(Log(OneTrace("c", OneEvent(std::string(300, 'x')))));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, StartsWith("daybook: line 3: "));
}

// --- any log ----------------------------------------------------------------

// Random traces whose events are named by their place in time.
TEST_F(ImportXesTest, AnyLogIsImportedInOrderAndWhole) {
  SeededRandom random;
  for (int round = 0; round < 20; ++round) {
    const std::string store = absl::StrCat("any-", round);
    daybook_({"--store", store, "init"});
    std::string traces;
    std::map<std::string, std::vector<std::string>> expected;
    for (uint64_t trace = 0; trace < 1 + random.Below(8); ++trace) {
      const std::string name = absl::StrCat("t", trace);
      std::string events;
      int64_t second = static_cast<int64_t>(random.Below(50));
      for (uint64_t left = random.Below(10); left > 0; --left) {
        second += static_cast<int64_t>(random.Below(20));
        const std::string note = random.Text("ab<&\"'\n\\\u00e9", 6);
        // As XML has it, and as it was meant.
        const std::string escaped = absl::StrReplaceAll(
            IsUtf8(note) ? note : "x",
            {{"<", "&lt;"}, {"&", "&amp;"}, {"\"", "&quot;"}, {"\n", "&#10;"}});
        events += OneEvent(absl::StrCat(second),
                           TimeText(absl::FromUnixSeconds(second)),
                           Attribute("string", "note", escaped));
        expected[name].push_back(
            absl::StrCat(second, " ", IsUtf8(note) ? note : "x"));
      }
      traces += OneTrace(name, events);
    }
    const std::string file = daybook_.folder().Write("any.xes", Log(traces));
    ASSERT_EQ(daybook_({"--store", store, "import", "xes", file}).exit_code, 0);
    std::map<std::string, std::vector<std::string>> found;
    absl::Time latest = absl::InfinitePast();
    absl::StatusOr<EventCursor> cursor = daybook_.store(store).ReadLog();
    ASSERT_OK(cursor);
    for (const EventView& event : *cursor) {
      EXPECT_LE(latest, *event.occurred_at);
      latest = *event.occurred_at;
      const json payload = json::parse(event.payload);
      found[std::string(event.stream)].push_back(absl::StrCat(
          std::string(event.type), " ", payload["note"].get<std::string>()));
    }
    ASSERT_EQ(found, expected) << traces;
  }
}

TEST_F(ImportXesTest, ADamagedLogIsAnErrorThatAppendsNothing) {
  SeededRandom random;
  const std::string log =
      Log("<global scope='event'/>" +
          OneTrace("x", OneEvent("1", "2026-01-01T00:00:00Z") +
                            OneEvent("3", "2026-01-03T00:00:00Z",
                                     "<list key='l'><values>" +
                                         Attribute("int", "i", "1") +
                                         "</values></list>")) +
          OneTrace("y", OneEvent("2", "2026-01-02T00:00:00Z")));
  for (int round = 0; round < 300; ++round) {
    std::string damaged = log;
    const size_t at = random.Below(damaged.size());
    if (random.OneIn(3)) {
      damaged.resize(at);
    } else if (random.OneIn(2)) {
      damaged.erase(at, 1 + random.Below(10));
    } else {
      damaged[at] = static_cast<char>(random.Below(256));
    }
    const size_t before = Events().size();
    const CommandResult result =
        Import(damaged, {"--name", absl::StrCat("n", round)});
    if (result.exit_code == 0) continue;
    ASSERT_EQ(result.exit_code, 1) << damaged;
    ASSERT_THAT(result.err, StartsWith("daybook: ")) << damaged;
    ASSERT_EQ(Events().size(), before) << damaged;
  }
}

}  // namespace
}  // namespace daybook::tools
