// fold, diff, step and bisect: states, and how they came about.

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "daybook/projections/registry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/replay/cart.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/command_runner.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::Added;
using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::daybook::testing::Opened;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class StateCommandsTest : public ::testing::Test {
 protected:
  StateCommandsTest() {
    daybook_({"init"});
    registry_.AddDecider<testing::Cart>("cart");
    daybook_.set_registry(&registry_);
  }

  void Append(const std::string& stream, const std::string& data) {
    ASSERT_EQ(
        daybook_({"append", stream, "--type", "t", "--data", data}).exit_code,
        0);
  }
  // Events with {"n":0}, {"n":1}, ... in the stream "a".
  void AppendNumbers(int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_OK(
          daybook_.store().Append("a", ExpectedRevision::Any(),
                                  {{.type = "t",
                                    .payload = absl::StrCat("{\"n\":", i, "}"),
                                    .content_type = "application/json"}}));
    }
  }
  template <typename... Ms>
  void AppendTo(const std::string& stream, const Ms&... messages) {
    ASSERT_OK(daybook::Append(daybook_.store(), stream, ExpectedRevision::Any(),
                              messages...));
  }
  std::string Out(const std::vector<std::string>& arguments,
                  std::string_view input = {}) {
    const CommandResult result = daybook_(arguments, input);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }
  json Json(const std::vector<std::string>& arguments) {
    return json::parse(Out(arguments));
  }

  Registry registry_;
  CommandRunner daybook_;
};

// --- fold --------------------------------------------------------------------

TEST_F(StateCommandsTest, FoldPrintsTheStateAndWhereItStandsOnOneLine) {
  Append("a", R"({"x":1.50,"y":2})");
  Append("b", "{}");
  Append("a", R"({"y":3})");
  const std::string out = Out({"fold", "a", "--with", "latest"});
  EXPECT_THAT(out, StartsWith(R"({"position":2,"stream":"a","revision":1,)"));
  EXPECT_THAT(out, ::testing::EndsWith(
                       R"("events":2,"state":{"fields":{"x":1.50,"y":3}}})"
                       "\n"));
}

TEST_F(StateCommandsTest, FoldOfADeciderIsItsState) {
  AppendTo("cart-1", Opened("1"), Added("tea", 2));
  AppendTo("cart-1", Added("milk", 1));
  EXPECT_EQ(Json({"fold", "cart-1", "--with", "cart"})["state"],
            json::parse(
                R"({"cart":"1","quantities":{"milk":1,"tea":2},"changes":3})"));
  EXPECT_EQ(
      Json({"fold", "cart-1", "--with", "cart", "--as-of", "#1"})["state"],
      json::parse(R"({"cart":"1","quantities":{"tea":2},"changes":2})"));
}

TEST_F(StateCommandsTest, FoldOfCountHasARowForEachKey) {
  Append("a", "{}");
  Append("a", "{}");
  Append("b-1", "{}");
  EXPECT_EQ(Json({"fold", "a", "--with", "count"})["state"],
            json::parse(R"({"t":{"count":2}})"));
  EXPECT_EQ(Json({"fold", "--with", "count", "--by", "category"})["state"],
            json::parse(R"({"a":{"count":2},"b":{"count":1}})"));
  EXPECT_EQ(Json({"fold", "--with", "latest"})["state"],
            json::parse(R"({"a":{"fields":{}},"b-1":{"fields":{}}})"));
}

TEST_F(StateCommandsTest, FoldAsOfBeforeTheFirstEventIsTheFirstState) {
  AppendTo("cart-1", Opened("1"));
  const json folded =
      Json({"fold", "cart-1", "--with", "cart", "--as-of", "2020-01-01"});
  EXPECT_TRUE(folded["position"].is_null());
  EXPECT_TRUE(folded["revision"].is_null());
  EXPECT_EQ(folded["events"], 0);
  EXPECT_EQ(folded["state"],
            json::parse(R"({"cart":"","quantities":{},"changes":0})"));
}

TEST_F(StateCommandsTest, FoldAsOfATimeTakesAllThatWereRecordedAtIt) {
  AppendNumbers(1000);
  daybook_.clock().Advance(absl::Microseconds(1));
  AppendNumbers(1);
  EXPECT_EQ(Json({"fold", "a", "--with", "latest", "--as-of",
                  "2026-03-03T01:06:40Z"})["revision"],
            999);
}

