// The command `import ocel`, on stores in memory. The real log:
// process_logs_test.cc.

#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/command_runner.h"
#include "tests/tools/gzip.h"
#include "tests/tools/seeded_random.h"
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

constexpr std::string_view kJson = R"({
 "ocel:global-log": {"ocel:version": "1.0"},
 "ocel:events": {
  "e1": {"ocel:activity": "place", "ocel:timestamp": "2020-07-09T08:20:01.5+01:00",
         "ocel:omap": ["o1", "i1"], "ocel:vmap": {"price": 12.50, "b": true}},
  "e2": {"ocel:activity": "pay", "ocel:timestamp": "2020-07-08T00:00:00Z",
         "ocel:omap": ["o1"], "ocel:vmap": {}}},
 "ocel:objects": {
  "o1": {"ocel:type": "order", "ocel:ovmap": {}},
  "i1": {"ocel:type": "item", "ocel:ovmap": {"weight": 1.0}}}})";

constexpr std::string_view kXml = R"(<?xml version="1.0"?>
<log>
<global scope="log"><string key="version" value="1.0"/></global>
<events>
<event>
 <string key="id" value="e1"/><string key="activity" value="place"/>
 <date key="timestamp" value="2020-07-09T08:20:01.500+01:00"/>
 <list key="omap"><string key="object-id" value="o1"/>
  <string key="object-id" value="i1"/></list>
 <list key="vmap"><float key="price" value="12.50"/>
  <boolean key="b" value="true"/></list>
</event>
<event>
 <string key="id" value="e2"/><string key="activity" value="pay"/>
 <date key="timestamp" value="2020-07-08T00:00:00.000Z"/>
 <list key="omap"><string key="object-id" value="o1"/></list>
 <list key="vmap"/>
</event>
</events>
<objects>
<object><string key="id" value="o1"/><string key="type" value="order"/>
 <list key="ovmap"/></object>
<object><string key="id" value="i1"/><string key="type" value="item"/>
 <list key="ovmap"><float key="weight" value="1.0"/></list></object>
</objects>
</log>
)";

class ImportOcelTest : public ::testing::Test {
 protected:
  ImportOcelTest() { daybook_({"init"}); }

  // With orders as streams.
  CommandResult Import(std::string_view content,
                       const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"--stream-object", "order"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return ImportWith(content, arguments);
  }
  CommandResult ImportWith(std::string_view content,
                           const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {
        "import", "ocel", daybook_.folder().Write("in.ocel", content)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return daybook_(arguments);
  }
  // A log in JSON of these members of events and objects.
  static std::string Log(std::string_view events, std::string_view objects) {
    return absl::StrCat("{\"ocel:events\":{\n", std::string(events),
                        "},\n\"ocel:objects\":{", std::string(objects), "}}");
  }
  std::vector<Event> Events() {
    std::vector<Event> events;
    absl::StatusOr<EventCursor> cursor = daybook_.store().ReadLog();
    EXPECT_OK(cursor);
    for (const EventView& event : *cursor) events.push_back(event.ToEvent());
    return events;
  }
  std::vector<std::string> Names() {
    std::vector<std::string> names;
    for (const Event& event : Events()) {
      names.push_back(absl::StrCat(event.stream, "/", event.type));
    }
    return names;
  }

  CommandRunner daybook_;
};

constexpr char kOrder[] = R"("o1":{"ocel:type":"order","ocel:ovmap":{}})";
constexpr char kEvent[] =
    R"("e1":{"ocel:activity":"a","ocel:timestamp":"2020-01-01T00:00:00Z","ocel:omap":["o1"]})";

// --- what is imported -------------------------------------------------------

TEST_F(ImportOcelTest, ObjectsAreTagsAndOneOfThemIsTheStream) {
  const CommandResult result = Import(kJson);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, StartsWith("3 events: 3 events appended"));
  EXPECT_THAT(Names(),
              ElementsAre("ocel-objects/ocel.object", "o1/place", "o1/pay"));
  const Event place = Events()[1];
  EXPECT_THAT(place.tags, ElementsAre("order:o1", "item:i1"));
  EXPECT_EQ(TimeText(*place.occurred_at), "2020-07-09T07:20:01.5Z");
  EXPECT_EQ(place.metadata.fields,
            (std::map<std::string, std::string>{{"ocel.id", "e1"}}));
  EXPECT_EQ(place.payload,
            R"({"ocel:activity":"place","ocel:omap":["o1","i1"],)"
            R"("ocel:timestamp":"2020-07-09T08:20:01.5+01:00",)"
            R"("ocel:vmap":{"b":true,"price":12.50}})");
}

