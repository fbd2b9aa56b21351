// The parser on bytes made here; what git really prints is read in
// git_import_test.cc.

#include "tools/git_log.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/status_macros.h"
#include "tests/testing/status_matchers.h"

namespace daybook::tools {
namespace {

using namespace std::string_literals;
using ::daybook::testing::IsOkAndHolds;
using ::daybook::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kHash1(40, '1');
const std::string kHash2(40, '2');
const std::string kNone(40, '0');

// Gives `text` in pieces of `piece` bytes.
GitLogParser::Input From(std::string text, size_t piece) {
  return [text = std::move(text), piece, at = size_t{0}](
             char* buffer, size_t size) mutable -> absl::StatusOr<size_t> {
    const size_t count = std::min({piece, size, text.size() - at});
    std::memcpy(buffer, text.data() + at, count);
    at += count;
    return count;
  };
}

std::string CommitLine(const std::string& hash) {
  return hash + " 100 200 A. U. Thor <a@example.org>\0"s;
}
std::string Change(const std::string& status, const std::string& path) {
  return ":100644 100755 " + kHash1 + " " + kHash2 + " " + status + "\0"s +
         path + "\0"s;
}

// "<commit>" and "<status> <path>", in order.
absl::StatusOr<std::vector<std::string>> ReadAll(const std::string& text,
                                                 size_t piece = 1 << 20) {
  GitLogParser parser(From(text, piece));
  std::vector<std::string> read;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool commit, parser.NextCommit());
    if (!commit) return read;
    read.push_back(parser.commit().hash);
    while (true) {
      DAYBOOK_ASSIGN_OR_RETURN(const bool change, parser.NextChange());
      if (!change) break;
      read.push_back(parser.change().status + " "s + parser.change().path);
    }
  }
}

TEST(GitLogTest, CommitsAndChangesAreReadInAnyPieces) {
  const std::string text = CommitLine(kHash1) + "\n" + Change("A", "a") +
                           Change("T", "\nb") + CommitLine(kHash2) +
                           CommitLine(kHash1) + "\n" + Change("D", ":x") +
                           Change("M", "\n");
  for (const size_t piece : {size_t{1}, size_t{2}, size_t{7}, size_t{100}}) {
    EXPECT_THAT(ReadAll(text, piece),
                IsOkAndHolds(ElementsAre(kHash1, "A a", "T \nb", kHash2, kHash1,
                                         "D :x", "M \n")));
  }
}

TEST(GitLogTest, FieldsAreReadAsGitWritesThem) {
  GitLogParser parser(From(CommitLine(kHash2) + "\n" + Change("M", "x"), 99));
  ASSERT_THAT(parser.NextCommit(), IsOkAndHolds(true));
  EXPECT_EQ(parser.commit().author_time, 100);
  EXPECT_EQ(parser.commit().committer_time, 200);
  EXPECT_EQ(parser.commit().author, "A. U. Thor <a@example.org>");
  ASSERT_THAT(parser.NextChange(), IsOkAndHolds(true));
  EXPECT_EQ(parser.change().old_mode, "100644");
  EXPECT_EQ(parser.change().new_mode, "100755");
  EXPECT_EQ(parser.change().old_blob, kHash1);
  EXPECT_EQ(parser.change().new_blob, kHash2);
}

TEST(GitLogTest, ChangesNotAskedForAreSteppedOver) {
  GitLogParser parser(From(
      CommitLine(kHash1) + "\n" + Change("A", "a") + CommitLine(kHash2), 9));
  ASSERT_THAT(parser.NextCommit(), IsOkAndHolds(true));
  ASSERT_THAT(parser.NextCommit(), IsOkAndHolds(true));
  EXPECT_EQ(parser.commit().hash, kHash2);
  EXPECT_THAT(parser.NextChange(), IsOkAndHolds(false));
  EXPECT_THAT(parser.NextCommit(), IsOkAndHolds(false));
  EXPECT_THAT(parser.NextCommit(), IsOkAndHolds(false));
}

TEST(GitLogTest, DamagedDatesAndForeignNamesAreNoError) {
  GitLogParser parser(From(kHash1 + "   J\xf6rg <j>\0"s, 99));
  ASSERT_THAT(parser.NextCommit(), IsOkAndHolds(true));
  EXPECT_EQ(parser.commit().author_time, 0);
  EXPECT_EQ(parser.commit().committer_time, 0);
  EXPECT_EQ(parser.commit().author, "J\\xf6rg <j>");
}

TEST(GitLogTest, AnEmptyHistoryHasNoCommit) {
  EXPECT_THAT(ReadAll(""), IsOkAndHolds(IsEmpty()));
}

TEST(GitLogTest, WhatGitDoesNotPrintIsDataLoss) {
  for (const std::string& text :
       {"hello\0"s, kHash1, Change("A", "before any commit"),
        CommitLine(kHash1) + "\n" + Change("X", "status"),
        CommitLine(kHash1) + "\n" + Change("A", ""),
        CommitLine(kHash1) + "\n:100644 100755 1 2 A\0p\0"s,
        CommitLine(kHash1) + "\n:100644 100755 " + kHash1 + " " + kNone +
            " D\0"s,
        CommitLine(kHash1) + "\n\n:\0"s, std::string(2 << 20, 'x')}) {
    EXPECT_THAT(ReadAll(text), StatusIs(absl::StatusCode::kDataLoss))
        << text.substr(0, 200);
  }
}

}  // namespace
}  // namespace daybook::tools
