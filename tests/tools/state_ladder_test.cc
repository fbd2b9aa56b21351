// Any order of seeks gives the states that folding from the beginning gives.
// The seed is fixed.

#include "tools/state_ladder.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/command_runner.h"
#include "tools/builtin_projection.h"

namespace daybook::tools {
namespace {

constexpr uint64_t kEvents = 1000;

class StateLadderTest : public ::testing::Test {
 protected:
  StateLadderTest() : store_(EventStore::OpenInMemory()) {
    for (uint64_t i = 0; i < kEvents; ++i) {
      EXPECT_OK(store_->Append(i % 3 == 0 ? "b" : "a", ExpectedRevision::Any(),
                               {{.type = absl::StrCat("t", i % 7),
                                 .payload = std::string(i, 'x')}}));
    }
  }

  StateLadder Ladder(const std::string& stream,
                     const StateLadderOptions& options) {
    NamedProjection named;
    named.projection = MakeCount(CountBy::kType, EventTime::kRecorded);
    StateFold initial = StateFold::Begin(std::move(named), !stream.empty());
    History history(*store_, stream, initial.events());
    return StateLadder(std::move(history), std::move(initial), Bounds(),
                       options);
  }

  const std::unique_ptr<EventStore> store_;
};

TEST_F(StateLadderTest, AnyOrderOfSeeksGivesTheStatesOfAFoldFromTheBeginning) {
  for (const std::string stream : {"", "a"}) {
    // One that keeps every state, and ones that keep few.
    StateLadder all = Ladder(stream, {.rungs_max = 10'000});
    StateLadder few = Ladder(stream, {.rungs_max = 16});
    StateLadder small = Ladder(stream, {.bytes_max = 4096});
    ASSERT_OK(all.Seek(StateLadder::kEnd));
    std::mt19937 random(7);  // NOLINT: the same every time
    for (int i = 0; i < 300; ++i) {
      const uint64_t events = random() % (kEvents + 10);
      ASSERT_OK_AND_ASSIGN(const StateAt* expected, all.Seek(events));
      for (StateLadder* ladder : {&few, &small}) {
        ASSERT_OK_AND_ASSIGN(const StateAt* at, ladder->Seek(events));
        ASSERT_EQ(at->events, expected->events);
        ASSERT_EQ(at->state.Json(), expected->state.Json());
        ASSERT_EQ(at->place.has_value(), expected->place.has_value());
        if (at->place.has_value()) {
          ASSERT_EQ(at->place->position, expected->place->position);
        }
      }
    }
    EXPECT_LE(few.rung_count(), 16u);
  }
}

TEST_F(StateLadderTest, ASeekFoldsNoMoreThanOneSpacingOnceAllWasSeen) {
  StateLadder ladder = Ladder("", {.rungs_max = 32});
  ASSERT_OK(ladder.Seek(StateLadder::kEnd));
  EXPECT_EQ(ladder.folded(), kEvents);
  for (uint64_t events = kEvents; events > 0; --events) {
    const uint64_t before = ladder.folded();
    ASSERT_OK(ladder.Seek(events - 1));
    ASSERT_LT(ladder.folded() - before, ladder.spacing());
  }
}

}  // namespace
}  // namespace daybook::tools
