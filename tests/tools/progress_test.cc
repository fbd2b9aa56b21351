// DAYBOOK_SEED: tests/tools/seeded_random.h.

#include "tools/progress.h"

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/tools/seeded_random.h"
#include "tools/output.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::SeededRandom;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

class ProgressTest : public ::testing::Test {
 protected:
  ProgressTest() : err_(&text_) { context_.err = &err_; }

  std::string Line(std::optional<uint64_t> total, uint64_t done,
                   absl::Duration elapsed,
                   Progress::Unit unit = Progress::Unit::kCount) {
    return Progress(context_, "import", total, unit).Line(done, elapsed);
  }

  std::string text_;
  Output err_;
  CommandContext context_;
};

TEST_F(ProgressTest, ALineSaysHowFarItIsAndHowFast) {
  EXPECT_EQ(Line(1'000'000, 375'000, absl::Seconds(10)),
            "import  [#########---------------]   37 %  375,000 / 1,000,000  "
            "37,500/s  ETA 17 s");
}

TEST_F(ProgressTest, BytesAreShownAsSuch) {
  EXPECT_EQ(Line(2 << 20, 1 << 20, absl::Seconds(1), Progress::Unit::kBytes),
            "import  [############------------]   50 %  1.0 MiB / 2.0 MiB  "
            "1.0 MiB/s  ETA 1.0 s");
}

TEST_F(ProgressTest, WithoutATotalThereIsNoBar) {
  for (const std::optional<uint64_t> total :
       {std::optional<uint64_t>(), std::optional<uint64_t>(0)}) {
    EXPECT_EQ(Line(total, 5000, absl::Seconds(2)), "import  5,000  2,500/s");
  }
}

TEST_F(ProgressTest, TheEndHasAFullBarAndNoTimeToGo) {
  EXPECT_THAT(Line(100, 100, absl::Seconds(1)),
              EndsWith("[########################]  100 %  100 / 100  100/s"));
}

TEST_F(ProgressTest, AnythingCanBeShown) {
  SeededRandom random;
  for (int i = 0; i < 10'000; ++i) {
    const uint64_t total = random.Below(uint64_t{1} << random.Below(63));
    const uint64_t done = random.Below(uint64_t{1} << random.Below(63));
    const absl::Duration elapsed = absl::Microseconds(
        static_cast<int64_t>(random.Below(uint64_t{1} << random.Below(50))));
    const std::string line = Line(total, done, elapsed);
    ASSERT_LT(ColumnsOf(line), 140u) << line;
    ASSERT_THAT(line, Not(HasSubstr("nan")));
    ASSERT_THAT(line, Not(HasSubstr("inf")));
  }
}

// Whether anything is drawn on a terminal is up to the clock; in a pipe it
// never is.
TEST_F(ProgressTest, APipeGetsNothing) {
  context_.terminal = {.output_is_terminal = true, .error_is_terminal = false};
  {
    Progress progress(context_, "import", 10);
    const absl::Time end = absl::Now() + absl::Milliseconds(150);
    while (absl::Now() < end) progress.Update(5);
    progress.Clear();
  }
  EXPECT_EQ(text_, "");
}

TEST_F(ProgressTest, ATerminalGetsOneLineThatIsRemoved) {
  context_.terminal.error_is_terminal = true;
  {
    Progress progress(context_, "import", 10);
    while (text_.empty()) progress.Update(5);
    EXPECT_THAT(text_, HasSubstr("\rimport  ["));
    EXPECT_THAT(text_, Not(HasSubstr("\n")));
  }
  EXPECT_THAT(text_, EndsWith("\r\033[K"));
}

TEST_F(ProgressTest, WhatWasNotDrawnIsNotRemoved) {
  context_.terminal.error_is_terminal = true;
  { Progress progress(context_, "import", 10); }
  EXPECT_EQ(text_, "");
}

}  // namespace
}  // namespace daybook::tools