TEST_F(StateCommandsTest, FoldByWhenItHappenedIsOnlyWhenAskedFor) {
  daybook_({"append", "a", "--type", "t", "--data", "{\"x\":1}", "--time",
            "2015-01-01T00:00:00Z"});
  EXPECT_EQ(Json({"fold", "a", "--with", "latest", "--as-of",
                  "2016-01-01"})["events"],
            0);
  EXPECT_EQ(Json({"fold", "a", "--with", "latest", "--as-of", "2016-01-01",
                  "--occurred"})["events"],
            1);
}

TEST_F(StateCommandsTest, WhatADeletedStreamHidesIsHiddenAsOfAnyMoment) {
  Append("a", R"({"x":1})");
  daybook_({"delete", "a", "--yes", "--reason", "r"});
  EXPECT_EQ(daybook_({"fold", "a", "--with", "latest"}).exit_code, 4);
  Append("a", R"({"y":2})");
  EXPECT_EQ(Json({"fold", "a", "--with", "latest"})["state"],
            json::parse(R"({"fields":{"y":2}})"));
  EXPECT_EQ(Json({"fold", "a", "--with", "latest", "--as-of", "@0"})["events"],
            0);
  // Of the log, nothing is hidden.
  EXPECT_EQ(Json({"fold", "--with", "latest", "--as-of", "@0"})["events"], 1);
}

