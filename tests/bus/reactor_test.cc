// Reactors: what they emit, their states and their checkpoints.

#include "daybook/bus/reactor.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/bus/groups_fixture.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ReactorTest : public GroupsTest {
 protected:
  ~ReactorTest() override { reactor_.reset(); }

  // Each stream of the category "order" is a process.
  static ReactorOptions Orders() {
    return {.filter = {.category = "order"}, .key = [](const EventView& event) {
              return std::string(event.stream);
            }};
  }
  void OpenReactor(React react, const ReactorOptions& options = Orders()) {
    reactor_.reset();
    auto opened = Reactor::Open(store(), "r", options, std::move(react));
    ASSERT_OK(opened);
    reactor_ = *std::move(opened);
  }
  // Answers each event with one, and counts.
  static absl::StatusOr<Reaction> Count(const EventView& event,
                                        std::string_view state) {
    return Reaction{
        .events = {{"answers", {.type = "answered"}}},
        .state = absl::StrCat(ToAbsl(state), ToAbsl(event.type), " ")};
  }
  static absl::string_view ToAbsl(std::string_view text) {
    return {text.data(), text.size()};
  }
  void Put(const std::string& stream, const std::string& type,
           Metadata metadata = {}) {
    EXPECT_OK(
        store().Append(stream, ExpectedRevision::Any(),
                       {{.type = type, .metadata = std::move(metadata)}}));
  }
  // Until nothing is left; returns how often it was asked.
  uint64_t Run() {
    uint64_t count = 0;
    while (reactor_->checkpoint() < store().Head()) {
      const auto step = reactor_->Step(kNow);
      EXPECT_OK(step);
      if (!step.ok()) break;
      count += *step;
    }
    return count;
  }
  std::vector<Event> Read(const std::string& stream) {
    std::vector<Event> events;
    auto cursor = store().ReadStream(stream);
    if (!cursor.ok()) return events;
    for (const EventView& event : *cursor) events.push_back(event.ToEvent());
    return events;
  }
  std::vector<std::string> TypesOf(const std::string& stream) {
    std::vector<std::string> types;
    for (const Event& event : Read(stream)) types.push_back(event.type);
    return types;
  }
  std::string StateOf(std::string_view key) {
    const auto state = reactor_->StateOf(key);
    EXPECT_OK(state);
    return state.ok() ? *state : "";
  }

  std::unique_ptr<Reactor> reactor_;
};
DAYBOOK_FOR_GROUP_ENGINES(ReactorTest);

TEST_P(ReactorTest, AnswersEachEventOnceAndKeepsAStateForEachProcess) {
  Put("order-1", "placed");
  Put("order-2", "placed");
  Put("order-1", "paid");
  OpenReactor(Count);
  EXPECT_EQ(Run(), 3);
  EXPECT_THAT(Read("answers"), SizeIs(3));
  EXPECT_EQ(StateOf("order-1"), "placed paid ");
  EXPECT_EQ(StateOf("order-2"), "placed ");
  EXPECT_EQ(StateOf("order-3"), "");
}

TEST_P(ReactorTest, WhatItEmitsSaysWhatCausedIt) {
  Put("order-1", "placed", {.correlation_id = "c"});
  OpenReactor(Count);
  Run();
  const Event cause = Read("order-1")[0];
  const Event answer = Read("answers")[0];
  EXPECT_EQ(answer.metadata.causation_id, cause.id.ToString());
  EXPECT_EQ(answer.metadata.correlation_id, "c");
  EXPECT_OK(store().FindEvent(answer.id));
}

// Stored: whoever answers again must come to the same ids.
TEST_P(ReactorTest, TheIdsOfAnswersNeverChange) {
  EXPECT_OK(store().Append(
      "order-1", ExpectedRevision::Any(),
      {{.type = "placed",
        .id =
            EventId::Parse("0190163d-8694-739b-aea5-966c26f8ad91").value()}}));
  OpenReactor([](const EventView& event,
                 std::string_view state) -> absl::StatusOr<Reaction> {
    if (event.stream != "order-1") return Reaction::Nothing(state);
    return Reaction{.events = {{"answers", {.type = "answered"}},
                               {"answers", {.type = "answered"}}},
                    .state = ""};
  });
  Run();
  const std::vector<Event> answers = Read("answers");
  ASSERT_THAT(answers, SizeIs(2));
  EXPECT_EQ(answers[0].id.ToString(), "019cb13b-9d00-7819-b11c-affb876f8f58");
  EXPECT_EQ(answers[1].id.ToString(), "019cb13b-9d00-721a-bf7f-93b4b76912b8");
}

