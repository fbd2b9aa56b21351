// What makes a CloudEvent valid. The conformance tests and golden events are
// those of cloudevents/conformance; they and the samples of an SDK are no part
// of the project, and tests of them are skipped where they are missing.

#include "tools/cloud_event.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/test_data.h"
#include "tests/tools/seeded_random.h"
#include "tools/bounded_json.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::SeededRandom;
using ::daybook::testing::StatusIs;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Type = CloudEvent::Type;

// An event with these members beside the required ones.
std::string With(std::string_view members) {
  return absl::StrCat(R"({"specversion":"1.0","id":"1","source":"/s",)",
                      R"("type":"t")", members.empty() ? "" : ",",
                      std::string(members), "}");
}

CloudEvent Parsed(const std::string& text) {
  absl::StatusOr<CloudEvent> event = ParseCloudEvent(text);
  EXPECT_OK(event) << text;
  return event.ok() ? *event : CloudEvent();
}

// Why it is refused; empty if it is not.
std::string Refusal(const std::string& text) {
  const absl::Status status = ParseCloudEvent(text).status();
  if (!status.ok()) {
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
  }
  return std::string(status.message());
}

json ReadJson(const std::filesystem::path& path) {
  std::ifstream in(path);
  return json::parse(in);
}

// --- the conformance tests --------------------------------------------------

absl::Time TimeOfTests() {
  return absl::FromCivil(absl::CivilSecond(2018, 4, 5, 17, 31, 0),
                         absl::UTCTimeZone());
}

CloudEvent Golden(const std::string& sample) {
  CloudEvent event;
  event.id = sample;
  event.source = "https://cloudevents.io";
  event.type = "io.cloudevents.test";
  if (sample == "minimalWithTime") {
    event.time = TimeOfTests();
  } else if (sample == "minimalWithRelativeSource") {
    event.source = "#fragment";
  } else if (sample == "allCore") {
    event.content_type = "text/plain";
    event.data_schema = "https://cloudevents.io/dataschema";
    event.subject = "tests";
    event.time = TimeOfTests();
  } else if (sample == "simpleTextData") {
    event.content_type = "text/plain";
    event.data = "Simple text";
  } else if (sample == "allExtensionTypes") {
    event.extensions = {
        {"extinteger", {Type::kInteger, "10"}},
        {"extboolean", {Type::kBoolean, "true"}},
        {"extstring", {Type::kString, "text"}},
        {"extbinary", {Type::kString, "TWE="}},
        {"exttimestamp", {Type::kString, "2023-03-31T15:12:00Z"}},
        {"exturi", {Type::kString, "https://cloudevents.io"}},
        {"exturiref", {Type::kString, "//authority/path"}}};
  } else {
    EXPECT_EQ(sample, "minimal");
  }
  return event;
}

void ExpectSame(const CloudEvent& event, const CloudEvent& expected) {
  EXPECT_EQ(event.id, expected.id);
  EXPECT_EQ(event.source, expected.source);
  EXPECT_EQ(event.type, expected.type);
  EXPECT_EQ(event.subject, expected.subject);
  EXPECT_EQ(event.time, expected.time);
  EXPECT_EQ(event.content_type, expected.content_type);
  EXPECT_EQ(event.data_schema, expected.data_schema);
  EXPECT_EQ(event.extensions, expected.extensions);
  EXPECT_EQ(event.data, expected.data);
}

class ConformanceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    DAYBOOK_TEST_DATA_OR_SKIP(folder, "cloudevents");
    folder_ = folder;
  }
  json Tests(const std::string& file) {
    const auto path = folder_ / "conformance-format-tests/format/json" / file;
    return ReadJson(path)["tests"];
  }
  std::filesystem::path folder_;
};

TEST_F(ConformanceTest, EveryValidEventIsTheGoldenOne) {
  const json tests = Tests("valid-events.json");
  EXPECT_EQ(tests.size(), 10u);
  for (const json& test : tests) {
    SCOPED_TRACE(test["id"].get<std::string>());
    ExpectSame(Parsed(test["event"].dump()), Golden(test["sampleId"]));
  }
}

