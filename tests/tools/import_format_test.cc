#include "tools/import_format.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

ImportLine ParseOk(std::string_view line) {
  ImportLine parsed;
  EXPECT_OK(ParseImportLine(line, &parsed)) << line;
  return parsed;
}

void ExpectRefused(std::string_view line, const std::string& reason) {
  ImportLine parsed;
  EXPECT_THAT(ParseImportLine(line, &parsed),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(reason)))
      << line;
}

TEST(ImportFormatTest, ReadsEveryField) {
  const ImportLine line = ParseOk(
      R"({"stream":"s","type":"t","tags":["a:1","b"],)"
      R"("time":"2010-10-02T09:20:39.266+02:00","content_type":"text/plain",)"
      R"("data_base64":"AAH/","append":"x",)"
      R"("id":"0190163d-8694-739b-aea5-966c26f8ad91","source":"/s",)"
      R"("metadata":{"actor":"me","fields":{"k":"v"}}})");
  const NewEvent& event = line.event.event;
  EXPECT_EQ(line.event.stream, "s");
  EXPECT_EQ(event.type, "t");
  EXPECT_THAT(event.tags, ElementsAre("a:1", "b"));
  EXPECT_EQ(TimeText(*event.occurred_at), "2010-10-02T07:20:39.266Z");
  EXPECT_EQ(event.content_type, "text/plain");
  EXPECT_EQ(event.payload, std::string("\0\1\xff", 3));
  EXPECT_EQ(line.append, "x");
  EXPECT_EQ(event.id->ToString(), "0190163d-8694-739b-aea5-966c26f8ad91");
  EXPECT_EQ(event.source, "/s");
  EXPECT_EQ(event.metadata.actor, "me");
  EXPECT_EQ(event.metadata.fields.at("k"), "v");
}

TEST(ImportFormatTest, DataIsThePayloadAsItIsWritten) {
  const ImportLine line = ParseOk(
      R"({"stream":"s","type":"t","data": {"n": 1.10, "u":"\u00e9"} })");
  EXPECT_EQ(line.event.event.payload, R"({"n": 1.10, "u":"\u00e9"})");
  EXPECT_EQ(line.event.event.content_type, "application/json");
}

TEST(ImportFormatTest, NullDataIsJsonToo) {
  EXPECT_EQ(
      ParseOk(R"({"stream":"s","type":"t","data":null})").event.event.payload,
      "null");
}

TEST(ImportFormatTest, EmptyPayloadAndNullTimeAreFine) {
  const ImportLine line =
      ParseOk(R"({"stream":"s","type":"t","time":null,"data_base64":""})");
  EXPECT_EQ(line.event.event.payload, "");
  EXPECT_EQ(line.event.event.occurred_at, std::nullopt);
  EXPECT_EQ(line.event.event.content_type, "application/octet-stream");
}

TEST(ImportFormatTest, WhatOnlyAStoreGivesIsPassedOver) {
  ParseOk(R"({"position":1,"stream":"s","revision":0,"type":"t",)"
          R"("recorded_at":"2026-01-01T00:00:00Z","data":1})");
}

TEST(ImportFormatTest, LinesOfAFullExportBringKeyAndSignature) {
  const ImportLine line = ParseOk(
      R"({"stream":"s","type":"t","data":1,"key":"k","result_base64":"eA==",)"
      R"("recorded_at":"2026-01-01T00:00:00Z","export":{"version":1,"head":1},)"
      R"("id":"0190163d-8694-739b-aea5-966c26f8ad91",)"
      R"("fingerprint":"0123456789abcdef0123456789abcdef",)"
      R"("signature":{"bytes_base64":"eQ==",)"
      R"("payload_salt_base64":"oKGio6SlpqeoqaqrrK2urw==",)"
      R"("metadata_salt_base64":"oKGio6SlpqeoqaqrrK2urw=="}})");
  EXPECT_EQ(line.keyed.key, "k");
  EXPECT_EQ(line.keyed.result, "x");
  ASSERT_TRUE(line.event.event.signature.has_value());
  EXPECT_EQ(line.event.event.signature->bytes, "y");
}

TEST(ImportFormatTest, SaltsOfALeafAreNotThoseOfTheNewOne) {
  const ImportLine line = ParseOk(
      R"({"stream":"s","type":"t","data":1,)"
      R"("salts_base64":"oKGio6SlpqeoqaqrrK2ur7CxsrO0tba3uLm6u7y9vr8="})");
  EXPECT_EQ(line.event.event.signature, std::nullopt);
}

TEST(ImportFormatTest, BadLinesSayWhatIsWrong) {
  ExpectRefused("", "no JSON");
  ExpectRefused("{", "no JSON: parse error");
  ExpectRefused("[]", "no JSON object");
  ExpectRefused("{\"stream\":\"\xff\"}", "not UTF-8");
  ExpectRefused(R"({"type":"t","data":1})", "no field \"stream\"");
  ExpectRefused(R"({"stream":"s","data":1})", "no field \"type\"");
  ExpectRefused(R"({"stream":"s","type":"t"})", "no field \"data_base64\"");
  ExpectRefused(R"({"stream":1,"type":"t","data":1})",
                "\"stream\" is no string");
  ExpectRefused(R"({"stream":"s","type":"t","tags":"a","data":1})",
                "\"tags\" is no list of strings");
  ExpectRefused(R"({"stream":"s","type":"t","tags":[1],"data":1})",
                "\"tags\" is no list of strings");
  ExpectRefused(R"({"stream":"s","type":"t","time":"yesterday","data":1})",
                "\"time\": \"yesterday\" is no RFC 3339 time");
  ExpectRefused(R"({"stream":"s","type":"t","time":5,"data":1})",
                "\"time\" is no string");
  for (const std::string text : {"*", "YQ", "YQ..", "Y Q = =", "YQ==\\n",
                                 "YR==", "YQ=", "YQ===", "=", "YW-_"}) {
    ExpectRefused(R"({"stream":"s","type":"t","data_base64":")" + text + "\"}",
                  "\"data_base64\" is no base64");
  }
  ExpectRefused(R"({"stream":"s","type":"t","data":1,"data_base64":""})",
                "both");
  ExpectRefused(R"({"stream":"s","type":"t","data":1,"id":"x"})", "x");
  ExpectRefused(R"({"stream":"s","type":"t","data":1,"tyep":"x"})",
                "unknown field \"tyep\"");
  ExpectRefused(R"({"stream":"s","type":"t","data":1,"metadata":{"a":"x"}})",
                "unknown field \"a\"");
  ExpectRefused(R"({"stream":"s","stream":"t","type":"t","data":1})",
                "the member \"stream\" twice");
  ExpectRefused(R"({"stream":"s","type":"t","data":1,"d\u0061ta":2})",
                "the member \"data\" twice");
}

TEST(ImportFormatTest, NamesMayBeWrittenWithEscapes) {
  EXPECT_EQ(ParseOk(R"({"stream":"s","type":"t","d\u0061ta":[1]})")
                .event.event.payload,
            "[1]");
}

TEST(ImportFormatTest, BadLineStillTellsItsAppend) {
  ImportLine parsed;
  EXPECT_FALSE(ParseImportLine(R"({"append":"a7","type":1})", &parsed).ok());
  EXPECT_TRUE(parsed.readable);
  EXPECT_EQ(parsed.append, "a7");
  EXPECT_FALSE(ParseImportLine(R"({"append":"a7",)", &parsed).ok());
  EXPECT_FALSE(parsed.readable);
}

}  // namespace
}  // namespace daybook::tools