TEST_P(ReactorTest, GoesOnWhereItWas) {
  Put("order-1", "placed");
  OpenReactor(Count);
  Run();
  Put("order-1", "paid");
  OpenReactor(Count);
  EXPECT_EQ(Run(), 1);
  EXPECT_THAT(Read("answers"), SizeIs(2));
  EXPECT_EQ(StateOf("order-1"), "placed paid ");
}

TEST_P(ReactorTest, RowsThatWereLostRepeatNoEvent) {
  Put("order-1", "placed");
  Put("order-1", "paid");
  OpenReactor(Count);
  Run();
  RowBatch batch;
  batch.DeleteRange(RowRange::OfPrefix("\x0a"));
  EXPECT_OK(store().WriteRows(batch));
  OpenReactor(Count);
  EXPECT_EQ(Run(), 2);
  EXPECT_THAT(Read("answers"), SizeIs(2));
  EXPECT_EQ(StateOf("order-1"), "placed paid ");
}

TEST_P(ReactorTest, AnErrorStopsItBeforeItsEventAndTheNextStepTriesAgain) {
  Put("order-1", "placed");
  Put("order-1", "odd");
  Put("order-1", "paid");
  bool is_mended = false;
  OpenReactor([&](const EventView& event,
                  std::string_view state) -> absl::StatusOr<Reaction> {
    if (event.type == "odd" && !is_mended) {
      return absl::InternalError("broken");
    }
    return Count(event, state);
  });
  for (int i = 0; i < 2; ++i) {
    absl::Status status;
    while (status.ok()) status = reactor_->Step(kSoon).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInternal));
    EXPECT_EQ(reactor_->checkpoint(), Position(1));
  }
  is_mended = true;
  Run();
  EXPECT_EQ(StateOf("order-1"), "placed odd paid ");
}

TEST_P(ReactorTest, WhatThrowsIsAnError) {
  Put("order-1", "placed");
  OpenReactor(
      [](const EventView&, std::string_view) -> absl::StatusOr<Reaction> {
        throw std::runtime_error("oh");
      });
  EXPECT_THAT(reactor_->Step(kSoon), StatusIs(absl::StatusCode::kUnknown));
}

TEST_P(ReactorTest, AKeyOrAFilterThatThrowsIsAnErrorAndTheNextStepTriesAgain) {
  Put("order-1", "placed");
  Put("order-1", "paid");
  bool key_throws = true;
  bool filter_throws = true;
  ReactorOptions options = Orders();
  options.filter.where = [&](const EventView&) -> absl::StatusOr<bool> {
    if (filter_throws) throw std::runtime_error("oh");
    return true;
  };
  options.key = [&](const EventView& event) {
    if (key_throws) throw std::runtime_error("oh");
    return std::string(event.stream);
  };
  OpenReactor(Count, options);
  for (bool* const throws : {&filter_throws, &key_throws}) {
    for (int i = 0; i < 2; ++i) {
      EXPECT_THAT(reactor_->Step(kSoon), StatusIs(absl::StatusCode::kUnknown));
      EXPECT_EQ(reactor_->checkpoint(), Position(0));
    }
    *throws = false;
  }
  EXPECT_EQ(Run(), 2);
  EXPECT_EQ(StateOf("order-1"), "placed paid ");
}

