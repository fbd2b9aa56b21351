// Lines of a full export; whole stores there and back: export_test.cc.

#include "tools/full_export.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/command_runner.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::daybook::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A line with everything that must be there, and more members.
std::string Line(const std::string& more = "") {
  return absl::StrCat(R"({"stream":"a","type":"t","data_base64":"eA==",)"
                      R"("id":"0190163d-8694-739b-aea5-966c26f8ad91",)"
                      R"("recorded_at":"2026-03-02T07:06:40Z")",
                      more, "}");
}
std::string Keyed(const std::string& more) {
  return Line(R"(,"key":"k",)" + more);
}

void ExpectRefused(const std::string& line, const std::string& reason) {
  EXPECT_THAT(ParseFullExportLine(line),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(reason)))
      << line;
}

TEST(FullExportTest, ALineTellsTheEventWithItsIdAndTime) {
  ASSERT_OK_AND_ASSIGN(const FullExportLine line,
                       ParseFullExportLine(Line(R"(,"append":"@7")")));
  EXPECT_EQ(line.event.stream, "a");
  EXPECT_EQ(line.event.event.payload, "x");
  EXPECT_EQ(line.event.event.id->ToString(),
            "0190163d-8694-739b-aea5-966c26f8ad91");
  EXPECT_EQ(line.recorded_at, absl::FromUnixSeconds(1'772'435'200));
  EXPECT_EQ(line.append, "@7");
  EXPECT_EQ(line.head, std::nullopt);
}

TEST(FullExportTest, TheFirstLineSaysHowManyThereAre) {
  ASSERT_OK_AND_ASSIGN(
      const FullExportLine line,
      ParseFullExportLine(Line(R"(,"export":{"version":1,"head":42})")));
  EXPECT_EQ(line.head, 42u);
}

TEST(FullExportTest, AnotherVersionIsRefused) {
  ExpectRefused(Line(R"(,"export":{"version":2,"head":42})"),
                "the export is of version 2, this daybook knows version 1");
  ExpectRefused(Line(R"(,"export":{"head":42})"), "version");
}

TEST(FullExportTest, ALineOfAPlainExportIsRefused) {
  ExpectRefused(R"({"stream":"a","type":"t","data":1})", "export --full");
}

TEST(FullExportTest, AKeyNeedsItsFingerprint) {
  ExpectRefused(Line(R"(,"key":"k")"), "\"fingerprint\" is not 32");
  for (const char* bad : {"", "00", "0123456789abcdef0123456789abcdeF",
                          "0123456789abcdef0123456789abcdef0",
                          "zzzz456789abcdef0123456789abcdef"}) {
    ExpectRefused(Keyed(absl::StrCat(R"("fingerprint":")", bad, "\"")),
                  "\"fingerprint\" is not 32");
  }
  EXPECT_OK(ParseFullExportLine(
      Keyed(R"("fingerprint":"0123456789abcdef0123456789abcdef")")));
}

TEST(FullExportTest, SaltsAreThoseOfBothCommitments) {
  ASSERT_OK_AND_ASSIGN(
      const FullExportLine line,
      ParseFullExportLine(Line(R"(,"salts_base64":")"
                               "oKGio6SlpqeoqaqrrK2ur7CxsrO0tba3uLm6u7y9vr8="
                               "\"")));
  ASSERT_TRUE(line.event.event.signature.has_value());
  EXPECT_EQ(line.event.event.signature->bytes, "");
  EXPECT_EQ(line.event.event.signature->payload_salt[0], 0xa0);
  EXPECT_EQ(line.event.event.signature->metadata_salt[15], 0xbf);
  ExpectRefused(Line(R"(,"salts_base64":"oKGi")"),
                "\"salts_base64\" is not 32 bytes in base64");
}

TEST(FullExportTest, AnUnknownFieldIsRefused) {
  ExpectRefused(Line(R"(,"more":1)"), "unknown field \"more\"");
}

// --- restoring what is no whole export --------------------------------------

class RestoreTest : public ::testing::Test {
 protected:
  CommandResult Restore(const std::string& content) {
    daybook_({"init"});
    return daybook_({"import", "events", "--restore", "-"}, content);
  }

  CommandRunner daybook_;
};

TEST_F(RestoreTest, ABadLineIsNamed) {
  const CommandResult result =
      Restore(Line(R"(,"export":{"version":1,"head":2})") + "\n{\n");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, StartsWith("daybook: line 2: no JSON"));
}

TEST_F(RestoreTest, AKeyThatIsUsedTwiceIsRefused) {
  const std::string keyed =
      R"(,"key":"k","fingerprint":"0123456789abcdef0123456789abcdef")";
  const CommandResult result =
      Restore(Line(keyed + R"(,"export":{"version":1,"head":2})") + "\n" +
              Line(keyed) + "\n");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("key that is used before in the file"));
}

TEST_F(RestoreTest, MoreEventsThanTheFirstLineSaysAreRefused) {
  const CommandResult result = Restore(
      Line(R"(,"export":{"version":1,"head":1})") + "\n" + Line() + "\n");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("the file has 2 events, but its first "
                                    "line says 1"));
}

TEST_F(RestoreTest, OptionsOfAnImportDoNotGoWithIt) {
  daybook_({"init"});
  for (const char* option : {"--name", "--rejects"}) {
    EXPECT_EQ(
        daybook_({"import", "events", "--restore", "-", option, "x"}).exit_code,
        2);
  }
  EXPECT_EQ(daybook_({"import", "events", "-", "--reason", "x"}).exit_code, 2);
}

}  // namespace
}  // namespace daybook::tools
