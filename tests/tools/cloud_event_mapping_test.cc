// Events as CloudEvents and the way back: what each becomes, and that any
// event a store can hold comes back as it was.

#include "tools/cloud_event_mapping.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/seeded_random.h"
#include "tools/cloud_event_fields.h"
#include "tools/cloud_event_writer.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::SeededRandom;
using ::daybook::testing::StatusIs;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr std::string_view kUuid = "0190163d-8694-739b-aea5-966c26f8ad91";

StreamEvent FromText(const std::string& text) {
  absl::StatusOr<CloudEvent> parsed = ParseCloudEvent(text);
  EXPECT_OK(parsed) << text;
  if (!parsed.ok()) return {};
  absl::StatusOr<StreamEvent> event = FromCloudEvent(*std::move(parsed));
  EXPECT_OK(event) << text;
  return event.ok() ? *std::move(event) : StreamEvent();
}

// An event with these members beside the required ones.
std::string With(std::string_view members) {
  return absl::StrCat(R"({"specversion":"1.0","id":"1","source":"/s",)",
                      R"("type":"t")", members.empty() ? "" : ",",
                      std::string(members), "}");
}

class CloudEventMappingTest : public ::testing::Test {
 protected:
  // Appends the event and gives the line it goes out as.
  std::string Out(const StreamEvent& event) {
    EXPECT_OK(store_->Append({.events = {event}}));
    return LastLine();
  }
  std::string LastLine() {
    absl::StatusOr<EventCursor> cursor =
        store_->ReadLog({.from = Position(store_->Head().value() - 1)});
    EXPECT_OK(cursor);
    EXPECT_TRUE(cursor->Next());
    std::string line;
    AppendCloudEvent(cursor->event(), kCloudEventNoSource, &line);
    return line;
  }
  json OutJson(const StreamEvent& event) { return json::parse(Out(event)); }
  // The line that one which came in goes out as.
  std::string Back(const std::string& text) { return Out(FromText(text)); }

  std::shared_ptr<EventStore> store_ = EventStore::OpenInMemory({});
};

// --- in ---------------------------------------------------------------------

TEST_F(CloudEventMappingTest, AttributesGoWhereTheyBelong) {
  const StreamEvent event = FromText(
      With(R"("subject":"order-42","time":"2026-03-02T08:06:40+01:00",)"
           R"("datacontenttype":"text/plain","data":"x",)"
           R"("correlationid":"c","causationid":"d","traceparent":"p",)"
           R"("tracestate":"q","actor":"ada","region":"eu")"));
  EXPECT_EQ(event.stream, "order-42");
  EXPECT_EQ(event.event.type, "t");
  EXPECT_EQ(event.event.source, "/s");
  EXPECT_EQ(event.event.occurred_at,
            absl::FromCivil(absl::CivilSecond(2026, 3, 2, 7, 6, 40),
                            absl::UTCTimeZone()));
  EXPECT_EQ(event.event.content_type, "text/plain");
  EXPECT_EQ(event.event.payload, "x");
  const Metadata expected = {
      .correlation_id = "c",
      .causation_id = "d",
      .traceparent = "p",
      .tracestate = "q",
      .actor = "ada",
      .fields = {{"cloudevents.id", "1"}, {"region", "eu"}}};
  EXPECT_EQ(event.event.metadata, expected);
}

TEST_F(CloudEventMappingTest, WithoutASubjectTheStreamIsTheSource) {
  EXPECT_EQ(FromText(With("")).stream, "/s");
}

TEST_F(CloudEventMappingTest, AUuidIsTheId) {
  const auto event = [](std::string_view id) {
    return FromText(absl::StrCat(R"({"specversion":"1.0","source":"/s",)",
                                 R"("type":"t","id":")", std::string(id),
                                 "\"}"))
        .event;
  };
  EXPECT_EQ(event(kUuid).id->ToString(), kUuid);
  EXPECT_THAT(event(kUuid).metadata.fields, IsEmpty());
  const std::string upper = "0190163D-8694-739B-AEA5-966C26F8AD91";
  EXPECT_EQ(event(upper).id->ToString(), kUuid);
  EXPECT_THAT(event(upper).metadata.fields,
              ElementsAre(Pair("cloudevents.id", upper)));
  EXPECT_FALSE(event("A234").id.has_value());
}

