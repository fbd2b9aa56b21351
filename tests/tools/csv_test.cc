// DAYBOOK_SEED: tests/tools/seeded_random.h.

#include "tools/csv.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"
#include "tests/tools/seeded_random.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::IsOkAndHolds;
using ::daybook::testing::SeededRandom;
using ::daybook::testing::StatusIs;
using ::daybook::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Rows = std::vector<std::vector<std::string>>;

class CsvTest : public ::testing::Test {
 protected:
  CsvReader& Open(std::string_view content) {
    auto lines = LineReader::Open(folder_.Write("in.csv", content), 0);
    EXPECT_OK(lines);
    lines_ = *std::move(lines);
    csv_ = std::make_unique<CsvReader>(*lines_);
    return *csv_;
  }
  // The fields of all records; of one that can't be used "line: reason".
  Rows Read(std::string_view content) {
    CsvReader& csv = Open(content);
    Rows rows;
    while (csv.Next()) {
      if (csv.record_status().ok()) {
        rows.push_back(csv.fields());
      } else {
        rows.push_back({Concat(csv.line_number(), ": ",
                               std::string(csv.record_status().message()))});
      }
    }
    return rows;
  }
  // Why reading `content` ended, after no record.
  absl::Status Refusal(std::string_view content) {
    EXPECT_THAT(Read(content), IsEmpty());
    return csv_->status();
  }

  TemporaryFolder folder_;
  std::unique_ptr<LineReader> lines_;
  std::unique_ptr<CsvReader> csv_;
};

TEST_F(CsvTest, TheFirstRecordNamesTheColumns) {
  CsvReader& csv = Open("id,name\n1,tea\n");
  ASSERT_TRUE(csv.Next());
  EXPECT_THAT(csv.columns(), ElementsAre("id", "name"));
  EXPECT_THAT(csv.Find("name"), IsOkAndHolds("tea"));
  EXPECT_EQ(csv.ToJson(), R"({"id":"1","name":"tea"})");
  EXPECT_FALSE(csv.Next());
  EXPECT_OK(csv.status());
}

TEST_F(CsvTest, QuotesHoldCommasQuotesAndNewlines) {
  EXPECT_THAT(Read("a,b\n\"x,\"\"y\"\"\",\"1\n\n2\"\n"),
              ElementsAre(ElementsAre("x,\"y\"", "1\n\n2")));
}

TEST_F(CsvTest, LinesMayEndInCrLfAndQuotedOnesAreKept) {
  EXPECT_THAT(Read("a,b\r\n1,2\r\n\"3\r\n\",4\r\n"),
              ElementsAre(ElementsAre("1", "2"), ElementsAre("3\r\n", "4")));
}

TEST_F(CsvTest, EmptyLinesAreSteppedOverAndEmptyFieldsAreNot) {
  EXPECT_THAT(Read("a,b\n\n,\n\r\n\"\",x\n"),
              ElementsAre(ElementsAre("", ""), ElementsAre("", "x")));
}

TEST_F(CsvTest, ARecordOfTooManyFieldsIsRefused) {
  EXPECT_THAT(
      Read("a\n" + std::string(1 << 20, ',') + "\n1\n"),
      ElementsAre(ElementsAre("2: more than 65536 fields"), ElementsAre("1")));
}

TEST_F(CsvTest, TheLastLineNeedsNoNewline) {
  EXPECT_THAT(Read("a\n1"), ElementsAre(ElementsAre("1")));
  EXPECT_THAT(Read("a,b\n1,"), ElementsAre(ElementsAre("1", "")));
}

