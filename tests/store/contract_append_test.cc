// What an append promises: numbers, expectations, all or nothing.

#include "absl/strings/str_cat.h"
#include "tests/store/contract.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class AppendTest : public EventStoreContractTest {};
DAYBOOK_FOR_EVERY_ENGINE(AppendTest);

// --- Numbers ----------------------------------------------------------------

TEST_P(AppendTest, FirstEventGetsPositionAndRevisionZero) {
  const AppendResult result = Append("order-1", {"placed"});

  EXPECT_EQ(result.first_position, Position(0));
  EXPECT_EQ(result.last_position, Position(0));
  EXPECT_EQ(result.last_revision(), Revision(0));
  EXPECT_THAT(result.streams, ElementsAre(StreamEnd{"order-1", Revision(0)}));
  EXPECT_FALSE(result.repeated);
}

TEST_P(AppendTest, PositionsAndRevisionsGoOnWithoutGap) {
  Append("a", {"1", "2"});
  Append("b", {"3"});
  Append("a", {"4", "5"});

  EXPECT_THAT(Positions(ReadLog()), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(Revisions(ReadLog()), ElementsAre(0, 1, 0, 2, 3));
  EXPECT_THAT(Positions(ReadStream("a")), ElementsAre(0, 1, 3, 4));
}

TEST_P(AppendTest, RefusedAppendUsesUpNoPosition) {
  Append("a", {"1"});
  EXPECT_THAT(TryAppend("a", kNoStream), StatusIs(kAborted));
  const AppendResult result = Append("a", {"2"});

  EXPECT_EQ(result.first_position, Position(1));
  EXPECT_EQ(result.last_revision(), Revision(1));
}

TEST_P(AppendTest, OneAppendWritesSeveralStreamsInTheOrderGiven) {
  Append("b", {"0"});
  const AppendResult result =
      Append(MakeRequest({{"a", "1"}, {"b", "2"}, {"a", "3"}, {"c", "4"}}));

  EXPECT_EQ(result.first_position, Position(1));
  EXPECT_EQ(result.last_position, Position(4));
  EXPECT_THAT(result.streams, ElementsAre(StreamEnd{"a", Revision(1)},
                                          StreamEnd{"b", Revision(1)},
                                          StreamEnd{"c", Revision(0)}));
  EXPECT_EQ(result.last_revision(), Revision(1));
  EXPECT_THAT(Types(ReadLog()), ElementsAre("0", "1", "2", "3", "4"));
  EXPECT_THAT(Types(ReadStream("a")), ElementsAre("1", "3"));
}

TEST_P(AppendTest, EveryEventSaysWhichAppendItCameWith) {
  Append("a", {"1"});
  AppendRequest request = MakeRequest({{"a", "2"}, {"b", "3"}});
  request.key = "attempt";
  Append(request);

  ASSERT_OK_AND_ASSIGN(EventCursor cursor,
                       reader().ReadLog({.from = Position(1)}));
  for (const EventView& event : cursor) {
    EXPECT_EQ(event.append.first_position, Position(1));
    EXPECT_EQ(event.append.count, 2u);
    EXPECT_EQ(event.append.key, "attempt");
  }
  EXPECT_OK(cursor.status());
}

TEST_P(AppendTest, StreamReadsCarryNoAppendKey) {
  AppendRequest request = MakeRequest({{"a", "1"}});
  request.key = "attempt";
  Append(request);

  ASSERT_OK_AND_ASSIGN(EventCursor cursor, reader().ReadStream("a"));
  ASSERT_TRUE(cursor.Next());
  EXPECT_EQ(cursor.event().append.key, "");
  EXPECT_EQ(cursor.event().append.count, 1u);
}

TEST_P(AppendTest, HeadIsTheNextPosition) {
  EXPECT_EQ(store().Head(), Position(0));
  Append("a", {"1", "2"});
  EXPECT_EQ(store().Head(), Position(2));
  EXPECT_EQ(store().DurableHead(), Position(2));
}

// --- Contents ---------------------------------------------------------------

TEST_P(AppendTest, EventComesBackAsItWasGiven) {
  NewEvent event = MakeEvent("order-placed", {"customer:7", "sku:12"});
  event.payload = std::string("\0\xff\x01 any bytes", 13);
  event.content_type = "application/json";
  event.source = "/shop/eu-1";
  event.occurred_at = absl::FromUnixMicros(1'000'001);
  event.metadata.correlation_id = "c-1";
  event.metadata.causation_id = "command-9";
  event.metadata.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-01-01";
  event.metadata.tracestate = "vendor=1";
  event.metadata.actor = "anna";
  event.metadata.fields = {{"z", "last"}, {"a", ""}, {"", "nameless"}};
  Append("order-1", {event});

  const Event stored = ReadEvent(0);
  EXPECT_EQ(stored.stream, "order-1");
  EXPECT_EQ(stored.type, event.type);
  EXPECT_EQ(stored.payload, event.payload);
  EXPECT_EQ(stored.content_type, event.content_type);
  EXPECT_EQ(stored.source, event.source);
  EXPECT_EQ(stored.tags, event.tags);
  EXPECT_EQ(stored.occurred_at, event.occurred_at);
  EXPECT_EQ(stored.metadata, event.metadata);
  EXPECT_THAT(ReadStream("order-1"), ElementsAre(stored));
  EXPECT_THAT(ReadLog(), ElementsAre(stored));
}

TEST_P(AppendTest, WhatIsLeftOutStaysAbsent) {
  NewEvent event;
  event.type = "t";
  Append("a", {event});

  const Event stored = ReadEvent(0);
  EXPECT_EQ(stored.payload, "");
  EXPECT_EQ(stored.content_type, "application/octet-stream");
  EXPECT_EQ(stored.source, "");
  EXPECT_THAT(stored.tags, IsEmpty());
  EXPECT_EQ(stored.occurred_at, std::nullopt);
  EXPECT_TRUE(stored.metadata.empty());
}

TEST_P(AppendTest, SourceOfTheStoreIsTakenForEventsThatNameNone) {
  options_.source = "/shop/default";
  Open();
  NewEvent named = MakeEvent("2");
  named.source = "/shop/other";
  Append("a", {MakeEvent("1"), named});

  EXPECT_EQ(ReadEvent(0).source, "/shop/default");
  EXPECT_EQ(ReadEvent(1).source, "/shop/other");
}

TEST_P(AppendTest, OccurredAtIsKeptInWholeMicroseconds) {
  NewEvent event = MakeEvent("t");
  event.occurred_at = absl::FromUnixMicros(-5) - absl::Nanoseconds(1);
  Append("a", {event});

  EXPECT_EQ(ReadEvent(0).occurred_at, absl::FromUnixMicros(-6));
}

TEST_P(AppendTest, OccurredAtReachesFromYear1ToYear9999) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  NewEvent first = MakeEvent("first");
  first.occurred_at = absl::FromCivil(absl::CivilSecond(1, 1, 1), utc);
  NewEvent last = MakeEvent("last");
  last.occurred_at = absl::FromCivil(absl::CivilSecond(10000, 1, 1), utc) -
                     absl::Microseconds(1);
  Append("a", {first, last});

  EXPECT_EQ(ReadEvent(0).occurred_at, first.occurred_at);
  EXPECT_EQ(ReadEvent(1).occurred_at, last.occurred_at);
}