TEST_F(ImportOcelTest, AnObjectWithAttributesIsAnEventBeforeThoseThatNameIt) {
  Import(kJson);
  const Event object = Events()[0];
  EXPECT_THAT(object.tags, ElementsAre("item:i1"));
  EXPECT_EQ(
      object.payload,
      R"({"ocel:id":"i1","ocel:ovmap":{"weight":1.0},"ocel:type":"item"})");
  EXPECT_THAT(
      daybook_({"read", "--query", R"({"items":[{"tags":["item:i1"]}]})",
                "--format", "raw"})
          .out,
      AllOf(StartsWith(object.payload), HasSubstr("\"place\"")));
}

TEST_F(ImportOcelTest, BothEncodingsGiveTheSameLog) {
  const std::vector<std::string> options = {"--name", "n", "--log-stream",
                                            "about"};
  Import(kJson, options);
  const std::string from_json = daybook_({"export"}).out;
  // All of it is known, down to the keys.
  EXPECT_THAT(Import(kXml, options).out,
              StartsWith("3 events: 0 events appended, 4 already there"));
  EXPECT_THAT(Import(Gzip(kXml), options).out, HasSubstr(" 0 events appended"));
  EXPECT_EQ(daybook_({"export"}).out, from_json);
}

TEST_F(ImportOcelTest, TagsMayBeginOtherwiseAndStreamsBeMadeOfTemplates) {
  ImportWith(kJson,
             {"--stream", "order-{object.order}", "--object-tag", "item=thing",
              "--tag", "price:{ocel:vmap.price}", "--object-stream", "things"});
  EXPECT_THAT(Names(), ElementsAre("things/ocel.object", "order-o1/place",
                                   "order-o1/pay"));
  EXPECT_THAT(Events()[1].tags,
              ElementsAre("order:o1", "thing:i1", "price:12.50"));
}

TEST_F(ImportOcelTest, EventsStandAsInTheFileOrByTheirTimes) {
  Import(kJson, {"--order", "time"});
  EXPECT_THAT(Names(),
              ElementsAre("o1/pay", "ocel-objects/ocel.object", "o1/place"));
}

TEST_F(ImportOcelTest, WithoutAStreamTheTypesThatThereAreAreNamed) {
  const CommandResult none = ImportWith(kJson, {});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.err, AllOf(HasSubstr("--stream-object TYPE"),
                              HasSubstr("\"item\", \"order\"")));
  EXPECT_THAT(ImportWith(kXml, {"--stream-object", "ordr"}).err,
              HasSubstr("no object has the type \"ordr\""));
  EXPECT_THAT(Import(kXml, {"--object-tag", "itm=x"}).err,
              HasSubstr("--object-tag: no object has the type \"itm\""));
  EXPECT_THAT(Events(), IsEmpty());
}

TEST_F(ImportOcelTest, EventsOfNoOrSeveralStreamsGoWhereItIsSaid) {
  const std::string log = Log(
      R"("a":{"ocel:activity":"none","ocel:timestamp":"2020-01-01T00:00:00Z"},
"b":{"ocel:activity":"two","ocel:timestamp":"2020-01-01T00:00:00Z","ocel:omap":["o1","o2"]},
"c":{"ocel:activity":"one","ocel:timestamp":"2020-01-01T00:00:00Z","ocel:omap":["o1","o1"]})",
      absl::StrCat(kOrder, R"(,"o2":{"ocel:type":"order"})"));
  EXPECT_THAT(Import(log).err,
              StartsWith("daybook: line 2: event \"a\": it names no object of "
                         "the type \"order\"; --other-stream NAME"));
  EXPECT_THAT(Events(), IsEmpty());
  EXPECT_EQ(Import(log, {"--other-stream", "rest"}).exit_code, 0);
  EXPECT_THAT(Names(), ElementsAre("rest/none", "rest/two", "o1/one"));
}