TEST_F(CloudEventMappingTest, TypesOfExtensionsAreKeptBesideThem) {
  EXPECT_THAT(
      FromText(
          With(R"("b":true,"n":7,"a":-1,"s":"7","actor":5,"tracestate":"")"))
          .event.metadata.fields,
      UnorderedElementsAre(Pair("cloudevents.id", "1"), Pair("b", "true"),
                           Pair("n", "7"), Pair("a", "-1"), Pair("s", "7"),
                           Pair("actor", "5"), Pair("tracestate", ""),
                           Pair("cloudevents.integers", "a actor n"),
                           Pair("cloudevents.booleans", "b")));
}

TEST_F(CloudEventMappingTest, ADataschemaOfAStoreIsTheSchema) {
  const StreamEvent event =
      FromText(With(R"("dataschema":"urn:daybook:schema:9f86d081884c7d65")"));
  EXPECT_EQ(event.event.schema.ToString(), "9f86d081884c7d65");
  for (const char* uri :
       {"urn:daybook:schema:9F86D081884C7D65", "urn:daybook:schema:9f",
        "urn:daybook:schema:0000000000000000", "https://a.example/s"}) {
    const NewEvent other =
        FromText(With(absl::StrCat("\"dataschema\":\"", uri, "\""))).event;
    EXPECT_TRUE(other.schema.none());
    EXPECT_EQ(other.metadata.fields.at("cloudevents.dataschema"), uri);
  }
}

TEST_F(CloudEventMappingTest, ADaybookThatCannotBeReadIsRefused) {
  for (const char* text :
       {"7", "true", "\"\"", "\"[]\"", R"("{\"tags\":\"a\"}")",
        R"("{\"other\":1}")", R"("{\"metadata\":{\"fields\":{\"a\":1}}}")"}) {
    ASSERT_OK_AND_ASSIGN(
        CloudEvent parsed,
        ParseCloudEvent(With(absl::StrCat("\"daybook\":", text))));
    EXPECT_THAT(
        FromCloudEvent(std::move(parsed)),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("\"daybook\"")))
        << text;
  }
}

// --- out --------------------------------------------------------------------

TEST_F(CloudEventMappingTest, AnEventOfAStoreGoesOutWithAllItHas) {
  const StreamEvent event = {
      "order-42",
      {.type = "order-placed",
       .payload = R"({"total": 12.50})",
       .content_type = "application/json",
       .tags = {"customer:7", "ü"},
       .metadata = {.correlation_id = "c",
                    .actor = "ada",
                    .fields = {{"region", "eu"}, {"Request-Id", "r"}}},
       .occurred_at = absl::FromUnixMillis(1'772'435'200'250),
       .source = "/shop",
       .id = *EventId::Parse(kUuid)}};
  EXPECT_EQ(
      Out(event),
      R"({"specversion":"1.0","id":"0190163d-8694-739b-aea5-966c26f8ad91",)"
      R"("source":"/shop","type":"order-placed","subject":"order-42",)"
      R"("time":"2026-03-02T07:06:40.25Z",)"
      R"("datacontenttype":"application/json","correlationid":"c",)"
      R"("actor":"ada","region":"eu","sequence":"00000000000000000000",)"
      R"("daybook":"{\"metadata\":{\"fields\":{\"Request-Id\":\"r\"}},)"
      R"(\"tags\":[\"customer:7\",\"\\u00fc\"]}",)"
      R"("data":{"total": 12.50}})");
}

TEST_F(CloudEventMappingTest, SequenceIsThePositionAndSortsAsText) {
  for (int i = 0; i < 12; ++i) Out({"s", {.type = "t"}});
  EXPECT_EQ(json::parse(LastLine())["sequence"], "00000000000000000011");
}

TEST_F(CloudEventMappingTest, ASequenceThatCameInGoesOut) {
  EXPECT_THAT(Back(With(R"("sequence":"7")")), HasSubstr(R"("sequence":"7")"));
}

