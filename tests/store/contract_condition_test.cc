// Append conditions: "nothing that matches this query after position p".

#include <atomic>

#include "tests/store/contract.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;

class ConditionTest : public EventStoreContractTest {
 protected:
  // Events of one kind each, at positions 0 to 3.
  ConditionTest() {
    Append("seat-1", {MakeEvent("reserved", {"show:7", "row:2"})});
    Append("seat-2", {MakeEvent("reserved", {"show:7", "row:3"})});
    Append("show-7", {MakeEvent("sold-out", {"show:7"})});
    NewEvent correlated = MakeEvent("paid");
    correlated.metadata.correlation_id = "c-1";
    Append("payment", {correlated});
  }

  absl::StatusOr<AppendResult> AppendIf(const AppendCondition& condition) {
    AppendRequest request = MakeRequest({{"decision", "made"}});
    request.condition = condition;
    return store().Append(request);
  }
  void ExpectHolds(const Query& query, std::optional<uint64_t> after = {}) {
    EXPECT_OK(AppendIf(Condition(query, after)));
  }
  void ExpectFails(const Query& query, std::optional<uint64_t> after = {}) {
    const Position head = store().Head();
    const auto result = AppendIf(Condition(query, after));
    EXPECT_THAT(result, StatusIs(kAborted));
    EXPECT_EQ(OutcomeOf(result), AppendOutcome::kNotAppended);
    EXPECT_EQ(GetRevisionConflict(result.status()), std::nullopt);
    EXPECT_EQ(store().Head(), head);
  }

 private:
  static AppendCondition Condition(const Query& query,
                                   std::optional<uint64_t> after) {
    AppendCondition condition{query, std::nullopt};
    if (after.has_value()) condition.after = Position(*after);
    return condition;
  }
};
DAYBOOK_FOR_EVERY_ENGINE(ConditionTest);

TEST_P(ConditionTest, TypeThatNobodyUsedHolds) {
  ExpectHolds(OneItem({.types = {"cancelled"}}));
}

TEST_P(ConditionTest, AnyOfTheTypesFailsIt) {
  ExpectFails(OneItem({.types = {"cancelled", "sold-out"}}));
}

TEST_P(ConditionTest, AllOfTheTagsAreNeededToFailIt) {
  ExpectFails(OneItem({.tags = {"show:7", "row:3"}}));
  ExpectHolds(OneItem({.tags = {"show:7", "row:4"}}));
}

TEST_P(ConditionTest, TypesAndTagsGoTogether) {
  ExpectFails(OneItem({.types = {"reserved"}, .tags = {"row:2"}}));
  ExpectHolds(OneItem({.types = {"sold-out"}, .tags = {"row:2"}}));
}

TEST_P(ConditionTest, CategoryFailsIt) {
  ExpectFails(OneItem({.category = "seat"}));
  ExpectHolds(OneItem({.category = "sea"}));
}

TEST_P(ConditionTest, CorrelationIdFailsIt) {
  ExpectFails(OneItem({.correlation_id = "c-1"}));
  ExpectHolds(OneItem({.correlation_id = "c-2"}));
}

TEST_P(ConditionTest, AnyOfTheItemsFailsIt) {
  ExpectFails({{{.types = {"cancelled"}}, {.tags = {"row:2"}}}});
}

TEST_P(ConditionTest, QueryWithoutItemsIsFailedByAnyEvent) {
  ExpectFails(Query());
  ExpectFails(Query(), 2);
  ExpectHolds(Query(), 3);
}

TEST_P(ConditionTest, ItemWithoutAnythingIsFailedByAnyEvent) {
  ExpectFails({{{.types = {"cancelled"}}, {}}});
}

TEST_P(ConditionTest, EventsUpToAfterDontCount) {
  const Query reserved = OneItem({.types = {"reserved"}});
  ExpectFails(reserved, 0);
  ExpectHolds(reserved, 1);
}

TEST_P(ConditionTest, AfterMayBeBeyondTheHead) {
  ExpectHolds(Query(), 1'000'000);
  ExpectHolds(Query(), kNoLimit);
}

TEST_P(ConditionTest, ConflictNamesAnEventThatMatches) {
  const auto result = AppendIf({OneItem({.tags = {"row:3"}}), std::nullopt});
  EXPECT_EQ(GetConditionConflict(result.status()), Position(1));
}

