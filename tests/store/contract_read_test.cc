// Reads: streams, the log, queries, single events; bounds, directions, limits,
// and that a cursor shows one snapshot.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/store/contract.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Direction kBackward = Direction::kBackward;
constexpr uint64_t kLast = kNoLimit;

// --- Streams ----------------------------------------------------------------

// Revisions 0 to 9 of "s" stand at the even positions 0 to 18.
class ReadStreamTest : public EventStoreContractTest {
 protected:
  ReadStreamTest() {
    for (int i = 0; i < 10; ++i) {
      AppendCounted("s", 1);
      AppendCounted("other", 1);
    }
  }
  std::vector<uint64_t> Read(const ReadStreamOptions& options) {
    return Revisions(ReadStream("s", options));
  }
};
DAYBOOK_FOR_EVERY_ENGINE(ReadStreamTest);

TEST_P(ReadStreamTest, ShowsTheStreamsEventsInOrder) {
  EXPECT_THAT(Read({}), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
  EXPECT_THAT(Positions(ReadStream("s", {.from = Revision(7)})),
              ElementsAre(14, 16, 18));
}

TEST_P(ReadStreamTest, BackwardShowsTheSameFromTheEnd) {
  EXPECT_THAT(Read({.direction = kBackward}),
              ElementsAre(9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
}

TEST_P(ReadStreamTest, BoundsAreInclusiveInBothDirections) {
  const Revision from(3);
  const Revision to(5);
  EXPECT_THAT(Read({.from = from, .to = to}), ElementsAre(3, 4, 5));
  EXPECT_THAT(Read({.from = from, .to = to, .direction = kBackward}),
              ElementsAre(5, 4, 3));
  EXPECT_THAT(Read({.from = from, .to = from}), ElementsAre(3));
  EXPECT_THAT(Read({.to = Revision(1), .direction = kBackward}),
              ElementsAre(1, 0));
  EXPECT_THAT(Read({.from = Revision(8), .direction = kBackward}),
              ElementsAre(9, 8));
}

TEST_P(ReadStreamTest, LimitCountsFromWhereReadingStarts) {
  EXPECT_THAT(Read({.limit = 2}), ElementsAre(0, 1));
  EXPECT_THAT(Read({.direction = kBackward, .limit = 2}), ElementsAre(9, 8));
  EXPECT_THAT(Read({.from = Revision(4), .limit = 1}), ElementsAre(4));
  EXPECT_THAT(Read({.from = Revision(4), .direction = kBackward, .limit = 1}),
              ElementsAre(9));
  EXPECT_THAT(Read({.limit = 0}), IsEmpty());
  EXPECT_THAT(Read({.limit = 11}), SizeIs(10));
}

TEST_P(ReadStreamTest, RangeThatHoldsNothingIsEmpty) {
  EXPECT_THAT(Read({.from = Revision(10)}), IsEmpty());
  EXPECT_THAT(Read({.from = Revision(kLast)}), IsEmpty());
  EXPECT_THAT(Read({.from = Revision(10), .direction = kBackward}), IsEmpty());
  EXPECT_THAT(Read({.from = Revision(5), .to = Revision(4)}), IsEmpty());
  EXPECT_THAT(
      Read({.from = Revision(5), .to = Revision(4), .direction = kBackward}),
      IsEmpty());
}

TEST_P(ReadStreamTest, BoundBeyondTheEndIsTheEnd) {
  EXPECT_THAT(Read({.from = Revision(8), .to = Revision(kLast)}),
              ElementsAre(8, 9));
  EXPECT_THAT(Read({.to = Revision(kLast), .direction = kBackward, .limit = 1}),
              ElementsAre(9));
}

TEST_P(ReadStreamTest, UnknownStreamIsNotFound) {
  for (const char* name : {"unknown", "S", "s ", "$$s", "$operations"}) {
    EXPECT_THAT(reader().ReadStream(name), StatusIs(kNotFound)) << name;
  }
}

TEST_P(ReadStreamTest, StreamThatOnlyHasMetadataIsNotFound) {
  ASSERT_OK(store().SetStreamMetadata("m", {.max_count = 3}));
  EXPECT_THAT(reader().ReadStream("m"), StatusIs(kNotFound));
}

TEST_P(ReadStreamTest, SystemStreamsCanBeRead) {
  ASSERT_OK(store().SetStreamMetadata("s", {.max_count = 3}));
  EXPECT_THAT(Types(ReadStream("$$s")), ElementsAre("$stream-metadata-set"));
}

TEST_P(ReadStreamTest, CursorShowsWhatWasThereWhenItWasMade) {
  ASSERT_OK_AND_ASSIGN(EventCursor cursor, reader().ReadStream("s"));
  EXPECT_EQ(cursor.snapshot_head(), Position(20));
  AppendCounted("s", 5);
  ASSERT_OK(store().DeleteStream("s"));

  EXPECT_THAT(Drain(std::move(cursor)), SizeIs(10));
}

TEST_P(ReadStreamTest, CursorStaysAtItsEnd) {
  ASSERT_OK_AND_ASSIGN(EventCursor cursor, reader().ReadStream("s"));
  while (cursor.Next()) {
  }
  AppendCounted("s", 1);

  EXPECT_FALSE(cursor.Next());
  EXPECT_FALSE(cursor.Next());
  EXPECT_OK(cursor.status());
}

TEST_P(ReadStreamTest, LongStreamReadsWholeInBothDirections) {
  for (int i = 0; i < 30; ++i) {
    std::vector<NewEvent> events(100, MakeEvent("big"));
    for (NewEvent& event : events) event.payload.assign(997, 'x');
    Append("long", events);
    AppendCounted("s", 1);
  }

  const std::vector<Event> forward = ReadStream("long");
  ASSERT_THAT(forward, SizeIs(3000));
  for (size_t i = 0; i < forward.size(); ++i) {
    ASSERT_EQ(forward[i].revision, Revision(i));
  }
  std::vector<Event> backward = ReadStream("long", {.direction = kBackward});
  std::reverse(backward.begin(), backward.end());
  EXPECT_TRUE(forward == backward);
}

// --- The log ----------------------------------------------------------------

// Positions 0 to 9; two each at the seconds 0, 1, 2, 3 and 4.
class ReadLogTest : public EventStoreContractTest {
 protected:
  ReadLogTest() {
    for (int i = 0; i < 5; ++i) {
      if (i > 0) clock_.Advance(absl::Seconds(1));
      AppendCounted("a", 1);
      AppendCounted("b", 1);
    }
  }
  static absl::Time Second(double second) {
    return testing::FakeClock::Start() + absl::Seconds(second);
  }
  std::vector<uint64_t> Read(const ReadLogOptions& options) {
    return Positions(ReadLog(options));
  }
};
DAYBOOK_FOR_EVERY_ENGINE(ReadLogTest);

TEST_P(ReadLogTest, ShowsEverythingInOrderOfPosition) {
  EXPECT_THAT(Read({}), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
  EXPECT_THAT(Read({.direction = kBackward}),
              ElementsAre(9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
}

TEST_P(ReadLogTest, BoundsAreInclusiveInBothDirections) {
  const Position from(3);
  const Position to(5);
  EXPECT_THAT(Read({.from = from, .to = to}), ElementsAre(3, 4, 5));
  EXPECT_THAT(Read({.from = from, .to = to, .direction = kBackward}),
              ElementsAre(5, 4, 3));
  EXPECT_THAT(Read({.from = to, .to = from}), IsEmpty());
  EXPECT_THAT(Read({.from = Position(10)}), IsEmpty());
  EXPECT_THAT(Read({.from = Position(9), .to = Position(kLast)}),
              ElementsAre(9));
  EXPECT_THAT(Read({.from = Position(kLast), .direction = kBackward}),
              IsEmpty());
}

TEST_P(ReadLogTest, LimitCountsFromWhereReadingStarts) {
  EXPECT_THAT(Read({.limit = 3}), ElementsAre(0, 1, 2));
  EXPECT_THAT(Read({.direction = kBackward, .limit = 3}), ElementsAre(9, 8, 7));
  EXPECT_THAT(Read({.limit = 0}), IsEmpty());
}

TEST_P(ReadLogTest, EmptyStoreReadsAsEmpty) {
  Open();
  EXPECT_THAT(Read({}), IsEmpty());
  EXPECT_THAT(Read({.direction = kBackward}), IsEmpty());
  EXPECT_THAT(Read({.from_time = Second(0), .to_time = Second(9)}), IsEmpty());
}

TEST_P(ReadLogTest, SystemEventsAreShownLikeAnyOther) {
  ASSERT_OK(store().DeleteStream("a"));
  EXPECT_THAT(Types(ReadLog({.from = Position(9)})),
              ElementsAre("counted", "$stream-deleted"));
}

TEST_P(ReadLogTest, EventsOfDeletedStreamsAreStillShown) {
  ASSERT_OK(store().DeleteStream("a"));
  ASSERT_OK(store().TombstoneStream("b"));
  EXPECT_THAT(Read({}), SizeIs(12));
}

TEST_P(ReadLogTest, TimesAreInclusive) {
  EXPECT_THAT(Read({.from_time = Second(3)}), ElementsAre(6, 7, 8, 9));
  EXPECT_THAT(Read({.to_time = Second(1)}), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(Read({.from_time = Second(2), .to_time = Second(2)}),
              ElementsAre(4, 5));
  EXPECT_THAT(Read({.from_time = Second(2),
                    .to_time = Second(3),
                    .direction = kBackward}),
              ElementsAre(7, 6, 5, 4));
}

TEST_P(ReadLogTest, TimesBetweenEventsFindThoseAround) {
  EXPECT_THAT(Read({.from_time = Second(2.5)}), ElementsAre(6, 7, 8, 9));
  EXPECT_THAT(Read({.to_time = Second(0.5)}), ElementsAre(0, 1));
  EXPECT_THAT(Read({.from_time = Second(1.2), .to_time = Second(1.8)}),
              IsEmpty());
}

TEST_P(ReadLogTest, TimesFinerThanMicrosecondsBoundExactly) {
  const absl::Duration tick = absl::Nanoseconds(1);
  EXPECT_THAT(Read({.from_time = Second(4) - tick}), ElementsAre(8, 9));
  EXPECT_THAT(Read({.from_time = Second(4) + tick}), IsEmpty());
  EXPECT_THAT(Read({.to_time = Second(0) + tick}), ElementsAre(0, 1));
  EXPECT_THAT(Read({.to_time = Second(0) - tick}), IsEmpty());
}

TEST_P(ReadLogTest, TimesOutsideOfHistoryBoundNothingOrEverything) {
  EXPECT_THAT(Read({.from_time = absl::InfinitePast(),
                    .to_time = absl::InfiniteFuture()}),
              SizeIs(10));
  EXPECT_THAT(Read({.from_time = absl::InfiniteFuture()}), IsEmpty());
  EXPECT_THAT(Read({.to_time = absl::InfinitePast()}), IsEmpty());
  EXPECT_THAT(Read({.from_time = Second(5)}), IsEmpty());
  EXPECT_THAT(Read({.to_time = Second(-1)}), IsEmpty());
}

TEST_P(ReadLogTest, EveryBoundGivenMustHold) {
  EXPECT_THAT(Read({.from = Position(3), .from_time = Second(1)}),
              ElementsAre(3, 4, 5, 6, 7, 8, 9));
  EXPECT_THAT(Read({.from = Position(3), .from_time = Second(4)}),
              ElementsAre(8, 9));
  EXPECT_THAT(Read({.to = Position(3), .to_time = Second(0), .limit = 1}),
              ElementsAre(0));
  EXPECT_THAT(Read({.from = Position(9), .to_time = Second(0)}), IsEmpty());
}

TEST_P(ReadLogTest, ClampedEventsBearTheTimeTheyWereClampedTo) {
  clock_.Jump(-absl::Seconds(3));
  AppendCounted("a", 1);

  EXPECT_THAT(Read({.from_time = Second(4)}), ElementsAre(8, 9, 10));
  EXPECT_THAT(Read({.to_time = Second(1)}), ElementsAre(0, 1, 2, 3));
}

TEST_P(ReadLogTest, CursorShowsWhatWasThereWhenItWasMade) {
  for (const Direction direction : {Direction::kForward, kBackward}) {
    const Position head = store().Head();
    ASSERT_OK_AND_ASSIGN(EventCursor cursor,
                         reader().ReadLog({.direction = direction}));
    EXPECT_EQ(cursor.snapshot_head(), head);
    AppendCounted("a", 3);

    EXPECT_THAT(Drain(std::move(cursor)), SizeIs(head.value()));
  }
}

TEST_P(ReadLogTest, AppendIsVisibleToReadsThatStartLater) {
  for (int i = 0; i < 100; ++i) {
    const AppendResult result = AppendCounted("c", 1);
    ASSERT_THAT(Drain(store().ReadLog({.from = result.first_position})),
                SizeIs(1));
    ASSERT_THAT(Drain(store().ReadStream("c", {.from = Revision(i)})),
                SizeIs(1));
  }
}

// --- Queries ----------------------------------------------------------------

class ReadQueryTest : public EventStoreContractTest {
 protected:
  ReadQueryTest() {
    Append("seat-1", {MakeEvent("reserved", {"show:7", "row:2"})});
    Append("seat-2", {MakeEvent("reserved", {"show:8", "row:2"})});
    clock_.Advance(absl::Seconds(1));
    Append("show-7", {MakeEvent("sold-out", {"show:7"})});
    NewEvent correlated = MakeEvent("paid");
    correlated.metadata.correlation_id = "c-1";
    Append("payment", {correlated});
    clock_.Advance(absl::Seconds(1));
    Append("seat-1", {MakeEvent("released", {"row:2", "show:7"})});
  }
  std::vector<uint64_t> Read(const Query& query,
                             const ReadLogOptions& options = {}) {
    return Positions(ReadQuery(query, options));
  }
};
DAYBOOK_FOR_EVERY_ENGINE(ReadQueryTest);

TEST_P(ReadQueryTest, FindsByType) {
  EXPECT_THAT(Read(OneItem({.types = {"reserved"}})), ElementsAre(0, 1));
  EXPECT_THAT(Read(OneItem({.types = {"reserved", "paid", "unknown"}})),
              ElementsAre(0, 1, 3));
}

TEST_P(ReadQueryTest, FindsByAllTagsInAnyOrder) {
  EXPECT_THAT(Read(OneItem({.tags = {"show:7"}})), ElementsAre(0, 2, 4));
  EXPECT_THAT(Read(OneItem({.tags = {"show:7", "row:2"}})), ElementsAre(0, 4));
  EXPECT_THAT(Read(OneItem({.tags = {"row:2", "show:7"}})), ElementsAre(0, 4));
  EXPECT_THAT(Read(OneItem({.tags = {"show:7", "show:8"}})), IsEmpty());
  EXPECT_THAT(Read(OneItem({.tags = {"show:"}})), IsEmpty());
}

TEST_P(ReadQueryTest, FindsByCategory) {
  EXPECT_THAT(Read(OneItem({.category = "seat"})), ElementsAre(0, 1, 4));
  EXPECT_THAT(Read(OneItem({.category = "payment"})), ElementsAre(3));
}

TEST_P(ReadQueryTest, FindsByCorrelationId) {
  EXPECT_THAT(Read(OneItem({.correlation_id = "c-1"})), ElementsAre(3));
  EXPECT_THAT(Read(OneItem({.correlation_id = "c"})), IsEmpty());
}

TEST_P(ReadQueryTest, EverythingInOneItemMustHold) {
  EXPECT_THAT(Read(OneItem({.types = {"reserved", "released"},
                            .tags = {"show:7"},
                            .category = "seat"})),
              ElementsAre(0, 4));
  EXPECT_THAT(Read(OneItem({.types = {"paid"}, .correlation_id = "c-2"})),
              IsEmpty());
}

TEST_P(ReadQueryTest, AnyOfTheItemsMayHoldAndEventsAppearOnce) {
  EXPECT_THAT(Read({{{.types = {"paid"}}, {.tags = {"show:7"}}}}),
              ElementsAre(0, 2, 3, 4));
  EXPECT_THAT(Read({{{.types = {"reserved"}}, {.tags = {"row:2"}}}}),
              ElementsAre(0, 1, 4));
  EXPECT_THAT(Read({{{.types = {"paid"}}, {.types = {"paid"}}}}),
              ElementsAre(3));
}

TEST_P(ReadQueryTest, NothingAskedForMatchesEverything) {
  EXPECT_THAT(Read(Query()), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(Read({{{}}}), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(Read({{{.types = {"paid"}}, {}}}), ElementsAre(0, 1, 2, 3, 4));
}

TEST_P(ReadQueryTest, BoundsDirectionAndLimitAreThoseOfTheLog) {
  const Query show = OneItem({.tags = {"show:7"}});
  EXPECT_THAT(Read(show, {.direction = kBackward}), ElementsAre(4, 2, 0));
  EXPECT_THAT(Read(show, {.from = Position(1)}), ElementsAre(2, 4));
  EXPECT_THAT(Read(show, {.to = Position(2)}), ElementsAre(0, 2));
  EXPECT_THAT(Read(show, {.limit = 2}), ElementsAre(0, 2));
  EXPECT_THAT(Read(show, {.direction = kBackward, .limit = 1}), ElementsAre(4));
  EXPECT_THAT(
      Read(show, {.to = Position(3), .direction = kBackward, .limit = 1}),
      ElementsAre(2));
  const absl::Time second_1 = testing::FakeClock::Start() + absl::Seconds(1);
  EXPECT_THAT(Read(show, {.from_time = second_1}), ElementsAre(2, 4));
  EXPECT_THAT(Read(show, {.to_time = second_1, .direction = kBackward}),
              ElementsAre(2, 0));
}

TEST_P(ReadQueryTest, DeletedAndTruncatedEventsAreStillFound) {
  ASSERT_OK(store().SetStreamMetadata("seat-1", {.max_count = 1}));
  ASSERT_OK(store().DeleteStream("seat-2"));

  EXPECT_THAT(Read(OneItem({.category = "seat"})), ElementsAre(0, 1, 4));
}

TEST_P(ReadQueryTest, SystemEventsAreFound) {
  ASSERT_OK(store().DeleteStream("seat-2"));
  EXPECT_THAT(Read(OneItem({.types = {"$stream-deleted"}})), ElementsAre(5));
  EXPECT_THAT(Read(OneItem({.category = "$$seat"})), ElementsAre(5));
}

TEST_P(ReadQueryTest, CursorShowsWhatWasThereWhenItWasMade) {
  const Query show = OneItem({.tags = {"show:7"}});
  ASSERT_OK_AND_ASSIGN(EventCursor cursor, reader().ReadQuery(show));
  EXPECT_EQ(cursor.snapshot_head(), Position(5));
  Append("seat-1", {MakeEvent("released", {"show:7"})});

  EXPECT_THAT(Positions(Drain(std::move(cursor))), ElementsAre(0, 2, 4));
}

TEST_P(ReadQueryTest, RareTagIsFoundAmongMany) {
  for (int i = 0; i < 3000; ++i) {
    Append("noise", {MakeEvent("noise", {absl::StrCat("n:", i % 7)})});
  }
  Append("noise", {MakeEvent("noise", {"rare", "n:0"})});
  AppendCounted("noise", 500);

  EXPECT_THAT(Read(OneItem({.tags = {"rare"}})), ElementsAre(3005));
  EXPECT_THAT(Read(OneItem({.tags = {"rare", "n:0"}})), ElementsAre(3005));
  EXPECT_THAT(Read(OneItem({.tags = {"n:3"}})), SizeIs(429));
}

// --- Single events ----------------------------------------------------------

class ReadEventTest : public ReadQueryTest {};
DAYBOOK_FOR_EVERY_ENGINE(ReadEventTest);

TEST_P(ReadEventTest, FindsTheEventAtAPosition) {
  const std::vector<Event> log = ReadLog();
  for (uint64_t i = 0; i < log.size(); ++i) EXPECT_EQ(ReadEvent(i), log[i]);
}

TEST_P(ReadEventTest, NothingStandsAtTheHead) {
  EXPECT_THAT(reader().ReadEvent(Position(5)), StatusIs(kNotFound));
  EXPECT_THAT(reader().ReadEvent(Position(kLast)), StatusIs(kNotFound));
}

TEST_P(ReadEventTest, IdFindsItsEvent) {
  for (const Event& event : ReadLog()) {
    EXPECT_THAT(reader().FindEvent(event.id), IsOkAndHolds(event));
  }
}

TEST_P(ReadEventTest, IdFindsItsEventWhateverTimeItBears) {
  for (const char* text : {"00000000-0000-0000-0000-000000000001",
                           "ffffffff-ffff-7fff-bfff-ffffffffffff",
                           "2b5f0c1e-8a39-4d5e-9c67-3a5f0e6d7b18"}) {
    NewEvent event = MakeEvent(text);
    event.id = *EventId::Parse(text);
    Append("given", {event});
    ASSERT_OK_AND_ASSIGN(Event found, reader().FindEvent(*event.id));
    EXPECT_EQ(found.type, text);
  }
}

TEST_P(ReadEventTest, IdThatNoEventHasIsNotFound) {
  EXPECT_THAT(reader().FindEvent(EventId()), StatusIs(kNotFound));
  EXPECT_THAT(reader().FindEvent(
                  IdSource::Random()->NewId(testing::FakeClock::Start())),
              StatusIs(kNotFound));
}

}  // namespace
}  // namespace daybook
