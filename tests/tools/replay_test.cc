// daybook replay: events and states at the pace of their times.

#include <nlohmann/json.hpp>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/fake_clock.h"
#include "tests/tools/command_runner.h"
#include "tools/interrupt.h"
#include "tools/pacer.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::daybook::testing::FakeClock;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ReplayTest : public ::testing::Test {
 protected:
  // Three events, ten minutes apart; they happened a day apart.
  ReplayTest() {
    daybook_({"init"});
    for (int i = 0; i < 3; ++i) {
      if (i > 0) daybook_.clock().Advance(absl::Minutes(10));
      daybook_({"append", i == 1 ? "cart-1" : "order-1", "--type",
                "t" + std::to_string(i), "--data",
                R"({"n":)" + std::to_string(i) + "}", "--time",
                "2020-01-0" + std::to_string(i + 1) + "T00:00:00Z"});
    }
  }

  CommandResult Replay(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "replay");
    const absl::Time start = daybook_.clock().Now();
    CommandResult result = daybook_(arguments);
    took_ = daybook_.clock().Now() - start;
    return result;
  }

  CommandRunner daybook_;
  // By the clock.
  absl::Duration took_;
};

TEST_F(ReplayTest, EventsComeAsReadGivesThem) {
  EXPECT_EQ(Replay({"--speed", "max"}).out,
            daybook_({"read", "--all", "--format", "json"}).out);
  EXPECT_EQ(took_, absl::ZeroDuration());
}

TEST_F(ReplayTest, PaceIsThatOfTheRecordedTimesAndSoManyTimesIt) {
  Replay({});
  EXPECT_EQ(took_, absl::Minutes(20));
  Replay({"--speed", "10x"});
  EXPECT_EQ(took_, absl::Minutes(2));
  Replay({"--speed", "0.5x"});
  EXPECT_EQ(took_, absl::Minutes(40));
  Replay({"--occurred"});
  EXPECT_EQ(took_, absl::Hours(48));
  Replay({"--from", "@1"});
  EXPECT_EQ(took_, absl::Minutes(10));
}

TEST_F(ReplayTest, ThroughAProjectionTheStateComesAtTheEndAndInBetween) {
  const CommandResult folded =
      Replay({"--with", "count", "--by", "category", "--speed", "max"});
  EXPECT_THAT(folded.out, EndsWith("\"events\":3,\"state\":{\"cart\":{"
                                   "\"count\":1},\"order\":{\"count\":2}}}\n"));
  const std::string out =
      Replay({"order-1", "--with", "latest", "--every", "1"}).out;
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 2);
  EXPECT_THAT(out, HasSubstr("\"state\":{\"fields\":{\"n\":0}}"));
  EXPECT_THAT(out, HasSubstr("\"state\":{\"fields\":{\"n\":2}}"));
}

TEST_F(ReplayTest, BoundsFilterAndConditionSayWhichEvents) {
  const auto types = [&](const std::vector<std::string>& arguments) {
    std::string all;
    const std::string out = Replay(arguments).out;
    for (size_t at = 0; at < out.size();) {
      const size_t end = out.find('\n', at);
      all += nlohmann::json::parse(out.substr(at, end - at))["type"];
      at = end + 1;
    }
    return all;
  };
  EXPECT_EQ(types({"--to", "@1"}), "t0t1");
  EXPECT_EQ(types({"order-1"}), "t0t2");
  EXPECT_EQ(types({"--filter", R"({"items":[{"category":"order"}]})"}), "t0t2");
  EXPECT_EQ(types({"--where", "data ->> '$.n' > 0"}), "t1t2");
}

TEST_F(ReplayTest, AnInterruptEndsItWithTheStateSoFar) {
  SetReceivedSignal(2);
  const CommandResult result = Replay({"--with", "count"});
  SetReceivedSignal(0);
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_THAT(result.out, HasSubstr("\"state\":{}"));
}

TEST_F(ReplayTest, WhatCantBeMeantIsAUsageError) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{
           {"--speed", "fast"},
           {"--speed", "0x"},
           {"--speed", "-1x"},
           {"--speed", "10"},
           {"--speed", "nanx"},
           {"--every", "1"},
           {"--by", "type"},
           {"--with", "none"},
           {"order-1", "--filter", "{\"items\":[]}"},
           {"--filter", "{"},
           {"--where", "total"}}) {
    const CommandResult result = Replay(arguments);
    EXPECT_EQ(result.exit_code, 2) << arguments[0] << " " << result.err;
    EXPECT_THAT(result.out, IsEmpty());
  }
}

TEST(PlaybackPacerTest, WhatIsLateOrOutOfOrderIsDueAtOnce) {
  FakeClock clock;
  PlaybackPacer pacer(clock, 2);
  const absl::Time time = absl::UnixEpoch();
  EXPECT_EQ(pacer.Wait(time), absl::ZeroDuration());
  EXPECT_EQ(pacer.Wait(time + absl::Seconds(10)), absl::Seconds(5));
  clock.Advance(absl::Seconds(7));
  EXPECT_EQ(pacer.Wait(time + absl::Seconds(10)), absl::ZeroDuration());
  EXPECT_EQ(pacer.Wait(time - absl::Seconds(10)), absl::ZeroDuration());
  EXPECT_EQ(pacer.Wait(time + absl::Seconds(20)), absl::Seconds(3));
}

}  // namespace
}  // namespace daybook::tools