TEST_P(AppendTest, NamesMayBeAnyUnicode) {
  const std::string name = "žluťoučký-kůň 🐎 日本語";
  NewEvent event = MakeEvent(name, {name, "e\u0301", "\u00e9"});
  event.metadata.actor = name;
  event.metadata.fields = {{name, name}};
  Append(name, {event});

  EXPECT_THAT(ReadStream(name), ElementsAre(Field(&Event::type, name)));
  EXPECT_THAT(Names(ListStreams()), ElementsAre(name));
  EXPECT_EQ(ReadEvent(0).tags, event.tags);
  EXPECT_EQ(ReadEvent(0).metadata, event.metadata);
  EXPECT_THAT(Positions(ReadQuery(OneItem({.tags = {name}}))), ElementsAre(0));
}

TEST_P(AppendTest, NamesMayHoldControlCharactersAndSpaces) {
  Append(" \t\n\x01", {"\x7f"});

  EXPECT_THAT(Types(ReadStream(" \t\n\x01")), ElementsAre("\x7f"));
}

// --- Ids --------------------------------------------------------------------

TEST_P(AppendTest, IdThatWasGivenIsKept) {
  NewEvent event = MakeEvent("t");
  event.id = *EventId::Parse("0190163d-8694-739b-aea5-966c26f8ad91");
  Append("a", {event});

  EXPECT_EQ(ReadEvent(0).id, event.id);
}