TEST_F(CloudEventMappingTest, WhatCloudEventsDoNotAllowGoesOutReplaced) {
  const json out = OutJson({"s\x1b\xef\xbf\xbe",
                            {.type = "t\n",
                             .payload = "x",
                             .content_type = "text",
                             .source = "my shop"}});
  EXPECT_EQ(out["subject"], "s\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(out["type"], "t\xef\xbf\xbd");
  EXPECT_EQ(out["source"], "my%20shop");
  EXPECT_FALSE(out.contains("datacontenttype"));
  EXPECT_EQ(out["data_base64"], "eA==");
  EXPECT_EQ(json::parse(out["daybook"].get<std::string>()),
            (json{{"stream", "s\x1b\xef\xbf\xbe"},
                  {"type", "t\n"},
                  {"content_type", "text"},
                  {"source", "my shop"}}));
}

TEST_F(CloudEventMappingTest, APayloadGoesOutAsItsTypeAllows) {
  const auto out = [this](const std::string& type, const std::string& payload) {
    const json event =
        OutJson({"s", {.type = "t", .payload = payload, .content_type = type}});
    return event.contains("data") ? event["data"].dump()
           : event.contains("data_base64")
               ? "base64 " + event["data_base64"].get<std::string>()
               : "none";
  };
  EXPECT_EQ(out("application/json", "{\"a\": 1}"), "{\"a\":1}");
  EXPECT_EQ(out("application/json", "null"), "null");
  EXPECT_EQ(out("application/json", "\"x\""), "\"x\"");
  EXPECT_EQ(out("text/plain", "a\n\"b\""), R"("a\n\"b\"")");
  EXPECT_EQ(out("image/svg+xml", "<a/>"), "\"<a/>\"");
  EXPECT_EQ(out("text/plain", ""), "none");
  // JSON that would be other bytes, or would not stand on a line.
  EXPECT_EQ(out("application/json", "{}\n"), "base64 e30K");
  EXPECT_EQ(out("application/json", " 1"), "base64 IDE=");
  EXPECT_EQ(out("application/json", "[\n]"), "base64 Wwpd");
  EXPECT_EQ(out("application/json", "\"\x7f\""), "base64 In8i");
  EXPECT_EQ(out("application/json", "{"), "base64 ew==");
  // Bytes, also where they happen to be text.
  EXPECT_EQ(out("application/x-protobuf", "abc"), "base64 YWJj");
  EXPECT_EQ(out("application/octet-stream", "abc"), "base64 YWJj");
  EXPECT_EQ(out("", "{}"), "base64 e30=");
  EXPECT_EQ(out("text/plain", "\xff"), "base64 /w==");
  EXPECT_EQ(out("text/plain; charset=utf-16", "ab"), "base64 YWI=");
  // Text that escapes would make much longer.
  EXPECT_EQ(out("text/plain", std::string(300, '\0')).substr(0, 11),
            "base64 AAAA");
}

TEST_F(CloudEventMappingTest, NoLineDrivesATerminal) {
  const std::string odd = "x\x1b[31m\xc2\x9b\x7f";
  const std::string line =
      Out({odd,
           {.type = odd,
            .payload = "\"\x7f\xc2\x9b\"",
            .content_type = "application/json",
            .tags = {odd},
            .metadata = {.correlation_id = odd, .fields = {{odd, odd}}}}});
  for (const char* bad : {"\x1b", "\x7f", "\xc2\x9b"}) {
    EXPECT_EQ(line.find(bad), std::string::npos);
  }
}

// --- there and back ---------------------------------------------------------

TEST_F(CloudEventMappingTest, WhatComesInGoesOutWithTheSameAttributes) {
  for (const char* members :
       {"", R"("subject":"x","time":"2026-03-02T07:06:40.25Z")",
        R"("subject":"/s")", R"("dataschema":"https://a.example/s")",
        R"("datacontenttype":"text/plain","data":"é\n")",
        R"("datacontenttype":"application/json","data":{"a": 1.50})",
        R"("data_base64":"/w==")", R"("a":1,"b":false,"c":"2","d":"")",
        R"("actor":7,"correlationid":"","causationid":true)",
        R"("traceparent":"p","tracestate":"q")",
        R"("datacontenttype":"a/b;c=d")"}) {
    json expected = json::parse(With(members));
    json found = json::parse(Back(With(members)));
    found.erase("sequence");
    EXPECT_EQ(found, expected);
  }
}

// Some text, of the parts that matter.
std::string SomeText(SeededRandom& random) {
  static constexpr std::string_view kParts[] = {
      "a",  "b7",   "ü",        "\x1b",         "\n", "\"",
      "\\", "\x7f", "\xc2\x9b", "\xef\xbf\xbe", "/",  ":",
      " ",  "true", "7",        "-1",           "😀"};
  std::string text;
  for (uint64_t n = random.Below(4); n > 0; --n) {
    text += kParts[random.Below(std::size(kParts))];
  }
  return text;
}

template <size_t n>
std::string OneOf(SeededRandom& random, const char* const (&texts)[n]) {
  return random.OneIn(2) ? SomeText(random) : texts[random.Below(n)];
}

StreamEvent SomeEvent(SeededRandom& random) {
  StreamEvent event;
  event.stream = "s" + SomeText(random);
  event.event.type = "t" + SomeText(random);
  event.event.source =
      OneOf(random, {"", "/s", "urn:daybook:unnamed", "https://a.example"});
  if (random.OneIn(5)) event.stream = "/s";
  event.event.content_type = OneOf(
      random, {"", "application/json", "text/plain", "application/a+xml",
               "text/plain; charset=latin1", "application/json; a=\"b\""});
  event.event.payload =
      OneOf(random, {"", "{}", "{\"a\": 1.50}", "[1]\n", "null", "\"x\""});
  if (random.OneIn(3)) event.event.payload += "\xff";
  if (random.OneIn(2)) {
    event.event.occurred_at =
        absl::FromUnixMicros(static_cast<int64_t>(random.Below(1ULL << 50)));
  }
  for (uint64_t n = random.Below(3); n > 0; --n) {
    event.event.tags.push_back(absl::StrCat(n, SomeText(random)));
  }
  Metadata& metadata = event.event.metadata;
  for (std::string* text :
       {&metadata.correlation_id, &metadata.causation_id, &metadata.traceparent,
        &metadata.tracestate, &metadata.actor}) {
    if (random.OneIn(4)) *text = SomeText(random);
  }
  for (uint64_t n = random.Below(5); n > 0; --n) {
    metadata.fields[OneOf(
        random, {"a", "b7", "actor", "correlationid", "sequence", "id", "data",
                 "time", "daybook", "cloudevents.id", "cloudevents.integers",
                 "cloudevents.booleans", "cloudevents.subject",
                 "cloudevents.dataschema"})] =
        OneOf(random, {"", "7", "-1", "true", "a", "a b7", "/s", "actor",
                       "https://a.example", "007",
                       "0190163D-8694-739B-AEA5-966C26F8AD91"});
  }
  return event;
}

TEST_F(CloudEventMappingTest, AnyEventComesBackAsItWas) {
  SeededRandom random;
  for (int round = 0; round < 5000; ++round) {
    const StreamEvent event = SomeEvent(random);
    const std::string line = Out(event);
    SCOPED_TRACE(line);
    const StreamEvent back = FromText(line);
    ASSERT_EQ(back.stream, event.stream);
    ASSERT_EQ(back.event.type, event.event.type);
    ASSERT_EQ(back.event.source, event.event.source);
    ASSERT_EQ(back.event.content_type, event.event.content_type);
    ASSERT_EQ(back.event.payload, event.event.payload);
    ASSERT_EQ(back.event.tags, event.event.tags);
    ASSERT_EQ(back.event.occurred_at, event.event.occurred_at);
    // The position it stood at is kept.
    Metadata metadata = back.event.metadata;
    const auto sequence = event.event.metadata.fields.find("sequence");
    const bool has_sequence = sequence != event.event.metadata.fields.end();
    if (!has_sequence) {
      ASSERT_EQ(metadata.fields.erase("sequence"), 1u);
    }
    ASSERT_EQ(metadata, event.event.metadata);
    // And from there it goes out the same.
    if (has_sequence && !IsCloudEventText(sequence->second)) continue;
    ASSERT_EQ(Out(back), line);
  }
}

}  // namespace
}  // namespace daybook::tools