TEST_F(ImportOcelTest, WhatHasNoPlaceIsSaid) {
  const CommandResult result =
      Import(Log(kEvent, absl::StrCat(kOrder, R"(,"x":{"ocel:type":"t"})")));
  EXPECT_THAT(result.err, HasSubstr("1 object without attributes that no event "
                                    "names: left out"));
  EXPECT_THAT(Import(kXml).err, HasSubstr("--log-stream"));
}

// --- bad input --------------------------------------------------------------

TEST_F(ImportOcelTest, AnEventThatCantBeUsedIsRejectedWithItsLine) {
  const std::pair<std::string, std::string> cases[] = {
      {R"("ocel:timestamp":"2020-01-01T00:00:00Z","ocel:omap":["o1"])",
       "no ocel:activity"},
      {R"("ocel:activity":1,"ocel:timestamp":"2020-01-01T00:00:00Z")",
       "ocel:activity is no string"},
      {R"("ocel:activity":"a","ocel:omap":["o1"])", "no ocel:timestamp"},
      {R"("ocel:activity":"a","ocel:timestamp":"soon","ocel:omap":["o1"])",
       "ocel:timestamp: "},
      {R"("ocel:activity":"a","ocel:timestamp":"2020-01-01T00:00:00Z","ocel:omap":["x"])",
       "it names the object \"x\", which is not among"},
      {R"("ocel:activity":"a","ocel:timestamp":"2020-01-01T00:00:00Z","ocel:omap":{"o1":1})",
       "ocel:omap is no list of strings"},
      {R"("ocel:activity":"a","ocel:activity":"a","ocel:timestamp":"2020-01-01T00:00:00Z")",
       "the member \"ocel:activity\" twice"},
      {R"("ocel:activity":"a","ocel:timestamp":"2020-01-01T00:00:00Z","ocel:vmap":{"x":1,"x":2})",
       "the member \"x\" twice"},
  };
  for (const auto& [members, reason] : cases) {
    const std::string log =
        Log(absl::StrCat(kEvent, ",\n\"e2\":{", members, "}"), kOrder);
    const CommandResult stopped = Import(log);
    EXPECT_EQ(stopped.exit_code, 1) << members;
    EXPECT_THAT(stopped.err,
                StartsWith("daybook: line 3: event \"e2\": " + reason));
    EXPECT_THAT(Events(), IsEmpty());
  }
  const std::string again = Log(absl::StrCat(kEvent, ",\n", kEvent),
                                absl::StrCat(kOrder, ",\n", kOrder));
  const std::string rejects = daybook_.folder().File("rejects");
  EXPECT_EQ(Import(again, {"--rejects", rejects}).exit_code, 6);
  EXPECT_THAT(daybook_.folder().Read("rejects"),
              AllOf(HasSubstr("a second event with the id \\\"e1\\\""),
                    HasSubstr("a second object with the id \\\"o1\\\"")));
  EXPECT_THAT(Names(), ElementsAre("o1/a"));
}

TEST_F(ImportOcelTest, ADocumentThatIsNoOcelAppendsNothing) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "the input is empty"},
      {"a,b\n1,2\n", "neither JSON nor XML"},
      {"{}", "no OCEL 1.0: there is no member \"ocel:events\""},
      {R"({"objectTypes":[],"eventTypes":[],"events":[],"objects":[]})",
       "this is OCEL 2.0"},
      {"<log><object-types/></log>", "line 1: this is OCEL 2.0"},
      {"<log>\n<trace/></log>", "line 2: this is a log of XES"},
      {"<html/>", "line 1: the document is <html>"},
      {"<log><events/></log>", "no OCEL 1.0: there is no <objects>"},
      {"<!DOCTYPE log><log/>", "line 1: a DOCTYPE"},
      {Log(kEvent, kOrder) + "x", ""},
      {R"({"ocel:events":[],"ocel:objects":{}})",
       "line 1: \"ocel:events\" is no object"},
      {R"({"ocel:events":{},"ocel:events":{},"ocel:objects":{}})",
       "line 1: \"ocel:events\" for a second time"},
      {Log("\"e\":" + std::string(200, '[') + std::string(200, ']'), ""), ""},
      {Log("\"e\xFF\":{}", ""), ""},
      {Log(kEvent, kOrder).substr(0, 80), ""},
  };
  for (const auto& [document, reason] : cases) {
    const CommandResult result = Import(document);
    EXPECT_EQ(result.exit_code, 1) << document;
    EXPECT_THAT(result.err, StartsWith("daybook: " + reason)) << document;
    EXPECT_THAT(Events(), IsEmpty()) << document;
  }
}