TEST_P(AppendTest, IdThatWasNotGivenIsAFreshUuidOfVersion7) {
  AppendCounted("a", 2);

  const EventId id = ReadEvent(0).id;
  EXPECT_EQ(id.bytes()[6] >> 4, 7);
  EXPECT_EQ(id.bytes()[8] >> 6, 0b10);
  EXPECT_NE(id, ReadEvent(1).id);
}

// Ids of no version, which only it would make.
class ZeroIds final : public IdSource {
 public:
  EventId NewId(absl::Time /*now*/) override { return EventId(); }
};

TEST_P(AppendTest, IdsAreMadeByTheIdSourceOfTheOptions) {
  ZeroIds ids;
  options_.id_source = &ids;
  Open();
  Append("a", {"1"});

  EXPECT_EQ(ReadEvent(0).id, EventId());
  options_.id_source = nullptr;
  Open();
}

TEST_P(AppendTest, IdsBearTheClocksTime) {
  Append("a", {"1"});

  // 2026-03-03T01:06:40Z in milliseconds.
  EXPECT_THAT(ReadEvent(0).id.ToString(), StartsWith("019cb13b-9d00-7"));
}

// --- Expected revisions -----------------------------------------------------

TEST_P(AppendTest, AnyHoldsWhateverTheStreamIs) {
  EXPECT_OK(TryAppend("a", kAny));
  EXPECT_OK(TryAppend("a", kAny));
}

TEST_P(AppendTest, NoStreamHoldsForTheFirstAppendOnly) {
  EXPECT_OK(TryAppend("a", kNoStream));
  EXPECT_THAT(TryAppend("a", kNoStream), StatusIs(kAborted));
}

TEST_P(AppendTest, ExistsHoldsOnceThereIsAnEvent) {
  EXPECT_THAT(TryAppend("a", kExists), StatusIs(kAborted));
  Append("a", {"1"});
  EXPECT_OK(TryAppend("a", kExists));
}

TEST_P(AppendTest, ExactlyHoldsForTheLastRevisionOnly) {
  EXPECT_THAT(TryAppend("a", At(0)), StatusIs(kAborted));
  Append("a", {"1", "2"});
  EXPECT_THAT(TryAppend("a", At(0)), StatusIs(kAborted));
  EXPECT_THAT(TryAppend("a", At(2)), StatusIs(kAborted));
  EXPECT_OK(TryAppend("a", At(1)));
}

TEST_P(AppendTest, MetadataAloneMakesNoStream) {
  ASSERT_OK(store().SetStreamMetadata("a", {.json = "{}"}));

  EXPECT_THAT(TryAppend("a", kExists), StatusIs(kAborted));
  EXPECT_OK(TryAppend("a", kNoStream));
}

TEST_P(AppendTest, DeletedStreamIsNoStreamButKeepsItsRevision) {
  Append("a", {"1", "2"});
  ASSERT_OK(store().DeleteStream("a"));

  EXPECT_THAT(TryAppend("a", kExists), StatusIs(kAborted));
  EXPECT_THAT(TryAppend("a", At(0)), StatusIs(kAborted));
  ASSERT_OK_AND_ASSIGN(AppendResult result, TryAppend("a", kNoStream));
  EXPECT_EQ(result.last_revision(), Revision(2));
}