TEST_F(ConformanceTest, EveryInvalidEventIsRefusedByTheNameOfItsAttribute) {
  const std::map<std::string, std::string> reasons = {
      {"invalidNoSpecVersion", "no attribute \"specversion\""},
      {"invalidNoId", "no attribute \"id\""},
      {"invalidNoType", "no attribute \"type\""},
      {"invalidNoSource", "no attribute \"source\""},
      {"invalidTimeGarbage", "\"time\": \"lunchtime\" is no RFC 3339 time"},
      {"invalidTimeToMinute", "\"time\": "},
      {"invalidTimeOffsetX", "\"time\": "},
      {"invalidTimeOffsetOutOfRange", "\"time\": "},
      {"invalidTimeOffsetNonInteger", "\"time\": "},
      {"invalidTimeOffsetHourOnly", "\"time\": "},
      {"invalidEmptyId", "\"id\" is empty"},
      {"invalidEmptyType", "\"type\" is empty"},
      {"invalidEmptySource", "\"source\" is empty"},
      {"invalidEmptySpecVersion", "\"specversion\" is empty"},
      {"invalidUnknownSpecVersion", "\"specversion\" is \"0.9\", not \"1.0\""},
      {"invalidNonRfc2046DataContentType",
       "\"datacontenttype\" is no media type: \"xyz\""},
      {"invalidEmptyDataContentType", "\"datacontenttype\" is empty"},
      {"invalidEmptyDataSchema", "\"dataschema\" is empty"},
      {"invalidEmptySubject", "\"subject\" is empty"},
      {"invalidNumericId", "\"id\" is no string"},
      {"invalidObjectId", "\"id\" is no string"},
      {"invalidCapitalizedExtension", "\"MyExtension\" is no attribute"},
      {"invalidPunctuatedExtension", "\"my.extension\" is no attribute"},
      {"invalidNonIntegerExtensionValue", "\"my.extension\" is no attribute"},
      {"invalidBothDataAndDataBase64", "both \"data\" and \"data_base64\""}};
  const json tests = Tests("invalid-events.json");
  EXPECT_EQ(tests.size(), 25u);
  for (const json& test : tests) {
    const std::string id = test["id"];
    SCOPED_TRACE(id);
    ASSERT_TRUE(reasons.contains(id));
    EXPECT_THAT(Refusal(test["event"].dump()), HasSubstr(reasons.at(id)));
  }
}

TEST_F(ConformanceTest, SamplesOfAnSdkAreTakenButForThoseThatMustFail) {
  const std::map<std::string, std::string> refused = {
      {"fail_numeric_decimal.json", "\"decimal\" is \"42.42\": a number must"},
      {"fail_numeric_long.json", "\"long\" is \"4247483647\": a number must"},
      {"json_data_with_ext_invalid.json", "\"a_invalid_name\" is no attribute"},
      {"json_data_with_ext_upper_case.json", "\"aBoolean\" is no attribute"}};
  int taken = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(folder_ / "sdk-java-json-v1")) {
    const std::string name = entry.path().filename();
    const std::string refusal = Refusal(ReadJson(entry.path()).dump());
    if (const auto found = refused.find(name); found != refused.end()) {
      EXPECT_THAT(refusal, HasSubstr(found->second)) << name;
    } else {
      EXPECT_EQ(refusal, "") << name;
      ++taken;
    }
  }
  EXPECT_EQ(taken, 13);
}

TEST_F(ConformanceTest, ExamplesOfTheSpecificationAreTakenUnlessTheyElide) {
  int taken = 0;
  for (const auto& entry : std::filesystem::directory_iterator(
           folder_ / "spec/json-format-examples")) {
    const json content = ReadJson(entry.path());
    const json events = content.is_array() ? content : json::array({content});
    for (const json& event : events) {
      const std::string text = event.dump();
      if (text.find("... base64 encoded string ...") != std::string::npos) {
        EXPECT_THAT(Refusal(text), HasSubstr("\"data_base64\" is no base64"));
      } else {
        EXPECT_EQ(Refusal(text), "") << entry.path();
        ++taken;
      }
    }
  }
  EXPECT_EQ(taken, 6);
}

