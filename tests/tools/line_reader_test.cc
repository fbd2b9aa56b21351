#include "tools/line_reader.h"

#include <unistd.h>

#include <csignal>
#include <fstream>
#include <random>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"
#include "tests/tools/gzip.h"
#include "tools/interrupt.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::Gzip;
using ::daybook::testing::IsOk;
using ::daybook::testing::StatusIs;
using ::daybook::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class LineReaderTest : public ::testing::Test {
 protected:
  std::unique_ptr<LineReader> Open(
      std::string_view content,
      const LineReaderOptions& options = LineReaderOptions()) {
    auto reader = LineReader::Open(folder_.Write("input", content), 0, options);
    EXPECT_OK(reader);
    return *std::move(reader);
  }
  static std::vector<std::string> Lines(LineReader& reader) {
    std::vector<std::string> lines;
    while (reader.Next()) lines.emplace_back(reader.line());
    return lines;
  }

  TemporaryFolder folder_;
};

TEST_F(LineReaderTest, GivesLinesWithTheirNumbers) {
  const auto reader = Open("a\n\nccc\n");
  ASSERT_TRUE(reader->Next());
  EXPECT_EQ(reader->line(), "a");
  EXPECT_EQ(reader->line_number(), 1u);
  ASSERT_TRUE(reader->Next());
  EXPECT_EQ(reader->line(), "");
  ASSERT_TRUE(reader->Next());
  EXPECT_EQ(reader->line(), "ccc");
  EXPECT_EQ(reader->line_number(), 3u);
  EXPECT_TRUE(reader->terminated());
  EXPECT_FALSE(reader->Next());
  EXPECT_OK(reader->status());
  EXPECT_EQ(reader->line_number(), 3u);
}

TEST_F(LineReaderTest, LastLineNeedsNoNewlineButIsKnownByIt) {
  const auto reader = Open("a\nb");
  EXPECT_THAT(Lines(*reader), ElementsAre("a", "b"));
  EXPECT_FALSE(reader->terminated());
  EXPECT_OK(reader->status());
}

TEST_F(LineReaderTest, PiecesGoThroughALineHoweverLong) {
  LineReaderOptions options;
  options.line_bytes_max = 10;
  const std::string content = std::string(1 << 20, 'x') + "\n\nrest\n";
  const auto reader = Open(content, options);
  EXPECT_TRUE(std::string_view(content).starts_with(reader->Ahead()));
  EXPECT_FALSE(reader->Ahead().empty());
  std::string read;
  while (reader->line_number() < 2 && reader->NextPiece()) {
    read += reader->line();
    if (reader->terminated()) read += '\n';
  }
  EXPECT_EQ(read, content.substr(0, content.size() - 5));
  ASSERT_TRUE(reader->Next());
  EXPECT_EQ(reader->line(), "rest");
  EXPECT_EQ(reader->line_number(), 3u);
  EXPECT_FALSE(reader->NextPiece());
  EXPECT_TRUE(reader->Ahead().empty());
  EXPECT_OK(reader->status());
}

TEST_F(LineReaderTest, TheRestOfALineBegunInPiecesIsTheSameLine) {
  const auto reader = Open(std::string(1 << 20, 'x') + "y\nz");
  ASSERT_TRUE(reader->NextPiece());
  EXPECT_FALSE(reader->terminated());
  ASSERT_TRUE(reader->Next());
  EXPECT_TRUE(reader->line().ends_with("xy"));
  EXPECT_EQ(reader->line_number(), 1u);
  ASSERT_TRUE(reader->NextPiece());
  EXPECT_EQ(reader->line(), "z");
  EXPECT_EQ(reader->line_number(), 2u);
}

TEST_F(LineReaderTest, EmptyInputHasNoLines) {
  EXPECT_THAT(Lines(*Open("")), IsEmpty());
  EXPECT_THAT(Lines(*Open("x")), ElementsAre("x"));
}

TEST_F(LineReaderTest, KnowsGzipByItsFirstBytes) {
  const auto reader = Open(Gzip("a\nbb\n"));
  EXPECT_THAT(Lines(*reader), ElementsAre("a", "bb"));
  EXPECT_OK(reader->status());
}

TEST_F(LineReaderTest, GzipMembersInARowAreOneInput) {
  EXPECT_THAT(Lines(*Open(Gzip("a\nb") + Gzip("b\nc\n"))),
              ElementsAre("a", "bb", "c"));
}