TEST_F(CsvTest, AnEmptyFieldAndAnUnknownColumnHaveNoValue) {
  CsvReader& csv = Open("a,b\n1,\n");
  ASSERT_TRUE(csv.Next());
  EXPECT_THAT(csv.Find("b"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(csv.Find("c"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_TRUE(csv.HasColumn("b"));
  EXPECT_FALSE(csv.HasColumn("c"));
}

TEST_F(CsvTest, AByteOrderMarkIsNoPartOfTheFirstName) {
  for (const char* header : {"a,b\n", "\"a\",\"b\"\n"}) {
    CsvReader& csv = Open(Concat("\xEF\xBB\xBF", header, "1,2\n"));
    EXPECT_TRUE(csv.Next()) << header << csv.status();
    EXPECT_THAT(csv.columns(), ElementsAre("a", "b"));
  }
}

TEST_F(CsvTest, ABadRecordIsOneAndTheNextFollows) {
  EXPECT_THAT(
      Read("a,b\n1\n1,2,3\nx\"y,2\n\"x\"y,2\n\xff,2\n3,4\n"),
      ElementsAre(
          ElementsAre("2: 1 fields under 2 columns"),
          ElementsAre("3: 3 fields under 2 columns"),
          ElementsAre(
              "4: a quote inside field 1, which does not begin with a quote"),
          ElementsAre("5: text after the closing quote of field 1"),
          ElementsAre("6: it is not UTF-8"), ElementsAre("3", "4")));
}

// As old files have them for line ends: else all of it would be column names.
TEST_F(CsvTest, AReturnAloneIsNoLineEnd) {
  EXPECT_THAT(Refusal("a,b\r1,2\r"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("a return inside field 2")));
  EXPECT_THAT(Read("a,b\r\n1\r,2\r\n\"3\r\",4\r\n"),
              ElementsAre(ElementsAre("2: a return inside field 1, which does "
                                      "not begin with a quote"),
                          ElementsAre("3\r", "4")));
}

TEST_F(CsvTest, ABadRecordOfSeveralLinesCountsFromItsFirst) {
  EXPECT_THAT(
      Read("a,b\n\"1\n2\"x,3\n4,5\n"),
      ElementsAre(ElementsAre("2: text after the closing quote of field 1"),
                  ElementsAre("4", "5")));
}

TEST_F(CsvTest, AQuoteThatStaysOpenIsABadRecord) {
  EXPECT_THAT(Read("a\n1\n\"2\n3\n"),
              ElementsAre(ElementsAre("1"),
                          ElementsAre("3: a quote is open, and the input "
                                      "ends")));
  EXPECT_OK(csv_->status());
}

TEST_F(CsvTest, AnOpenQuoteTakesInNoMoreThanTheLimit) {
  std::string content = "a\n\"";
  while (content.size() <= CsvReader::kRecordBytesMax) {
    content += std::string(99'999, 'x') + "\n";
  }
  const Rows rows = Read(content + "1\n2\n");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_THAT(rows[0], ElementsAre(HasSubstr("2: a quote is open after")));
  EXPECT_THAT(rows[2], ElementsAre("2"));
}

TEST_F(CsvTest, ColumnsWithoutNamesOfTheirOwnAreRefused) {
  EXPECT_THAT(Refusal("a,b,a\n1,2,3\n"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("two columns are called \"a\"")));
  EXPECT_THAT(Refusal("a,\xff\n1,2\n"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("not UTF-8: \"\\xff\"")));
  EXPECT_THAT(Refusal("a\"\n1\n"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("line 1, the names of the columns: ")));
}

TEST_F(CsvTest, InputWithoutRecordsIsNoError) {
  EXPECT_OK(Refusal(""));
  EXPECT_OK(Refusal("\n\n"));
  EXPECT_OK(Refusal("a,b\n"));
}

TEST_F(CsvTest, AFileThatStartsOverNamesItsColumnsAgain) {
  const std::string path = folder_.Write("log.csv", "a,b\n1,2\n3,4\n");
  int idle = 0;
  LineReaderOptions options;
  options.follow = true;
  options.on_idle = [&]() -> absl::Status {
    if (++idle == 1)
      folder_.Write("log.csv",
                    "\xEF\xBB\xBF"
                    "b,a\n5,6\n");
    if (idle == 2) return absl::AbortedError("enough");
    return absl::OkStatus();
  };
  ASSERT_OK_AND_ASSIGN(lines_, LineReader::Open(path, 0, options));
  CsvReader csv(*lines_);
  std::vector<std::string> records;
  while (csv.Next()) records.push_back(csv.ToJson());
  EXPECT_THAT(records,
              ElementsAre(R"({"a":"1","b":"2"})", R"({"a":"3","b":"4"})",
                          R"({"b":"5","a":"6"})"));
}

TEST_F(CsvTest, AQuoteThatIsOpenWhenTheFileStartsOverIsABadRecord) {
  const std::string path = folder_.Write("log.csv", "a\n1\n2\n\"3\n");
  int idle = 0;
  LineReaderOptions options;
  options.follow = true;
  options.on_idle = [&]() -> absl::Status {
    if (++idle == 1) folder_.Write("log.csv", "a\n4\n");
    if (idle == 2) return absl::AbortedError("enough");
    return absl::OkStatus();
  };
  ASSERT_OK_AND_ASSIGN(lines_, LineReader::Open(path, 0, options));
  CsvReader csv(*lines_);
  std::vector<std::string> records;
  while (csv.Next()) {
    records.push_back(csv.record_status().ok()
                          ? csv.ToJson()
                          : std::string(csv.record_status().message()));
  }
  EXPECT_THAT(records,
              ElementsAre(R"({"a":"1"})", R"({"a":"2"})",
                          "a quote is open, and the file was started over",
                          R"({"a":"4"})"));
}

// Writes a field as RFC 4180 has it, in quotes where it needs them or by
// chance.
std::string CsvField(const std::string& text, SeededRandom& random) {
  if (text.find_first_of("\",\r\n") == std::string::npos && !text.empty() &&
      random.OneIn(2)) {
    return text;
  }
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

TEST_F(CsvTest, WhateverIsWrittenIsReadBack) {
  SeededRandom random;
  for (int round = 0; round < 300; ++round) {
    const std::string newline = random.OneIn(2) ? "\n" : "\r\n";
    const uint64_t columns = 1 + random.Below(4);
    std::string content;
    for (uint64_t i = 0; i < columns; ++i) {
      absl::StrAppend(&content, i == 0 ? "" : ",", "column ", i);
    }
    content += newline;
    Rows rows(random.Below(6), std::vector<std::string>(columns));
    for (std::vector<std::string>& row : rows) {
      for (uint64_t i = 0; i < columns; ++i) {
        row[i] = random.Text("ab\",\r\n é", 8);
        if (!IsUtf8(row[i])) row[i] = "é";
        absl::StrAppend(&content, i == 0 ? "" : ",", CsvField(row[i], random));
      }
      content += newline;
    }
    ASSERT_EQ(Read(content), rows) << content;
  }
}

TEST_F(CsvTest, NoBytesBreakTheReader) {
  SeededRandom random;
  for (int round = 0; round < 2000; ++round) {
    CsvReader& csv = Open("a,b\n" + random.Text("a,\"\n\r\xc3\xa9", 40));
    uint64_t line_before = 1;
    while (csv.Next()) {
      EXPECT_GT(csv.line_number(), line_before);
      line_before = csv.line_number();
      EXPECT_EQ(csv.fields().size(), csv.record_status().ok() ? 2u : 0u);
    }
    ASSERT_OK(csv.status());
  }
}

}  // namespace
}  // namespace daybook::tools