TEST_F(ImportOcelTest, MoreThanMayBeHeldIsRefused) {
  const std::string space(1'000'000, ' ');
  const CommandResult result =
      Import(Gzip(Log(absl::StrCat(kEvent, space), kOrder)),
             {"--max-memory", "500KB"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("--max-memory"));
  EXPECT_THAT(Events(), IsEmpty());
}

TEST_F(ImportOcelTest, NamesDriveNoTerminal) {
  const std::string log = Log(
      R"("\u001b[31m":{"ocel:activity":"\u001b[31m\u202e","ocel:timestamp":"2020-01-01T00:00:00Z","ocel:omap":["\u202e"]})",
      "\"\\u202e\":{\"ocel:type\":\"\\u001b[31m\"}");
  const CommandResult refused = Import(log);
  EXPECT_THAT(refused.err,
              AllOf(Not(HasSubstr("\x1b")), HasSubstr("\\x1b[31m")));
  ImportWith(log, {"--stream", "s"});
  for (const char* command : {"read --all", "event @0"}) {
    const std::string text(command);
    const size_t space = text.find(' ');
    const std::string out =
        daybook_({text.substr(0, space), text.substr(space + 1)}).out;
    EXPECT_THAT(out, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\u202e"))));
  }
}

// --- any log ----------------------------------------------------------------

TEST_F(ImportOcelTest, AnyLogIsTheSameFromBothEncodings) {
  SeededRandom random;
  for (int round = 0; round < 30; ++round) {
    std::string events;
    std::string xml_events;
    const std::string time = TimeText(absl::FromUnixMillis(
        static_cast<int64_t>(random.Below(2'000'000'000'000))));
    for (uint64_t i = 0; i < 1 + random.Below(5); ++i) {
      const std::string word = random.Text("abc <\\", 5) + "x";
      const uint64_t number = random.Below(1000);
      const std::string id = absl::StrCat("e", i);
      const std::string object = absl::StrCat("o", random.Below(3));
      absl::StrAppend(&events, i > 0 ? "," : "", "\"", id, "\":",
                      json({{"ocel:activity", word},
                            {"ocel:timestamp", time},
                            {"ocel:omap", {object}},
                            {"ocel:vmap", {{"n", number}, {word, word}}}})
                          .dump());
      std::string escaped;
      for (const char c : word) absl::StrAppend(&escaped, "&#", int{c}, ";");
      absl::StrAppend(
          &xml_events, "<event><list key='vmap'><string key='", escaped,
          "' value='", escaped, "'/><int key='n' value='", number,
          "'/></list><list key='omap'><string key='object-id' value='", object,
          "'/></list><date key='timestamp' value='", time,
          "'/><string key='id' value='", id,
          "'/><string key='activity' value='", escaped, "'/></event>");
    }
    std::string objects;
    std::string xml_objects;
    for (int i = 0; i < 3; ++i) {
      absl::StrAppend(&objects, i > 0 ? "," : "", "\"o", i,
                      R"(":{"ocel:type":"order","ocel:ovmap":{"s":"v"}})");
      absl::StrAppend(&xml_objects, "<object><string key='id' value='o", i,
                      "'/><string key='type' value='order'/><list key='ovmap'>"
                      "<string key='s' value='v'/></list></object>");
    }
    const std::string name = absl::StrCat("n", round);
    ASSERT_EQ(Import(Log(events, objects), {"--name", name}).exit_code, 0);
    const CommandResult again =
        Import(absl::StrCat("<log><events>", xml_events, "</events><objects>",
                            xml_objects, "</objects></log>"),
               {"--name", name});
    ASSERT_THAT(again.out, HasSubstr(": 0 events appended")) << xml_events;
    ASSERT_EQ(again.exit_code, 0) << again.err;
  }
}

}  // namespace
}  // namespace daybook::tools