TEST_F(LineReaderTest, LinesAcrossBuffersAreWhole) {
  std::mt19937 random(3);
  std::vector<std::string> lines;
  std::string content;
  for (int i = 0; i < 200; ++i) {
    lines.emplace_back(random() % 20'000, static_cast<char>('a' + i % 26));
    content += lines.back() + "\n";
  }
  EXPECT_EQ(Lines(*Open(content)), lines);
  EXPECT_EQ(Lines(*Open(Gzip(content))), lines);
}

TEST_F(LineReaderTest, CutGzipGivesItsWholeLinesAndThenSaysSo) {
  std::mt19937 random(5);
  std::string content;
  for (int i = 0; i < 2000; ++i) content += std::to_string(random()) + "\n";
  const std::string packed = Gzip(content);
  const auto reader = Open(packed.substr(0, packed.size() / 2));
  const std::vector<std::string> lines = Lines(*reader);
  EXPECT_GT(lines.size(), 100u);
  for (const std::string& line : lines) {
    EXPECT_THAT(content, HasSubstr(line + "\n"));
  }
  EXPECT_THAT(reader->status(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                         HasSubstr("cut off")));
  EXPECT_THAT(std::string(reader->status().message()),
              HasSubstr("after line " + std::to_string(lines.size())));
}

TEST_F(LineReaderTest, GzipCutAnywhereIsNeverTakenForWhole) {
  const std::string packed = Gzip("a\nb\nc\n");
  for (size_t size = 2; size < packed.size(); ++size) {
    const auto reader = Open(packed.substr(0, size));
    Lines(*reader);
    EXPECT_FALSE(reader->status().ok()) << size;
  }
}

TEST_F(LineReaderTest, DamagedGzipIsReported) {
  std::string packed = Gzip("a\nb\nc\n");
  packed[packed.size() - 6] ^= 1;  // in the checksum
  const auto reader = Open(packed);
  Lines(*reader);
  EXPECT_THAT(reader->status(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                         HasSubstr("damaged")));
}

TEST_F(LineReaderTest, TooLongALineIsOneBadLine) {
  const auto reader = Open("a\n" + std::string(3'000'000, 'x') + "\nb\n",
                           {.line_bytes_max = 1'000'000});
  ASSERT_TRUE(reader->Next());
  ASSERT_TRUE(reader->Next());
  EXPECT_EQ(reader->line_number(), 2u);
  EXPECT_THAT(reader->line_status(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("longer than 1000000 bytes")));
  EXPECT_THAT(std::string(reader->line()), SizeIs(::testing::Le(1024)));
  ASSERT_TRUE(reader->Next());
  EXPECT_OK(reader->line_status());
  EXPECT_EQ(reader->line(), "b");
  EXPECT_FALSE(reader->Next());
  EXPECT_OK(reader->status());
}

TEST_F(LineReaderTest, ALineWithoutEndIsToldOfAtTheLimit) {
  ASSERT_OK_AND_ASSIGN(
      const auto reader,
      LineReader::Open("/dev/zero", 0, {.line_bytes_max = 1'000'000}));
  ASSERT_TRUE(reader->Next());
  EXPECT_THAT(reader->line_status(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("longer than 1000000 bytes")));
}

TEST_F(LineReaderTest, LineOfExactlyTheLimitPasses) {
  const LineReaderOptions options = {.line_bytes_max = 10};
  const auto reader = Open("0123456789\n01234567890", options);
  ASSERT_TRUE(reader->Next());
  EXPECT_OK(reader->line_status());
  ASSERT_TRUE(reader->Next());
  EXPECT_FALSE(reader->line_status().ok());
}

TEST_F(LineReaderTest, InterruptionEndsTheReading) {
  const auto reader = Open("a\nb\n");
  ASSERT_TRUE(reader->Next());
  SetReceivedSignal(SIGINT);
  EXPECT_FALSE(reader->Next());
  SetReceivedSignal(0);
  EXPECT_THAT(reader->status(), StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(LineReaderTest, FollowWaitsForMoreAndForWholeLines) {
  std::ofstream out(folder_.File("log"));
  out << "a\nb" << std::flush;
  int idle = 0;
  LineReaderOptions options;
  options.follow = true;
  options.on_idle = [&] {
    ++idle;
    if (idle == 1) out << "b\n" << std::flush;
    if (idle == 3) SetReceivedSignal(SIGINT);
    return absl::OkStatus();
  };
  ASSERT_OK_AND_ASSIGN(const auto reader,
                       LineReader::Open(folder_.File("log"), 0, options));
  EXPECT_THAT(Lines(*reader), ElementsAre("a", "bb"));
  SetReceivedSignal(0);
  EXPECT_THAT(reader->status(), StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(LineReaderTest, FollowEndsWithWhatIsSaidAtAPause) {
  LineReaderOptions options;
  options.follow = true;
  options.on_idle = [] { return absl::AbortedError("enough"); };
  ASSERT_OK_AND_ASSIGN(
      const auto reader,
      LineReader::Open(folder_.Write("log", "a\n"), 0, options));
  EXPECT_THAT(Lines(*reader), ElementsAre("a"));
  EXPECT_THAT(reader->status(), StatusIs(absl::StatusCode::kAborted, "enough"));
}

TEST_F(LineReaderTest, FollowingAPipeEndsWithIt) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(write(ends[1], "a\nb", 3), 3);
  close(ends[1]);
  LineReaderOptions options;
  options.follow = true;
  options.on_idle = [] { return absl::AbortedError("it waits"); };
  ASSERT_OK_AND_ASSIGN(const auto reader,
                       LineReader::Open("-", ends[0], options));
  EXPECT_THAT(Lines(*reader), ElementsAre("a", "b"));
  EXPECT_OK(reader->status());
  close(ends[0]);
}

TEST_F(LineReaderTest, WhatIsNoFileIsNamed) {
  EXPECT_THAT(LineReader::Open(folder_.File("none"), 0),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("none")));
  EXPECT_THAT(LineReader::Open(folder_.File(""), 0),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("Is a directory")));
}

TEST_F(LineReaderTest, SaysHowFarItIs) {
  const auto reader = Open("a\nb\n");
  EXPECT_EQ(reader->bytes_total(), 4u);
  Lines(*reader);
  EXPECT_EQ(reader->bytes_read(), 4u);
}

}  // namespace
}  // namespace daybook::tools
