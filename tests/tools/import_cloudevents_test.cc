// The commands `import cloudevents` and `export --format cloudevents`, on
// stores in memory. What makes an event valid: cloud_event_test.cc. What it
// becomes: cloud_event_mapping_test.cc.

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/test_data.h"
#include "tests/tools/command_runner.h"
#include "tests/tools/gzip.h"
#include "tools/interrupt.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::daybook::testing::Gzip;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// An event with this id and subject, and more members.
std::string OneEvent(std::string_view id, std::string_view subject,
                     std::string_view more = {}) {
  return absl::StrCat(R"({"specversion":"1.0","id":")", std::string(id),
                      R"(","source":"/s","type":"t","subject":")",
                      std::string(subject), "\"", std::string(more), "}");
}

class ImportCloudEventsTest : public ::testing::Test {
 protected:
  ImportCloudEventsTest() { daybook_({"init"}); }

  CommandResult Import(std::string_view content,
                       const std::vector<std::string>& more = {},
                       const std::string& file = "in.ndjson") {
    std::vector<std::string> arguments = {
        "import", "cloudevents", daybook_.folder().Write(file, content)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return daybook_(arguments);
  }
  std::string Export(const std::string& store = "store",
                     const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"--store", store, "export",
                                          "--format", "cloudevents"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    CommandResult result = daybook_(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }
  // Imports it into the store "copy", which is made.
  CommandResult ImportIntoCopy(std::string_view content) {
    daybook_({"--store", "copy", "init"});
    return daybook_({"--store", "copy", "import", "cloudevents", "-"}, content);
  }
  std::string RejectsFile() { return daybook_.folder().File("rejects"); }
  std::string Rejects() { return daybook_.folder().Read("rejects"); }
  std::vector<Event> Events(const std::string& store = "store") {
    std::vector<Event> events;
    absl::StatusOr<EventCursor> cursor = daybook_.store(store).ReadLog();
    EXPECT_OK(cursor);
    for (const EventView& event : *cursor) events.push_back(event.ToEvent());
    return events;
  }
  std::vector<std::string> Streams() {
    std::vector<std::string> streams;
    for (const Event& event : Events()) {
      streams.push_back(event.stream);
    }
    return streams;
  }

  CommandRunner daybook_;
};

// --- what is imported -------------------------------------------------------

TEST_F(ImportCloudEventsTest, LinesABatchAndSingleEventsAreAllTaken) {
  const std::string lines =
      OneEvent("1", "a") + "\n" + OneEvent("2", "b") + "\n";
  const std::string batch =
      "[" + OneEvent("3", "c") + ",\n" + OneEvent("4", "d") + "]";
  const std::string single = json::parse(OneEvent("5", "e")).dump(2);
  EXPECT_THAT(Import(lines).out, StartsWith("2 events: 2 events appended"));
  EXPECT_EQ(Import(Gzip(batch), {}, "in.json.gz").exit_code, 0);
  EXPECT_EQ(Import(single, {}, "single.json").exit_code, 0);
  EXPECT_EQ(
      daybook_({"import", "cloudevents", "-"}, OneEvent("6", "f")).exit_code,
      0);
  EXPECT_THAT(Streams(), ElementsAre("a", "b", "c", "d", "e", "f"));
}

TEST_F(ImportCloudEventsTest, SeveralFilesAreReadOneAfterTheOther) {
  const std::string a = daybook_.folder().Write("a", OneEvent("1", "a"));
  const std::string b =
      daybook_.folder().Write("b", "[" + OneEvent("2", "b") + "]");
  EXPECT_THAT(daybook_({"import", "cloudevents", a, b}).out,
              StartsWith("2 events: 2 events appended"));
  EXPECT_THAT(Streams(), ElementsAre("a", "b"));
}

TEST_F(ImportCloudEventsTest, ErrorsNameTheFileWhereThereAreSeveral) {
  const std::string a = daybook_.folder().Write("a", OneEvent("1", "a"));
  const std::string b = daybook_.folder().Write("b", "\n{}");
  EXPECT_EQ(daybook_({"import", "cloudevents", a, b}).err,
            absl::StrCat("daybook: line 2: \"", b,
                         "\": no attribute \"specversion\"\n"));
  const std::string c = daybook_.folder().Write("c", "[");
  EXPECT_EQ(
      daybook_({"import", "cloudevents", a, c}).err,
      absl::StrCat("daybook: \"", c, "\": line 1: the batch is cut off\n"));
}

TEST_F(ImportCloudEventsTest,
       AFileThatIsMissingIsSaidBeforeAnythingIsAppended) {
  const std::string a = daybook_.folder().Write("a", OneEvent("1", "a"));
  daybook_.folder().Write("rejects", "of an earlier run");
  EXPECT_EQ(daybook_({"import", "cloudevents", a, "/no/such", "--rejects",
                      RejectsFile()})
                .exit_code,
            4);
  EXPECT_THAT(Events(), IsEmpty());
  EXPECT_EQ(Rejects(), "of an earlier run");
}

TEST_F(ImportCloudEventsTest, TheStreamMayBeMadeOfAttributesAndData) {
  const std::string event =
      OneEvent("1", "a", R"(,"region":"eu","data":{"order":{"id":7}})");
  EXPECT_EQ(Import(event, {"--stream", "{region}-{data.order.id}", "--tag",
                           "r:{region}", "--tag", "{none}"})
                .err,
            "daybook: no event has all fields of --tag \"{none}\"\n");
  EXPECT_THAT(Streams(), ElementsAre("eu-7"));
  EXPECT_THAT(Events()[0].tags, ElementsAre("r:eu"));
  // The subject goes out as the stream, and is not forgotten.
  const json out = json::parse(Export());
  EXPECT_EQ(out["subject"], "eu-7");
  EXPECT_THAT(out["daybook"].get<std::string>(),
              HasSubstr(R"("cloudevents.subject":"a")"));
}

TEST_F(ImportCloudEventsTest, FieldsThatLackAreNamed) {
  EXPECT_EQ(Import(OneEvent("1", "a"), {"--stream", "{data.id}"}).err,
            "daybook: line 1: --stream: no field \"data.id\"\n");
  EXPECT_EQ(Import("", {"--stream", "{"}).exit_code, 2);
}

// --- running it again -------------------------------------------------------

TEST_F(ImportCloudEventsTest, RunningItAgainAppendsNothingTwice) {
  const std::string content =
      OneEvent("1", "a") + "\n" + OneEvent("2", "b") + "\n";
  Import(content);
  EXPECT_THAT(Import(content + OneEvent("3", "c")).out,
              StartsWith("3 events: 1 event appended, 2 already there"));
  EXPECT_THAT(Streams(), ElementsAre("a", "b", "c"));
}

TEST_F(ImportCloudEventsTest, ABatchOfTheSameNameHoldsTheSameEvents) {
  const std::string events[] = {OneEvent("1", "a"), OneEvent("2", "b")};
  Import(events[0] + "\n" + events[1] + "\n");
  EXPECT_THAT(Import("[ " + events[0] + ",\n" + events[1] + "\n]").out,
              StartsWith("2 events: 0 events appended, 2 already there"));
}

TEST_F(ImportCloudEventsTest, EqualEventsAreEventsOfTheirOwn) {
  const std::string event = OneEvent("1", "a");
  Import("[" + event + "," + event + "]");
  EXPECT_EQ(Events().size(), 2u);
  Import("[" + event + "," + event + "]");
  EXPECT_EQ(Events().size(), 2u);
}

TEST_F(ImportCloudEventsTest, OtherTemplatesNeedAnotherName) {
  Import(OneEvent("1", "a"));
  const CommandResult result = Import(OneEvent("1", "a"), {"--tag", "x"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("give the import another --name"));
  EXPECT_EQ(Import(OneEvent("1", "a"), {"--tag", "x", "--name", "2"}).exit_code,
            0);
}

TEST_F(ImportCloudEventsTest, AnInterruptedImportGoesOnLater) {
  SetReceivedSignal(SIGINT);
  const CommandResult result = Import(OneEvent("1", "a"));
  SetReceivedSignal(0);
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_THAT(result.err, HasSubstr("run it again to go on"));
  EXPECT_EQ(Import(OneEvent("1", "a")).exit_code, 0);
  EXPECT_EQ(Events().size(), 1u);
}

TEST_F(ImportCloudEventsTest, FollowingTakesWhatComes) {
  const std::string file =
      daybook_.folder().Write("in.ndjson", OneEvent("1", "a") + "\n");
  std::thread writer([&] {
    const auto wait_for = [&](uint64_t count) {
      for (int i = 0; i < 6000 && daybook_.store().Head() < Position(count);
           ++i) {
        absl::SleepFor(absl::Milliseconds(10));
      }
    };
    wait_for(1);
    std::ofstream(file, std::ios::app) << OneEvent("2", "b") << "\n";
    wait_for(2);
    SetReceivedSignal(SIGINT);
  });
  const CommandResult result =
      daybook_({"import", "cloudevents", file, "--follow"});
  writer.join();
  SetReceivedSignal(0);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(Streams(), ElementsAre("a", "b"));
  EXPECT_EQ(
      daybook_({"import", "cloudevents", file, file, "--follow"}).exit_code, 2);
}

// --- what can't be used -----------------------------------------------------

struct BadEvent {
  const char* name;
  std::string text;
  std::string reason;
};
void PrintTo(const BadEvent& bad, std::ostream* out) { *out << bad.name; }

class BadCloudEventTest : public ImportCloudEventsTest,
                          public ::testing::WithParamInterface<BadEvent> {
 protected:
  static std::string Lines() {
    return OneEvent("1", "a") + "\n" + GetParam().text + "\n" +
           OneEvent("3", "c");
  }
  static std::string Batch() {
    return "[" + OneEvent("1", "a") + ",\n" + GetParam().text + ",\n" +
           OneEvent("3", "c") + "]";
  }
};

TEST_P(BadCloudEventTest, EndsTheImportAndWhatWasBeforeStays) {
  for (const std::string& content : {Lines(), Batch()}) {
    const CommandResult result = Import(content);
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.err, AllOf(StartsWith("daybook: line 2: "),
                                  HasSubstr(GetParam().reason)));
    EXPECT_THAT(Streams(), ElementsAre("a"));
  }
}

TEST_P(BadCloudEventTest, GoesToTheRejectsAndTheImportGoesOn) {
  for (const std::string& content : {Lines(), Batch()}) {
    EXPECT_EQ(Import(content, {"--rejects", RejectsFile()}).exit_code, 6);
    EXPECT_THAT(Streams(), ElementsAre("a", "c"));
    const json reject = json::parse(Rejects());
    EXPECT_EQ(reject["line"], 2);
    EXPECT_THAT(reject["reason"].get<std::string>(),
                HasSubstr(GetParam().reason));
  }
}

TEST_P(BadCloudEventTest, LeavesNothingThatDrivesATerminal) {
  const std::string err = Import(Lines()).err;
  EXPECT_TRUE(std::all_of(err.begin(), err.end(), [](unsigned char c) {
    return c == '\n' || (c >= 0x20 && c < 0x7F);
  })) << err;
  EXPECT_LT(err.size(), 2048u);
}

INSTANTIATE_TEST_SUITE_P(
    Events, BadCloudEventTest,
    ::testing::Values(
        BadEvent{"NoJson", R"({"specversion"})", "no JSON: parse error"},
        BadEvent{"NoObject", "7", "no JSON object"},
        BadEvent{"NoUtf8", OneEvent("\xff", "b"), "UTF-8"},
        BadEvent{"NoAttribute", "{}", "no attribute \"specversion\""},
        BadEvent{"Duplicate", OneEvent("2", "b", R"(,"id":"3")"),
                 "\"id\" stands there twice"},
        BadEvent{"EscapeInAName", OneEvent("2", "b", R"(,"\u001b[31m":1)"),
                 "is no attribute"},
        BadEvent{"DirectionInAName", OneEvent("2", "b", ",\"\u202ex\":1"),
                 "\\u202ex\" is no attribute"},
        BadEvent{"EscapeInAValue", OneEvent("2", R"(b\u001b[31m)"),
                 "\"subject\" is "},
        BadEvent{"EscapeInTheJson", "{\"a\":\x1b\u202e}", "no JSON"},
        BadEvent{"NotBase64", OneEvent("2", "b", R"(,"data_base64":"?")"),
                 "\"data_base64\" is no base64"},
        BadEvent{"GiantNumber",
                 OneEvent("2", "b", ",\"n\":" + std::string(100'000, '9')),
                 "a number must be whole"},
        BadEvent{"Deep",
                 OneEvent("2", "b",
                          ",\"data\":" + std::string(100'000, '[') +
                              std::string(100'000, ']')),
                 "nested deeper than 1000 levels"},
        BadEvent{"LongName",
                 OneEvent("2", "b", ",\"" + std::string(1 << 20, 'x') + "\":1"),
                 "makes the attributes longer"},
        BadEvent{
            "LongType",
            OneEvent("2", "b").replace(OneEvent("2", "b").find("\"t\""), 3,
                                       "\"" + std::string(257, 't') + "\""),
            "type is 257 bytes"},
        BadEvent{
            "MuchMetadata",
            OneEvent("2", "b", ",\"x\":\"" + std::string(70'000, 'x') + "\""),
            "metadata is "},
        BadEvent{"StoresOwnStream", OneEvent("2", "$b"),
                 "belongs to the store"},
        BadEvent{"NoSchema",
                 OneEvent("2", "$schemas")
                     .replace(OneEvent("2", "$schemas").find("\"t\""), 3,
                              "\"$schema-registered\""),
                 "it registers no schema"},
        BadEvent{"BadDaybook", OneEvent("2", "b", R"(,"daybook":"{")"),
                 "\"daybook\": no JSON"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(ImportCloudEventsTest, ABatchThatIsCutOffIsAnErrorAfterItsWholeEvents) {
  const CommandResult result =
      Import("[" + OneEvent("1", "a") + ",\n{\"specversion\":",
             {"--rejects", RejectsFile()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("line 2: the batch is cut off"));
  EXPECT_THAT(Streams(), ElementsAre("a"));
}

TEST_F(ImportCloudEventsTest, AnEventOf100MegabytesIsABadEvent) {
  const std::string huge =
      OneEvent("2", "b", ",\"data\":\"" + std::string(100 << 20, 'x') + "\"");
  for (const std::string& content :
       {OneEvent("1", "a") + "\n" + huge + "\n" + OneEvent("3", "c"),
        "[" + OneEvent("1", "a") + ",\n" + huge + ",\n" + OneEvent("3", "c") +
            "]"}) {
    EXPECT_EQ(Import(content, {"--rejects", RejectsFile()}).exit_code, 6);
    EXPECT_THAT(Streams(), ElementsAre("a", "c"));
    EXPECT_THAT(Rejects(),
                AllOf(HasSubstr("is longer than"), HasSubstr("\"cut\":true")));
    EXPECT_LT(Rejects().size(), 4096u);
  }
}

TEST_F(ImportCloudEventsTest, ABadItemOfABatchOnOneLineIsNamedByItsNumber) {
  const std::string batch =
      "[" + OneEvent("1", "a") + ",{}," + OneEvent("3", "c") + "]";
  EXPECT_EQ(Import(batch).err,
            "daybook: line 1: item 2: no attribute \"specversion\"\n");
}

TEST_F(ImportCloudEventsTest, RejectsNeverReplaceAnyInput) {
  const std::string a = daybook_.folder().Write("a", "{}\n");
  const std::string b = daybook_.folder().Write("b", "{}\n");
  EXPECT_EQ(daybook_({"import", "cloudevents", a, b, "--rejects", b}).exit_code,
            2);
  EXPECT_EQ(daybook_.folder().Read("b"), "{}\n");
}

// --- the conformance tests --------------------------------------------------

class ConformanceImportTest : public ImportCloudEventsTest {
 protected:
  void SetUp() override {
    DAYBOOK_TEST_DATA_OR_SKIP(folder, "cloudevents");
    folder_ = folder;
  }
  json Tests(const std::string& file) {
    std::ifstream in(folder_ / "conformance-format-tests/format/json" / file);
    return json::parse(in)["tests"];
  }
  std::filesystem::path folder_;
};

TEST_F(ConformanceImportTest, EveryValidEventGoesInAndOutAsItWas) {
  for (const json& test : Tests("valid-events.json")) {
    const std::string id = test["id"];
    SCOPED_TRACE(id);
    ASSERT_EQ(Import(test["event"].dump(), {}, id).exit_code, 0);
    const std::string out = Export();
    json last = json::parse(out.substr(out.rfind('\n', out.size() - 2) + 1));
    last.erase("sequence");
    json expected = test["event"];
    for (auto it = expected.begin(); it != expected.end();) {
      it = it->is_null() ? expected.erase(it) : std::next(it);
    }
    if (expected.contains("time")) expected["time"] = "2018-04-05T17:31:00Z";
    EXPECT_EQ(last, expected);
  }
  EXPECT_EQ(Events().size(), 10u);
}

TEST_F(ConformanceImportTest, EveryInvalidEventIsRefused) {
  const json tests = Tests("invalid-events.json");
  EXPECT_EQ(tests.size(), 25u);
  for (const json& test : tests) {
    EXPECT_EQ(Import(test["event"].dump()).exit_code, 1) << test["id"];
  }
  EXPECT_THAT(Events(), IsEmpty());
}

TEST_F(ConformanceImportTest, EveryValidBatchGoesInAndOutAsABatch) {
  const json tests = Tests("valid-batches.json");
  EXPECT_EQ(tests.size(), 5u);
  for (const json& test : tests) {
    const std::string id = test["id"];
    SCOPED_TRACE(id);
    ASSERT_EQ(daybook_({"--store", id, "init"}).exit_code, 0);
    ASSERT_EQ(daybook_({"--store", id, "import", "cloudevents", "-"},
                       test["batch"].dump())
                  .exit_code,
              0);
    json out = json::parse(Export(id, {"--batch"}));
    for (json& event : out) event.erase("sequence");
    EXPECT_EQ(out, test["batch"]);
  }
}

TEST_F(ConformanceImportTest, EveryInvalidBatchIsRefusedWithTheReason) {
  const std::map<std::string, std::string> reasons = {
      {"invalidBatchMixedSpecVersions", "\"specversion\" is \"0.9\""},
      {"invalidBatchContainingInvalidCloudEvent", "no attribute \"id\""},
      {"invalidBatchContainingNonObject", "no JSON object"}};
  const json tests = Tests("invalid-batches.json");
  EXPECT_EQ(tests.size(), 3u);
  for (const json& test : tests) {
    const CommandResult result = Import(test["batch"].dump());
    EXPECT_EQ(result.exit_code, 1) << test["id"];
    EXPECT_THAT(result.err, HasSubstr(reasons.at(test["id"])));
  }
}

// One of the three has attributes that are none: methodName, resourceName.
TEST_F(ConformanceImportTest, SamplesOfAProviderComeBackToTheByte) {
  int taken = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(folder_ / "google-structured")) {
    const CommandResult result =
        daybook_({"import", "cloudevents", entry.path().string()});
    if (result.exit_code == 0) {
      ++taken;
    } else {
      EXPECT_THAT(result.err, HasSubstr("\"methodName\" is no attribute"));
    }
  }
  EXPECT_EQ(taken, 2);
  const std::string exported = Export();
  ASSERT_EQ(ImportIntoCopy(exported).exit_code, 0);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(Events("copy")[i].payload, Events()[i].payload);
  }
  EXPECT_EQ(Export("copy"), exported);
}

// --- export -----------------------------------------------------------------

TEST_F(ImportCloudEventsTest, ABatchIsOneListOfTheSameEvents) {
  EXPECT_EQ(Export("store", {"--batch"}), "[]\n");
  Import(OneEvent("1", "a") + "\n" + OneEvent("2", "b", R"(,"data":{"x": 1})"));
  const std::string batch = Export("store", {"--batch"});
  json lines = json::array();
  std::istringstream in(Export());
  for (std::string line; std::getline(in, line);) {
    lines.push_back(json::parse(line));
  }
  EXPECT_EQ(lines.size(), 2u);
  EXPECT_EQ(json::parse(batch), lines);
  ASSERT_EQ(ImportIntoCopy(batch).exit_code, 0);
  EXPECT_EQ(Export("copy", {"--batch"}), batch);
}

TEST_F(ImportCloudEventsTest, EventsWithoutASourceGetTheOneThatIsGiven) {
  ASSERT_OK(daybook_.store().Append(
      "a", ExpectedRevision::Any(),
      {{.type = "t"}, {.type = "t", .source = "/own"}}));
  EXPECT_THAT(Export(), HasSubstr(R"("source":"urn:daybook:unnamed")"));
  EXPECT_THAT(Export("store", {"--source", "https://shop.example"}),
              AllOf(HasSubstr(R"("source":"https://shop.example")"),
                    HasSubstr(R"("source":"/own")"),
                    Not(HasSubstr("urn:daybook:unnamed"))));
}

TEST_F(ImportCloudEventsTest, SchemasTravelAlong) {
  EXPECT_EQ(daybook_({"generate", "shop", "--events", "50", "--streams", "4"})
                .exit_code,
            0);
  const std::string exported = Export();
  EXPECT_THAT(exported, HasSubstr("\"dataschema\":\"urn:daybook:schema:"));
  ASSERT_EQ(ImportIntoCopy(exported).exit_code, 0);
  const std::vector<std::string> read = {
      "read", "--all", "--format", "json", "--where", "type = 'cart.opened'"};
  std::vector<std::string> read_copy = {"--store", "copy"};
  read_copy.insert(read_copy.end(), read.begin(), read.end());
  EXPECT_THAT(daybook_(read_copy).out,
              HasSubstr(R"("data":{"cart":"1","customer":"1"}})"));
  EXPECT_THAT(ImportIntoCopy(exported).out, HasSubstr(": 0 events appended"));
}

TEST_F(ImportCloudEventsTest, ASchemaThatIsNotThereIsKeptAsItsName) {
  const std::string event = OneEvent(
      "1", "a", R"(,"dataschema":"urn:daybook:schema:9f86d081884c7d65")");
  EXPECT_EQ(Import(event).exit_code, 0);
  EXPECT_TRUE(Events()[0].schema.none());
  EXPECT_THAT(Export(), HasSubstr("urn:daybook:schema:9f86d081884c7d65"));
}

TEST_F(ImportCloudEventsTest, SystemEventsStayBehind) {
  daybook_({"append", "a", "--type", "t"});
  daybook_({"metadata", "a", "--max-count", "5", "--reason", "r"});
  EXPECT_THAT(Export(), Not(HasSubstr("$")));
}

TEST_F(ImportCloudEventsTest, OptionsThatSayNothingAreRefused) {
  for (const std::vector<std::string>& options :
       std::vector<std::vector<std::string>>{
           {"--batch"},
           {"--source", "/s"},
           {"--format", "cloudevents", "--full"},
           {"--format", "cloudevents", "--source", "a b"},
           {"--format", "xml"}}) {
    std::vector<std::string> arguments = {"export"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    EXPECT_EQ(daybook_(arguments).exit_code, 2)
        << ::testing::PrintToString(options);
  }
}

}  // namespace
}  // namespace daybook::tools
