// daybook trace: what caused what.

#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/command_runner.h"
#include "tools/causation_tree.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

std::string Id(int n) {
  return absl::StrCat("0190163d-8694-739b-aea5-00000000000", n);
}

class TraceTest : public ::testing::Test {
 protected:
  TraceTest() { daybook_({"init"}); }

  // An event of the type "t<n>" and the id Id(n), a second after the last one.
  void Append(int n, const std::string& cause, const std::string& correlation) {
    daybook_.clock().Advance(absl::Seconds(1));
    std::vector<std::string> arguments = {
        "append", "s", "--type", absl::StrCat("t", n), "--id", Id(n)};
    if (!cause.empty()) {
      arguments.insert(arguments.end(), {"--causation", cause});
    }
    if (!correlation.empty()) {
      arguments.insert(arguments.end(), {"--correlation", correlation});
    }
    ASSERT_EQ(daybook_(arguments).exit_code, 0);
  }
  // What stands before the type of each event, and the type: "├─ t1".
  std::vector<std::string> Lines(const std::string& which) {
    const CommandResult result = daybook_({"trace", which});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    std::vector<std::string> lines;
    for (const auto line :
         absl::StrSplit(result.out, '\n', absl::SkipEmpty())) {
      const std::string text(line);
      const size_t type = text.find(" t") + 1;
      lines.push_back(text.substr(0, text.find('@')) + text.substr(type, 2));
    }
    return lines;
  }

  CommandRunner daybook_;
};

TEST_F(TraceTest, ACorrelationIsDrawnAsATree) {
  Append(0, "", "c");
  Append(1, Id(0), "c");
  Append(2, Id(1), "c");
  Append(3, Id(0), "c");
  Append(4, "", "other");
  Append(5, "", "c");
  EXPECT_THAT(Lines("c"),
              ElementsAre("t0", "├─ t1", "│  └─ t2", "└─ t3", "t5"));
  EXPECT_THAT(daybook_({"trace", "c"}).out,
              AllOf(StartsWith("@0 s #0 t0, recorded 2026-03-03T01:06:41Z\n"),
                    HasSubstr("└─ @3 s #3 t3, recorded 2026-03-03T01:06:44Z "
                              "(+3s)\n")));
}

TEST_F(TraceTest, AnEventIsShownWithAllOfItsCorrelation) {
  Append(0, "", "c");
  Append(1, Id(0), "c");
  EXPECT_THAT(Lines("@1"), ElementsAre("t0", "└─ t1"));
  EXPECT_THAT(Lines(Id(0)), ElementsAre("t0", "└─ t1"));
}

TEST_F(TraceTest, AnEventWithoutCorrelationIsShownWithCausesAndEffects) {
  Append(0, "a command", "");
  Append(1, Id(0), "");
  Append(2, Id(1), "");
  Append(3, Id(2), "");
  Append(4, Id(0), "c");
  Append(5, "another command", "");
  EXPECT_THAT(Lines("@2"),
              ElementsAre("t0", "├─ t1", "│  └─ t2", "│     └─ t3", "└─ t4"));
  EXPECT_THAT(daybook_({"trace", "@2"}).out,
              HasSubstr("caused by a command, which is none of these events"));
}

TEST_F(TraceTest, ACorrelationIdMayBeAUuidAndACauseInCapitals) {
  Append(0, "", Id(9));
  std::string capitals = Id(0);
  for (char& c : capitals) c = static_cast<char>(std::toupper(c));
  Append(1, capitals, Id(9));
  EXPECT_THAT(Lines(Id(9)), ElementsAre("t0", "└─ t1"));
}

TEST_F(TraceTest, ACircleIsCutAtItsFirstEvent) {
  Append(0, Id(2), "c");
  Append(1, Id(0), "c");
  Append(2, Id(1), "c");
  Append(3, Id(3), "c");
  EXPECT_THAT(Lines("c"), ElementsAre("t3", "t0", "└─ t1", "   └─ t2"));
}

TEST_F(TraceTest, JsonHasTheDepthOfEachEvent) {
  Append(0, "", "c");
  Append(1, Id(0), "c");
  const std::string out = daybook_({"trace", "c", "--format", "json"}).out;
  const nlohmann::json second =
      nlohmann::json::parse(out.substr(out.find('\n') + 1));
  EXPECT_EQ(second["depth"], 1);
  EXPECT_EQ(second["causation_id"], Id(0));
  EXPECT_EQ(second["correlation_id"], "c");
  EXPECT_EQ(second["position"], 1);
}

TEST_F(TraceTest, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(daybook_({"trace", "none"}).exit_code, 4);
  EXPECT_EQ(daybook_({"trace", "@7"}).exit_code, 4);
  EXPECT_EQ(daybook_({"trace", Id(1)}).exit_code, 4);
  EXPECT_EQ(daybook_({"trace", ""}).exit_code, 2);
}

TEST_F(TraceTest, IdsAndStreamsDriveNoTerminal) {
  const std::string odd = "x\x1b[31m";
  ASSERT_OK(daybook_.store().Append(
      "s" + odd, ExpectedRevision::Any(),
      {{.type = "t" + odd,
        .metadata = {.correlation_id = "c" + odd, .causation_id = odd}}}));
  for (const char* format : {"text", "json"}) {
    const std::string out =
        daybook_({"trace", "c" + odd, "--format", format}).out;
    EXPECT_THAT(out, AllOf(Not(IsEmpty()), Not(HasSubstr("\x1b"))));
  }
}

// A chain as long as may be is drawn without deep recursion or long lines.
TEST(CausationTreeTest, ALongChainIsVisitedOnceEach) {
  constexpr size_t kCount = CausationTree::kEventsMax;
  std::vector<TracedEvent> events(kCount);
  for (size_t i = 0; i < kCount; ++i) {
    std::array<uint8_t, EventId::kSize> bytes = {};
    bytes[0] = static_cast<uint8_t>(i >> 16);
    bytes[1] = static_cast<uint8_t>(i >> 8);
    bytes[2] = static_cast<uint8_t>(i);
    events[i].place.id = EventId(bytes);
    events[i].place.position = Position(i);
    if (i > 0) events[i].causation_id = events[i - 1].place.id.ToString();
  }
  size_t visited = 0;
  size_t longest = 0;
  CausationTree(std::move(events)).Visit([&](const auto& at) {
    EXPECT_EQ(at.depth, visited++);
    longest = std::max(longest, at.branches.size());
    return true;
  });
  EXPECT_EQ(visited, kCount);
  EXPECT_LT(longest, 500u);
}

}  // namespace
}  // namespace daybook::tools