// --- attributes -------------------------------------------------------------

TEST(CloudEventTest, NullIsTheSameAsAbsent) {
  const CloudEvent event =
      Parsed(With(R"("subject":null,"time":null,"dataschema":null,"ext":null,)"
                  R"("datacontenttype":null,"data_base64":null)"));
  EXPECT_EQ(event.subject, std::nullopt);
  EXPECT_EQ(event.time, std::nullopt);
  EXPECT_THAT(event.extensions, IsEmpty());
  EXPECT_EQ(event.content_type, "");
  EXPECT_THAT(Refusal(R"({"specversion":null,"id":"1","source":"/s",)"
                      R"("type":"t"})"),
              HasSubstr("no attribute \"specversion\""));
}

TEST(CloudEventTest, ANameStandsThereOnce) {
  EXPECT_EQ(Refusal(With(R"("ext":1,"ext":1)")), "\"ext\" stands there twice");
  EXPECT_EQ(Refusal(With(R"("ext":null,"ext":1)")),
            "\"ext\" stands there twice");
  EXPECT_EQ(Refusal(With(R"("\u0069d":"2")")), "\"id\" stands there twice");
  EXPECT_EQ(Refusal(With(R"("data":1,"d\u0061ta":1)")),
            "\"data\" stands there twice");
  EXPECT_EQ(Refusal(With(R"("data_base64":null,"data_base64":"")")),
            "\"data_base64\" stands there twice");
}

TEST(CloudEventTest, NamesAreLowerCaseLettersAndDigits) {
  EXPECT_EQ(Refusal(With(R"("7days":"x","averyverylongextensionname":"x")")),
            "");
  for (const char* name : {"", "a b", "a-b", "a_b", "ä", "A", "a\\u202eb",
                           "a\\u001b[31m", "data_base65"}) {
    EXPECT_THAT(Refusal(With(absl::StrCat("\"", name, "\":\"x\""))),
                HasSubstr(" is no attribute"))
        << name;
  }
}

TEST(CloudEventTest, NumbersAreWholeAndOf32Bits) {
  const CloudEvent event =
      Parsed(With(R"("a":2147483647,"b":-2147483648,"c":0,"d":-0,"e":false)"));
  EXPECT_EQ(event.extensions.at("a").text, "2147483647");
  EXPECT_EQ(event.extensions.at("b").text, "-2147483648");
  EXPECT_EQ(event.extensions.at("d").text, "0");
  EXPECT_EQ(event.extensions.at("e").type, Type::kBoolean);
  for (const char* number :
       {"2147483648", "-2147483649", "1.0", "1e2", "1E+2",
        "99999999999999999999999999999999999999999999999999"}) {
    EXPECT_THAT(Refusal(With(absl::StrCat("\"ext\":", number))),
                HasSubstr("\"ext\" is "))
        << number;
  }
}

TEST(CloudEventTest, ObjectsAndListsAreNoAttributes) {
  EXPECT_THAT(Refusal(With(R"("ext":{"a":1})")), HasSubstr("\"ext\" is an"));
  EXPECT_THAT(Refusal(With(R"("ext":[])")), HasSubstr("\"ext\" is an object"));
  EXPECT_THAT(Refusal(With(R"("subject":true)")),
              HasSubstr("\"subject\" is no string"));
}

TEST(CloudEventTest, ControlCharactersAndNoncharactersAreInNoAttribute) {
  for (const char* text : {"\\u0000", "\\u001b[31m", "\\n", "\x7f", "\xc2\x9b",
                           "\\ufdd0", "\\ufffe", "\\ud83f\\udfff"}) {
    for (const char* name : {"subject", "ext", "time", "dataschema"}) {
      EXPECT_THAT(Refusal(With(absl::StrCat("\"", name, "\":\"x", text, "\""))),
                  HasSubstr(absl::StrCat("\"", name, "\" is ")))
          << text;
    }
  }
  EXPECT_EQ(Refusal(With("\"ext\":\"\\ud83d\\ude00 \xc2\xa0 \\u202e\"")), "");
}