TEST_P(AppendTest, ExactlyHoldsForTheLastRevisionOfADeletedStream) {
  Append("a", {"1", "2"});
  ASSERT_OK(store().DeleteStream("a"));

  ASSERT_OK_AND_ASSIGN(AppendResult result, TryAppend("a", At(1)));
  EXPECT_EQ(result.last_revision(), Revision(2));
}

TEST_P(AppendTest, ConflictSaysWhatWasExpectedAndFound) {
  AppendCounted("order-42", 6);

  const auto result = TryAppend("order-42", At(3));
  EXPECT_THAT(result, StatusIs(kAborted,
                               "append to \"order-42\": expected revision 3, "
                               "stream is at 5"));
  const auto conflict = GetRevisionConflict(result.status());
  ASSERT_TRUE(conflict.has_value());
  EXPECT_EQ(conflict->stream, "order-42");
  EXPECT_EQ(conflict->expected, At(3));
  EXPECT_EQ(conflict->actual, Revision(5));
  EXPECT_EQ(OutcomeOf(result), AppendOutcome::kNotAppended);
}

TEST_P(AppendTest, ConflictOverAStreamWithoutEventsHasNoActualRevision) {
  for (const ExpectedRevision expected : {kExists, At(0)}) {
    const auto result = TryAppend("a", expected);
    const auto conflict = GetRevisionConflict(result.status());
    ASSERT_TRUE(conflict.has_value());
    EXPECT_EQ(conflict->expected, expected);
    EXPECT_EQ(conflict->actual, std::nullopt);
  }
}

