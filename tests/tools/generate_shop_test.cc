// The command `generate shop` on stores in memory.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/command_runner.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class GenerateShopTest : public ::testing::Test {
 protected:
  CommandResult Generate(const std::string& store,
                         std::vector<std::string> options) {
    daybook_({"--store", store, "init"});
    options.insert(options.begin(), {"--store", store, "generate", "shop"});
    return daybook_(options);
  }
  // All of a store's events as they were given to it, in lines of JSON.
  std::string EventsOf(const std::string& store) {
    std::string lines;
    for (const Event& event : Stored(store)) {
      lines += event.id.ToString() + "\n";
    }
    return lines + daybook_({"--store", store, "export"}).out;
  }
  // What was generated, without the schemas that were registered for it.
  std::vector<Event> Stored(const std::string& store) {
    std::vector<Event> events;
    absl::StatusOr<EventCursor> cursor = daybook_.store(store).ReadLog();
    EXPECT_OK(cursor);
    for (const EventView& event : *cursor) {
      if (!event.system()) events.push_back(event.ToEvent());
    }
    return events;
  }

  CommandRunner daybook_;
};

TEST_F(GenerateShopTest, AppendsAsManyEventsAsAskedFor) {
  for (const char* count : {"1", "2", "99", "1000"}) {
    const CommandResult result = Generate(count, {"--events", count});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(Stored(count).size(), std::stoul(count));
  }
}

TEST_F(GenerateShopTest, TheSameSeedGivesTheSameEventsWhateverTheStore) {
  Generate("a", {"--events", "500", "--seed", "7", "--streams", "50"});
  daybook_.clock().Advance(absl::Hours(5));
  Generate("b", {"--events", "500", "--seed", "7", "--streams", "50"});
  Generate("c", {"--events", "500", "--seed", "8", "--streams", "50"});
  EXPECT_EQ(EventsOf("a"), EventsOf("b"));
  EXPECT_NE(EventsOf("a"), EventsOf("c"));
}

TEST_F(GenerateShopTest, BatchSaysHowManyEventsAnAppendHolds) {
  Generate("a", {"--events", "100", "--batch", "10"});
  for (const Event& event : Stored("a")) {
    EXPECT_LE(event.append_count, 11u);
    // The last append has what is left.
    const Position end(event.append_first_position.value() +
                       event.append_count);
    EXPECT_TRUE(event.append_count >= 10 || end == daybook_.store("a").Head())
        << end;
  }
}

TEST_F(GenerateShopTest, SummaryCountsEventsTypesAndStreams) {
  const CommandResult result = Generate("a", {"--events", "1000"});
  EXPECT_THAT(result.out, StartsWith("appended 1,000 events in 10 appends"));
  EXPECT_THAT(result.out, HasSubstr("  cart.opened "));
  EXPECT_THAT(result.out, HasSubstr(" streams, the longest "));
}

TEST_F(GenerateShopTest, ARunThatIsResumedAppendsNothingTwice) {
  const std::vector<std::string> options = {"--events", "300", "--resume"};
  Generate("a", options);
  const std::string before = EventsOf("a");
  const CommandResult again = Generate("a", options);
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.out, HasSubstr("appended 0 events"));
  EXPECT_THAT(again.out, HasSubstr("; 300 were there already"));
  EXPECT_EQ(EventsOf("a"), before);
}

TEST_F(GenerateShopTest, ResumingWithOtherOptionsIsRefused) {
  Generate("a", {"--events", "300", "--resume"});
  const CommandResult other =
      Generate("a", {"--events", "300", "--resume", "--streams", "10"});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.err, HasSubstr("--resume needs the same"));
}

TEST_F(GenerateShopTest, ARateOfAnySizeIsARate) {
  for (const char* rate : {"1e300", "1e19"}) {
    EXPECT_EQ(Generate(rate, {"--events", "200", "--rate", rate}).exit_code, 0);
    ASSERT_EQ(Stored(rate).size(), 200u);
    EXPECT_GE(Stored(rate).front().append_count, 100u);
  }
}

TEST_F(GenerateShopTest, NumbersThatAreNoneAreUsageErrors) {
  const auto refuses = [this](const std::vector<std::string>& options) {
    const CommandResult result = Generate("a", options);
    EXPECT_EQ(result.exit_code, 2) << options.back();
    EXPECT_EQ(Stored("a").size(), 0u);
  };
  refuses({});
  refuses({"--events", "0"});
  refuses({"--events", "-1"});
  refuses({"--events", "x"});
  refuses({"--events", "1", "--streams", "1"});
  refuses({"--events", "1", "--seed", "-1"});
  refuses({"--events", "1", "--rate", "0"});
  refuses({"--events", "1", "--rate", "nan"});
  refuses({"--events", "1", "--rate", "inf"});
  refuses({"--events", "1", "--batch", "0"});
  refuses({"--events", "1", "--batch", "100001"});
}

}  // namespace
}  // namespace daybook::tools