TEST_P(ReactorTest, AnAppendThatIsRefusedChangesNoState) {
  Put("order-1", "placed");
  OpenReactor([](const EventView&,
                 std::string_view) -> absl::StatusOr<Reaction> {
    return Reaction{.events = {{"$bad", {.type = "t"}}}, .state = "changed"};
  });
  EXPECT_THAT(reactor_->Step(kSoon),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(StateOf("order-1"), "");
  EXPECT_EQ(reactor_->checkpoint(), Position(0));
}

TEST_P(ReactorTest, OfTwoAtOnceTheOneThatIsBehindChangesNothing) {
  Put("order-1", "placed");
  Put("order-1", "paid");
  OpenReactor(Count);
  const auto other = Reactor::Open(store(), "r", Orders(), Count);
  ASSERT_OK(other);
  Run();
  EXPECT_THAT((*other)->Step(kSoon),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(Read("answers"), SizeIs(2));
  EXPECT_EQ(StateOf("order-1"), "placed paid ");
  OpenReactor(Count);
  EXPECT_EQ(Run(), 0);
}

// Looks, and is overtaken before it has answered: by one that handles all.
TEST_P(ReactorTest, OfTwoAtOnceTheOneThatWasOvertakenChangesNothing) {
  const auto remember = [](const EventView& event,
                           std::string_view state) -> absl::StatusOr<Reaction> {
    return Reaction{
        .events = {},
        .state = absl::StrCat(ToAbsl(state), ToAbsl(event.type), " ")};
  };
  for (const React& react : {React(Count), React(remember)}) {
    Begin();
    Put("order-1", "placed");
    Put("order-1", "paid");
    OpenReactor(react);
    bool is_overtaken = false;
    const auto other =
        Reactor::Open(store(), "r", Orders(),
                      [&](const EventView& event, std::string_view state) {
                        if (!std::exchange(is_overtaken, true)) {
                          EXPECT_EQ(Run(), 2);
                        }
                        return react(event, state);
                      });
    ASSERT_OK(other);
    EXPECT_THAT((*other)->Step(kSoon),
                StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_EQ(StateOf("order-1"), "placed paid ");
    OpenReactor(react);
    EXPECT_EQ(Run(), 0);
    reactor_.reset();
  }
}

TEST_P(ReactorTest, OfTwoAtOnceTheOneThatIsBehindTakesNothingBack) {
  Append("others", 12'000);
  Put("order-1", "placed");
  const ReactorOptions all = {.key = [](const EventView& event) {
    return event.type == "placed" ? std::string(event.stream) : "";
  }};
  OpenReactor(Count, all);
  const auto behind = Reactor::Open(store(), "r", all, Count);
  ASSERT_OK(behind);
  Run();
  // Comes a long way, without anything to do.
  absl::Status status;
  while (status.ok() && (*behind)->checkpoint() < store().Head()) {
    status = (*behind)->Step(kNow).status();
  }
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  OpenReactor(Count, all);
  EXPECT_EQ(reactor_->checkpoint(), Position(12'001));
}

// Answers every other event of a process, and counts all.
TEST_P(ReactorTest, OfTwoThatRaceEachEffectIsStoredOnce) {
  constexpr uint64_t kCount = 2'000;
  constexpr uint64_t kProcessCount = 7;
  for (uint64_t i = 0; i < kCount; ++i) {
    Put(absl::StrCat("order-", i % kProcessCount), "placed");
  }
  const auto react = [](const EventView& event,
                        std::string_view state) -> absl::StatusOr<Reaction> {
    Reaction reaction{.state = std::string(state) + "."};
    if (state.size() % 2 == 0) {
      reaction.events.push_back(
          {absl::StrCat("answers-", ToAbsl(event.stream)),
           {.type = absl::StrCat(event.position.value())}});
    }
    return reaction;
  };
  const auto race = [&] {
    // One that fails is opened anew, and they begin at one place again.
    Position reached;
    while (reached.value() < kCount) {
      const auto reactor = Reactor::Open(store(), "r", Orders(), react);
      ASSERT_OK(reactor);
      absl::StatusOr<uint64_t> step = uint64_t{0};
      while (step.ok() && reached.value() < kCount) {
        step = (*reactor)->Step(kNow);
        reached = (*reactor)->checkpoint();
      }
      if (step.ok()) continue;
      EXPECT_THAT(step, StatusIs(absl::StatusCode::kFailedPrecondition));
    }
  };
  std::thread one(race);
  std::thread other(race);
  one.join();
  other.join();
  OpenReactor(react);
  Run();
  for (uint64_t i = 0; i < kProcessCount; ++i) {
    const std::string order = absl::StrCat("order-", i);
    std::vector<std::string> expected;
    const std::vector<Event> events = Read(order);
    for (size_t k = 0; k < events.size(); k += 2) {
      expected.push_back(absl::StrCat(events[k].position.value()));
    }
    EXPECT_EQ(TypesOf(absl::StrCat("answers-", order)), expected);
    EXPECT_EQ(StateOf(order), std::string(events.size(), '.'));
  }
}

TEST_P(ReactorTest, AStateWithoutAnswersIsKeptToo) {
  Put("order-1", "placed");
  OpenReactor(
      [](const EventView&, std::string_view) -> absl::StatusOr<Reaction> {
        return Reaction{.events = {}, .state = "seen"};
      });
  Run();
  OpenReactor(Count);
  EXPECT_EQ(StateOf("order-1"), "seen");
  EXPECT_EQ(Run(), 0);
}

TEST_P(ReactorTest, WithoutAKeyOfItsOwnAProcessIsACorrelation) {
  Put("order-1", "placed", {.correlation_id = "c"});
  Put("order-2", "paid", {.correlation_id = "c"});
  Put("order-3", "paid");
  OpenReactor(Count, {.filter = {.category = "order"}});
  Run();
  EXPECT_EQ(StateOf("c"), "placed paid ");
  EXPECT_THAT(Read("answers"), SizeIs(2));
}

TEST_P(ReactorTest, AnotherFilterOrAWrongNameIsRefused) {
  OpenReactor(Count);
  EXPECT_THAT(Reactor::Open(store(), "r", {}, Count),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  for (const std::string& name : {std::string(), std::string("$r"),
                                  std::string(201, 'r'), std::string("\xff")}) {
    EXPECT_THAT(Reactor::Open(store(), name, {}, Count),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST_P(ReactorTest, ACancelledOneSaysSo) {
  OpenReactor(Count);
  reactor_->Cancel();
  EXPECT_THAT(reactor_->Step(kSoon), StatusIs(absl::StatusCode::kCancelled));
}

// --- A saga ------------------------------------------------------------------

// Reserves stock, charges, ships; what was done is taken back, last first, when
// the next step fails.
absl::StatusOr<Reaction> Fulfil(const EventView& event,
                                std::string_view state) {
  const std::string order(event.stream);
  const auto emit = [&](std::string type, std::string next) {
    return Reaction{.events = {{order, {.type = std::move(type)}}},
                    .state = std::move(next)};
  };
  if (event.type == "placed") return emit("stock-asked", "reserving");
  if (event.type == "stock-reserved") return emit("charge-asked", "charging");
  if (event.type == "charged") return emit("shipping-asked", "shipping");
  if (event.type == "shipped") return emit("fulfilled", "");
  if (event.type == "stock-refused") return emit("rejected", "");
  if (event.type == "charge-refused") {
    return emit("stock-release-asked", "releasing");
  }
  if (event.type == "shipping-refused") {
    return emit("refund-asked", "refunding");
  }
  if (event.type == "refunded") return emit("stock-release-asked", "releasing");
  if (event.type == "stock-released") return emit("rejected", "");
  return Reaction::Nothing(state);
}

TEST_P(ReactorTest, ASagaTakesBackWhatWasDoneWhereverItFails) {
  OpenReactor(Fulfil);
  // What the services answer, one by one.
  const std::vector<std::vector<std::string>> answers = {
      {"stock-reserved", "charged", "shipped"},
      {"stock-refused"},
      {"stock-reserved", "charge-refused", "stock-released"},
      {"stock-reserved", "charged", "shipping-refused", "refunded",
       "stock-released"}};
  std::vector<std::string> ends;
  for (size_t i = 0; i < answers.size(); ++i) {
    const std::string order = absl::StrCat("order-", i);
    Put(order, "placed");
    for (const std::string& answer : answers[i]) {
      Run();
      Put(order, answer);
    }
    Run();
    ends.push_back(TypesOf(order).back());
    EXPECT_EQ(StateOf(order), "");
  }
  EXPECT_THAT(ends,
              ElementsAre("fulfilled", "rejected", "rejected", "rejected"));
  EXPECT_THAT(TypesOf("order-3"),
              ElementsAre("placed", "stock-asked", "stock-reserved",
                          "charge-asked", "charged", "shipping-asked",
                          "shipping-refused", "refund-asked", "refunded",
                          "stock-release-asked", "stock-released", "rejected"));
}

}  // namespace
}  // namespace daybook