TEST_F(StateCommandsTest, FoldOfAnUnknownStreamOrProjectionIsAnError) {
  EXPECT_EQ(daybook_({"fold", "none", "--with", "latest"}).exit_code, 4);
  const CommandResult unknown = daybook_({"fold", "a", "--with", "none"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("count, latest, timeline, cart"));
  EXPECT_EQ(daybook_({"fold", "--with", "count", "--as-of", "#1"}).exit_code,
            2);
}

TEST_F(StateCommandsTest, AFoldThatFailsHalfWayPrintsNothingAndSaysWhere) {
  AppendTo("cart-1", Opened("1"));
  ASSERT_OK_AND_ASSIGN(const Event good,
                       daybook_.store().ReadEvent(Position(1)));
  ASSERT_OK(daybook_.store().Append(
      "cart-1", ExpectedRevision::Any(),
      {{.type = good.type,
        .payload = "\x08",
        .content_type = std::string(kProtobufContentType),
        .schema = good.schema}}));
  for (const char* command : {"fold", "diff"}) {
    const CommandResult result =
        daybook_({command, "cart-1", "--with", "cart"});
    EXPECT_EQ(result.exit_code, 5) << command;
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_THAT(result.err, HasSubstr("position 2"));
  }
  const CommandResult bisected = daybook_(
      {"bisect", "cart-1", "--with", "cart", "--until", "changes > 5"});
  EXPECT_EQ(bisected.exit_code, 5);
}

TEST_F(StateCommandsTest, AStateThatIsTooLargeIsAnErrorWithThePosition) {
  for (int i = 0; i < 72; ++i) {
    ASSERT_OK(daybook_.store().Append(
        "a", ExpectedRevision::Any(),
        {{.type = "t",
          .payload = absl::StrCat("{\"f", i, "\":\"", std::string(1 << 20, 'x'),
                                  "\"}"),
          .content_type = "application/json"}}));
  }
  const CommandResult result = daybook_({"fold", "a", "--with", "latest"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_THAT(result.err, AllOf(HasSubstr("position "),
                                HasSubstr("above 64.0 MiB of memory")));
}

// --- diff --------------------------------------------------------------------

TEST_F(StateCommandsTest, DiffSaysWhatChangedBetweenTwoMoments) {
  Append("a", R"({"x":1,"gone":true})");
  Append("a", R"({"x":2})");
  Append("a", R"({"y":"new"})");
  const std::string text =
      Out({"diff", "a", "--with", "latest", "--from", "#0", "--to", "#2"});
  EXPECT_THAT(text, AllOf(HasSubstr("from @0 a #0 t, recorded 2026-03-03T"),
                          HasSubstr("to   @2 a #2 t, recorded "),
                          HasSubstr("\n~ $.fields.x  1 -> 2\n"),
                          HasSubstr("\n+ $.fields.y  \"new\"\n"),
                          Not(HasSubstr("gone"))));
  const json changes = Json({"diff", "a", "--with", "latest", "--from", "#1",
                             "--to", "#0", "--format", "json"})["changes"];
  EXPECT_EQ(changes, json::parse(R"([{"path":"$.fields.x","change":"changed",
                                      "from":2,"to":1}])"));
}

TEST_F(StateCommandsTest, DiffWithoutFromStartsBeforeTheFirstEvent) {
  Append("a", R"({"x":1})");
  EXPECT_THAT(
      Out({"diff", "a", "--with", "latest"}),
      AllOf(StartsWith("from no event\n"), HasSubstr("+ $.fields.x  1\n")));
  EXPECT_THAT(
      Out({"diff", "a", "--with", "latest", "--from", "@0", "--to", "@0"}),
      ::testing::EndsWith("\nnothing changed\n"));
}

TEST_F(StateCommandsTest, DiffOfWhatTheStreamHidesSaysThatItDoes) {
  Append("a", R"({"x":1})");
  Append("a", R"({"x":2})");
  Append("a", R"({"x":3})");
  Out({"metadata", "a", "--truncate-before", "2"});
  EXPECT_THAT(
      Out({"diff", "a", "--with", "latest", "--from", "#0", "--to", "#1"}),
      AllOf(StartsWith("from no event: those below #2 are hidden"),
            HasSubstr("\nto   no event: those below #2 are hidden")));
}

TEST_F(StateCommandsTest, DiffComparesWithTheSameStreamOfAnotherStore) {
  Append("a", R"({"x":1})");
  daybook_({"--store", "branch", "init"});
  daybook_({"--store", "branch", "append", "a", "--type", "t", "--data",
            R"({"x":2})"});
  EXPECT_THAT(Out({"diff", "a", "--with", "latest", "--other", "branch"}),
              HasSubstr("~ $.fields.x  1 -> 2\n"));
  Append("only-here", R"({"x":1})");
  EXPECT_THAT(
      Out({"diff", "only-here", "--with", "latest", "--other", "branch"}),
      HasSubstr("- $.fields.x  1\n"));
  const CommandResult none =
      daybook_({"diff", "a", "--with", "latest", "--other", "none"});
  EXPECT_EQ(none.exit_code, 4);
  EXPECT_THAT(none.err, HasSubstr("--other"));
}

// --- step --------------------------------------------------------------------

TEST_F(StateCommandsTest, StepGoesForwardAndBackAndSaysWhatChanged) {
  Append("a", R"({"x":1})");
  Append("a", R"({"x":2})");
  const std::string out =
      Out({"step", "a", "--with", "latest"}, "n\n\nb\nn\nn\nb\nb\nb\n");
  EXPECT_EQ(out,
            "before the first event\n"
            "{\"fields\":{}}\n"
            "@0 a #0 t, recorded 2026-03-03T01:06:40Z\n"
            "- $.fields  {}\n+ $.fields.x  1\n{\"fields\":{\"x\":1}}\n"
            "@1 a #1 t, recorded 2026-03-03T01:06:40Z\n"
            "~ $.fields.x  1 -> 2\n{\"fields\":{\"x\":2}}\n"
            "@0 a #0 t, recorded 2026-03-03T01:06:40Z\n"
            "~ $.fields.x  2 -> 1\n{\"fields\":{\"x\":1}}\n"
            "@1 a #1 t, recorded 2026-03-03T01:06:40Z\n"
            "~ $.fields.x  1 -> 2\n{\"fields\":{\"x\":2}}\n"
            "this is the last event\n"
            "@0 a #0 t, recorded 2026-03-03T01:06:40Z\n"
            "~ $.fields.x  2 -> 1\n{\"fields\":{\"x\":1}}\n"
            "before the first event\n"
            "- $.fields.x  1\n+ $.fields  {}\n{\"fields\":{}}\n"
            "there is nothing before the first event\n");
}

TEST_F(StateCommandsTest, StepGoesToAPoint) {
  AppendNumbers(20);
  const auto last_state = [&](const std::string& command) {
    const std::string out = Out({"step", "a", "--with", "latest"}, command);
    return out.substr(out.rfind('\n', out.size() - 2) + 1);
  };
  EXPECT_EQ(last_state("g 7\n"), "{\"fields\":{\"n\":7}}\n");
  EXPECT_EQ(last_state("g #8\n"), "{\"fields\":{\"n\":8}}\n");
  EXPECT_EQ(last_state("goto @9\nb\n"), "{\"fields\":{\"n\":8}}\n");
  EXPECT_EQ(last_state("g 99"), "{\"fields\":{\"n\":19}}\n");
  EXPECT_EQ(last_state("g 5\ng 2020-01-01\n"), "{\"fields\":{}}\n");
  EXPECT_EQ(last_state("g 5\ns\nq\nn\n"), "{\"fields\":{\"n\":5}}\n");
}

TEST_F(StateCommandsTest, AMistypedStepCommandIsSaidAndTheNextOneRuns) {
  AppendNumbers(3);
  const CommandResult result =
      daybook_({"step", "a", "--with", "latest"}, "x\x1b\ng tomorrow\nn\n");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, AllOf(HasSubstr("there is no command \"x\\x1b\""),
                                HasSubstr("is no point in history")));
  EXPECT_THAT(result.out, HasSubstr("{\"n\":0}"));
}

TEST_F(StateCommandsTest, StepIntoAnEventThatCantBeFoldedEndsWithTheReason) {
  AppendTo("cart-1", Opened("1"));
  ASSERT_OK_AND_ASSIGN(const Event good,
                       daybook_.store().ReadEvent(Position(1)));
  ASSERT_OK(daybook_.store().Append(
      "cart-1", ExpectedRevision::Any(),
      {{.type = good.type,
        .payload = "\x08",
        .content_type = std::string(kProtobufContentType),
        .schema = good.schema}}));
  const CommandResult result =
      daybook_({"step", "cart-1", "--with", "cart"}, "n\nn\nn\n");
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_THAT(result.out, HasSubstr("\"changes\":1"));
}

// --- bisect ------------------------------------------------------------------

TEST_F(StateCommandsTest, BisectFindsTheFirstEventAfterWhichAConditionHolds) {
  AppendNumbers(1000);
  for (const int n : {0, 1, 2, 499, 511, 512, 513, 998, 999}) {
    const json found =
        Json({"bisect", "a", "--with", "latest", "--until",
              absl::StrCat("fields ->> '$.n' >= ", n), "--format", "json"});
    EXPECT_EQ(found["revision"], n);
    EXPECT_EQ(found["state"]["fields"]["n"], n);
    EXPECT_LE(found["probes"], 12);
    // Once over all, and then from the nearest copy, at most 8 apart.
    EXPECT_LE(found["events_folded"], 1000 + 12 * 8);
  }
}

TEST_F(StateCommandsTest, BisectAgreesWithAScan) {
  AppendNumbers(300);
  for (const int n : {0, 7, 150, 299}) {
    const std::vector<std::string> arguments = {
        "bisect",   "a",       "--with",
        "latest",   "--until", absl::StrCat("fields ->> '$.n' >= ", n),
        "--format", "json"};
    std::vector<std::string> scan = arguments;
    scan.emplace_back("--scan");
    EXPECT_EQ(Json(arguments)["revision"], Json(scan)["revision"]) << n;
  }
}

TEST_F(StateCommandsTest, AScanFindsAConditionThatComesAndGoes) {
  AppendNumbers(100);
  const std::vector<std::string> arguments = {
      "bisect", "a", "--with", "latest", "--until", "fields ->> '$.n' = 42"};
  const CommandResult bisected = daybook_(arguments);
  EXPECT_EQ(bisected.exit_code, 4);
  EXPECT_THAT(bisected.err, HasSubstr("--scan"));
  std::vector<std::string> scan = arguments;
  scan.emplace_back("--scan");
  EXPECT_THAT(Out(scan), StartsWith("@42 a #42 t, recorded "));
  scan[5] = "fields ->> '$.n' = 4200";
  EXPECT_EQ(daybook_(scan).exit_code, 4);
}

TEST_F(StateCommandsTest, BisectOnADecidersFieldsAndOnTheWholeLog) {
  AppendTo("cart-1", Opened("1"), Added("tea", 2));
  AppendTo("cart-2", Opened("2"), Added("tea", 5));
  EXPECT_THAT(Out({"bisect", "cart-1", "--with", "cart", "--until",
                   "quantities ->> '$.tea' > 1 AND changes > 0"}),
              HasSubstr("cart-1 #1 cart.item-added"));
  EXPECT_THAT(Out({"bisect", "--with", "count", "--until",
                   "state ->> '$.\"cart.item-added\".count' >= 2"}),
              HasSubstr("cart-2 #1 cart.item-added"));
}

TEST_F(StateCommandsTest, ACursoryConditionHoldsBeforeTheFirstEvent) {
  AppendNumbers(3);
  EXPECT_THAT(Out({"bisect", "a", "--with", "latest", "--until", "1"}),
              StartsWith("before the first event\n"));
}

TEST_F(StateCommandsTest, AMalformedConditionNamesTheStatesColumns) {
  AppendNumbers(3);
  const CommandResult result =
      daybook_({"bisect", "a", "--with", "latest", "--until", "total > 1"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, AllOf(HasSubstr("no such column: total"),
                                HasSubstr("state, fields")));
}

}  // namespace
}  // namespace daybook::tools