TEST_P(ConditionTest, OwnEventsDontFailIt) {
  AppendRequest request = MakeRequest({{"a", "made"}, {"a", "made"}});
  request.condition = {OneItem({.types = {"made"}}), std::nullopt};

  EXPECT_OK(store().Append(request));
  EXPECT_THAT(store().Append(request), StatusIs(kAborted));
}

TEST_P(ConditionTest, EventsOfDeletedStreamsStillFailIt) {
  ASSERT_OK(store().DeleteStream("seat-1"));
  ExpectFails(OneItem({.tags = {"row:2"}}));
}

TEST_P(ConditionTest, EventsOfSystemStreamsFailItToo) {
  ASSERT_OK(store().DeleteStream("seat-1"));
  ExpectFails(OneItem({.types = {"$stream-deleted"}}));
  ExpectFails(OneItem({.category = "$$seat"}));
}

TEST_P(ConditionTest, ExpectationsAndConditionMustBothHold) {
  AppendRequest request = MakeRequest({{"seat-1", "changed"}});
  request.expectations = {{"seat-1", At(0)}};
  request.condition = {OneItem({.types = {"reserved"}}), Position(0)};
  EXPECT_TRUE(
      GetConditionConflict(store().Append(request).status()).has_value());

  request.condition->after = Position(1);
  request.expectations = {{"seat-1", At(5)}};
  EXPECT_TRUE(
      GetRevisionConflict(store().Append(request).status()).has_value());

  request.expectations = {{"seat-1", At(0)}};
  EXPECT_OK(store().Append(request));
}

TEST_P(ConditionTest, ExpectationsAreJudgedFirst) {
  AppendRequest request = MakeRequest({{"seat-1", "changed"}});
  request.expectations = {{"seat-1", kNoStream}};
  request.condition = {Query(), std::nullopt};

  EXPECT_TRUE(
      GetRevisionConflict(store().Append(request).status()).has_value());
}

TEST_P(ConditionTest, TokenOfAReadHoldsUntilSomethingMatches) {
  const Query show = OneItem({.tags = {"show:7"}});
  ASSERT_OK_AND_ASSIGN(EventCursor cursor, reader().ReadQuery(show));
  const AppendCondition token = cursor.condition(show);
  EXPECT_EQ(token.after, Position(3));

  Append("elsewhere", {MakeEvent("reserved", {"show:8"})});
  EXPECT_OK(AppendIf(token));
  Append("seat-9", {MakeEvent("reserved", {"show:7"})});
  EXPECT_THAT(AppendIf(token), StatusIs(kAborted));
}

TEST_P(ConditionTest, TokenCoversWhatWasAppendedWhileReading) {
  const Query show = OneItem({.tags = {"show:7"}});
  ASSERT_OK_AND_ASSIGN(EventCursor cursor, reader().ReadQuery(show));
  ASSERT_TRUE(cursor.Next());
  Append("seat-9", {MakeEvent("reserved", {"show:7"})});

  EXPECT_THAT(Positions(Drain(std::move(cursor))), ElementsAre(1, 2));
  ASSERT_OK_AND_ASSIGN(cursor, store().ReadQuery(show));
  EXPECT_OK(AppendIf(cursor.condition(show)));
}

TEST_P(ConditionTest, TokenOfAnEmptyStoreLooksAtEverything) {
  Open();
  ASSERT_OK_AND_ASSIGN(EventCursor cursor, store().ReadQuery(Query()));
  const AppendCondition token = cursor.condition(Query());
  EXPECT_EQ(token.after, std::nullopt);

  EXPECT_OK(AppendIf(token));
  EXPECT_THAT(AppendIf(token), StatusIs(kAborted));
}

TEST_P(ConditionTest, OneOfSixteenRacersWins) {
  const Query query = OneItem({.types = {"made"}});
  std::atomic<int> won = 0;
  RunThreads(16, [&](int /*racer*/) {
    if (AppendIf({query, Position(3)}).ok()) ++won;
  });

  EXPECT_EQ(won, 1);
  EXPECT_EQ(ReadQuery(query).size(), 1u);
}

}  // namespace
}  // namespace daybook