TEST_P(AppendTest, NameInAMessageIsQuotedAndEscaped) {
  EXPECT_THAT(TryAppend("a\n\"b\"", kExists),
              StatusIs(kAborted, HasSubstr(R"("a\n\"b\"")")));
}

// --- Several expectations ---------------------------------------------------

TEST_P(AppendTest, StreamsThatAreNotWrittenAreCheckedToo) {
  Append("account-1", {"opened"});
  AppendRequest request = MakeRequest({{"transfer-1", "made"}});
  request.expectations = {{"transfer-1", kNoStream}, {"account-1", At(0)}};
  EXPECT_OK(store().Append(request));

  request.expectations = {{"account-1", At(7)}};
  const auto result = store().Append(request);
  EXPECT_EQ(GetRevisionConflict(result.status())->stream, "account-1");
  EXPECT_THAT(Types(ReadStream("transfer-1")), ElementsAre("made"));
}

TEST_P(AppendTest, OneFailedExpectationStoresNothingOfAnyStream) {
  Append("b", {"1"});
  AppendRequest request = MakeRequest({{"a", "2"}, {"b", "3"}});
  request.expectations = {{"a", kNoStream}, {"b", kNoStream}};

  EXPECT_THAT(store().Append(request), StatusIs(kAborted));
  EXPECT_THAT(Types(ReadLog()), ElementsAre("1"));
  EXPECT_THAT(reader().ReadStream("a"), StatusIs(kNotFound));
}

TEST_P(AppendTest, FirstFailedExpectationIsTheOneReported) {
  AppendRequest request = MakeRequest({{"c", "1"}});
  request.expectations = {{"a", kAny}, {"b", kExists}, {"a2", kExists}};

  const auto result = store().Append(request);
  EXPECT_EQ(GetRevisionConflict(result.status())->stream, "b");
}

TEST_P(AppendTest, StreamNotNamedInTheExpectationsIsNotChecked) {
  Append("a", {"1"});
  EXPECT_OK(store().Append(MakeRequest({{"a", "2"}})));
}

TEST_P(AppendTest, ExpectationsAreJudgedBeforeTheAppendsOwnEvents) {
  AppendRequest request = MakeRequest({{"a", "1"}, {"a", "2"}});
  request.expectations = {{"a", kNoStream}};

  EXPECT_OK(store().Append(request));
}

TEST_P(AppendTest, ExpectationsMayNameSystemStreams) {
  ASSERT_OK(store().SetStreamMetadata("a", {.json = "{}"}));
  AppendRequest request = MakeRequest({{"a", "1"}});
  request.expectations = {{"$$a", At(0)}};
  EXPECT_OK(store().Append(request));

  request.expectations = {{"$$a", kNoStream}};
  EXPECT_THAT(store().Append(request), StatusIs(kAborted));
}

// --- Time -------------------------------------------------------------------

TEST_P(AppendTest, RecordedAtIsTheClocksTimeInWholeMicroseconds) {
  clock_.Advance(absl::Nanoseconds(1'999));
  const AppendResult result = Append("a", {"1", "2"});

  const absl::Time expected =
      testing::FakeClock::Start() + absl::Microseconds(1);
  EXPECT_EQ(result.recorded_at, expected);
  EXPECT_EQ(ReadEvent(0).recorded_at, expected);
  EXPECT_EQ(ReadEvent(1).recorded_at, expected);
}

TEST_P(AppendTest, RecordedAtStandsStillWhileTheClockIsBehind) {
  const absl::Time before = Append("a", {"1"}).recorded_at;
  clock_.Jump(-absl::Hours(3));
  EXPECT_EQ(Append("a", {"2"}).recorded_at, before);
  clock_.Advance(absl::Hours(4));
  EXPECT_EQ(Append("a", {"3"}).recorded_at, before + absl::Hours(1));
}

TEST_P(AppendTest, RecordedAtStandsStillAcrossReopening) {
  const absl::Time before = Append("a", {"1"}).recorded_at;
  clock_.Jump(-absl::Hours(3));
  Reopen();

  EXPECT_EQ(Append("a", {"2"}).recorded_at, before);
}

TEST_P(AppendTest, ClockThatJumpedAheadByMoreThanADayIsRefused) {
  Append("a", {"1"});
  clock_.Jump(absl::Hours(24) + absl::Microseconds(1));

  const auto result = TryAppend("a", kAny);
  EXPECT_THAT(result, StatusIs(kFailedPrecondition, HasSubstr("clock")));
  EXPECT_EQ(OutcomeOf(result), AppendOutcome::kNotAppended);
  EXPECT_EQ(store().Head(), Position(1));
}

TEST_P(AppendTest, ClockThatJumpedAheadByADayIsFollowed) {
  clock_.Jump(absl::Hours(24));
  EXPECT_OK(TryAppend("a", kAny));
}

TEST_P(AppendTest, ClockThatRanForDaysIsNoJump) {
  clock_.Advance(absl::Hours(24 * 40));
  EXPECT_OK(TryAppend("a", kAny));
}

TEST_P(AppendTest, AppendsGoOnWhenAJumpedClockIsSetRight) {
  clock_.Jump(absl::Hours(48));
  EXPECT_THAT(TryAppend("a", kAny), StatusIs(kFailedPrecondition));
  clock_.Jump(-absl::Hours(48));
  EXPECT_OK(TryAppend("a", kAny));
}

TEST_P(AppendTest, JumpIsAcceptedWhenTheOptionsSaySo) {
  options_.accept_clock_jump = true;
  Open();
  clock_.Jump(absl::Hours(48));

  EXPECT_EQ(Append("a", {"1"}).recorded_at,
            testing::FakeClock::Start() + absl::Hours(48));
}

// --- Size -------------------------------------------------------------------

TEST_P(AppendTest, ManyEventsInOneAppendComeBackInOrder) {
  std::vector<NewEvent> events(10'000);
  for (size_t i = 0; i < events.size(); ++i) {
    events[i] = MakeEvent(absl::StrCat("type-", i));
  }
  Append("a", events);

  const std::vector<Event> stored = ReadStream("a");
  ASSERT_EQ(stored.size(), events.size());
  for (size_t i = 0; i < events.size(); ++i) {
    ASSERT_EQ(stored[i].type, events[i].type);
    ASSERT_EQ(stored[i].revision, Revision(i));
    ASSERT_EQ(stored[i].append_count, events.size());
  }
}

}  // namespace
}  // namespace daybook