TEST(CloudEventTest, AnUnpairedSurrogateIsNoText) {
  EXPECT_THAT(Refusal(With(R"("subject":"\udead")")), HasSubstr("surrogate"));
}

TEST(CloudEventTest, SourceIsAReferenceAndDataschemaAUri) {
  EXPECT_THAT(Refusal(R"({"specversion":"1.0","id":"1","source":"a b",)"
                      R"("type":"t"})"),
              HasSubstr("\"source\" is no URI reference: \"a b\""));
  EXPECT_THAT(Refusal(With(R"("dataschema":"/relative")")),
              HasSubstr("\"dataschema\" is no URI: \"/relative\""));
  EXPECT_EQ(Refusal(With(R"("dataschema":"https://a.example/s#v1")")), "");
}

TEST(CloudEventTest, TimeIsOfRfc3339ToTheLetter) {
  EXPECT_EQ(Parsed(With(R"("time":"2018-04-05t18:31:00.5+01:00")")).time,
            TimeOfTests() + absl::Milliseconds(500));
  EXPECT_THAT(Refusal(With(R"("time":"2018-04-05 17:31:00Z")")),
              HasSubstr("\"time\": "));
  EXPECT_THAT(
      Refusal(With(absl::StrCat("\"time\":\"", std::string(9999, '1'), "\""))),
      HasSubstr("\"time\" is no time: "));
}

// --- data -------------------------------------------------------------------

TEST(CloudEventTest, JsonDataIsKeptAsItIsWritten) {
  const CloudEvent event =
      Parsed(With(R"("data": { "a" :1.50, "a":[ 12345678901234567890.1 ]} )"));
  EXPECT_EQ(event.data, R"({ "a" :1.50, "a":[ 12345678901234567890.1 ]})");
  EXPECT_EQ(event.content_type, "application/json");
}

TEST(CloudEventTest, AStringUnderJsonIsAJsonString) {
  EXPECT_EQ(Parsed(With(R"("data":"I'm \u0061")")).data, R"("I'm \u0061")");
  EXPECT_EQ(Parsed(With(R"("datacontenttype":"a/b+json","data":null)")).data,
            "null");
}

TEST(CloudEventTest, DataOfAnotherTypeIsWhatTheStringSays) {
  EXPECT_EQ(
      Parsed(With(R"("data":"<a b=\"c\"/>\u00e9","datacontenttype":"a/xml")"))
          .data,
      "<a b=\"c\"/>é");
  EXPECT_THAT(Refusal(With(R"("datacontenttype":"text/plain","data":{})")),
              HasSubstr("\"data\" must be a string where \"datacontenttype\""));
  EXPECT_THAT(Refusal(With(R"("datacontenttype":"text/plain; charset=latin1",)"
                           R"("data":"x")")),
              HasSubstr("\"data\" has no bytes in the charset"));
}

TEST(CloudEventTest, DataInBase64IsOfNoTypeUnlessItIsGiven) {
  const CloudEvent event =
      Parsed(With(R"("data_base64":"eyAieHl6IjogMTIzIH0=")"));
  EXPECT_EQ(event.data, "{ \"xyz\": 123 }");
  EXPECT_EQ(event.content_type, "");
  EXPECT_EQ(Parsed(With(R"("data_base64":"\/\/79")")).data, "\xff\xfe\xfd");
}

TEST(CloudEventTest, Base64IsPaddedAndOfItsAlphabet) {
  for (const char* text : {"TWE", "TW E=", "TWE=\\n", "T===", "TWF-", "TWF_",
                           "TWF=", "TWE==", "=TWE", "TWE.", "ä==="}) {
    EXPECT_THAT(Refusal(With(absl::StrCat("\"data_base64\":\"", text, "\""))),
                HasSubstr("\"data_base64\" is no base64"))
        << text;
  }
  EXPECT_THAT(Refusal(With(R"("data_base64":7)")),
              HasSubstr("\"data_base64\" is no string"));
}

TEST(CloudEventTest, NullOfDataIsAPayloadBesideBase64) {
  EXPECT_THAT(Refusal(With(R"("data":null,"data_base64":"")")),
              HasSubstr("both \"data\" and \"data_base64\""));
}

// --- what is sent to do harm ------------------------------------------------

TEST(CloudEventTest, WhatIsNoObjectIsRefused) {
  for (const char* text : {"", "null", "[]", "\"x\"", "7", "{", "{}}"}) {
    EXPECT_THAT(Refusal(text), HasSubstr("no JSON")) << text;
  }
}

TEST(CloudEventTest, NestingIsBounded) {
  const auto nested = [](size_t depth) {
    return With("\"data\":" + std::string(depth, '[') +
                std::string(depth, ']'));
  };
  EXPECT_EQ(Refusal(nested(kJsonDepthMax - 1)), "");
  EXPECT_THAT(Refusal(nested(kJsonDepthMax)), HasSubstr("nested deeper"));
  EXPECT_THAT(Refusal(With("\"data\":" + std::string(1 << 20, '['))),
              HasSubstr("nested deeper"));
}

TEST(CloudEventTest, AttributesAreBoundedTogether) {
  const std::string half(kCloudEventAttributeBytesMax / 2, 'x');
  EXPECT_EQ(Refusal(With(absl::StrCat("\"a\":\"", half, "\""))), "");
  EXPECT_EQ(
      Refusal(With(absl::StrCat("\"a\":\"", half, "\",\"b\":\"", half, "\""))),
      "\"b\" makes the attributes longer than 1.0 MiB");
  std::string many;
  for (int i = 0; i < 200'000; ++i)
    absl::StrAppend(&many, ",\"a", i, "\":null");
  EXPECT_THAT(Refusal(With(many.substr(1))),
              HasSubstr("makes the attributes longer"));
}

TEST(CloudEventTest, AReasonIsShortHoweverLongTheNames) {
  const std::string long_text(2 << 20, 'X');
  for (const std::string& members :
       {absl::StrCat("\"", long_text, "\":1"),
        absl::StrCat("\"", std::string(16 << 20, 'x'), "\":1"),
        absl::StrCat("\"subject\":\"", long_text, "\""),
        absl::StrCat("\"datacontenttype\":\"", std::string(1 << 19, 'x'), "\""),
        absl::StrCat("\"data_base64\":\"", long_text, "!\""),
        absl::StrCat("\"x\":", std::string(200, '7')),
        absl::StrCat("\"x\":", long_text)}) {
    const std::string refusal = Refusal(With(members));
    EXPECT_NE(refusal, "") << members.substr(0, 40);
    EXPECT_LT(refusal.size(), 1024u) << members.substr(0, 40);
  }
}

TEST(CloudEventTest, WhateverIsChangedInOneItIsTakenOrRefusedWithAReason) {
  const std::string event =
      With(R"("time":"2018-04-05T17:31:00Z","ext":-7,"b":true,)"
           R"("subject":"\u00e9","data":{"a":[1.5,"x"]})");
  SeededRandom random;
  int refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string changed = event;
    for (uint64_t n = random.Below(3) + 1; n > 0; --n) {
      const size_t at = random.Below(changed.size());
      switch (random.Below(3)) {
        case 0:
          changed[at] = static_cast<char>(random.Below(256));
          break;
        case 1:
          changed.erase(at, random.Below(4) + 1);
          break;
        default:
          changed.insert(at, random.Text("{}[]\",:\\u0 eE.-\xc2\x80", 4));
      }
    }
    const absl::StatusOr<CloudEvent> parsed = ParseCloudEvent(changed);
    if (!parsed.ok()) {
      ++refused;
      ASSERT_FALSE(parsed.status().message().empty()) << changed;
      continue;
    }
    ASSERT_FALSE(parsed->id.empty() || parsed->type.empty()) << changed;
  }
  EXPECT_GT(refused, 10'000);
}

}  // namespace
}  // namespace daybook::tools
