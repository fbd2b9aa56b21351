// What is said about streams: metadata, delete, undelete, tombstone; and how
// streams are looked up and listed.

#include "tests/store/contract.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class StreamTest : public EventStoreContractTest {
 protected:
  std::vector<uint64_t> Read(const ReadStreamOptions& options = {}) {
    return Revisions(ReadStream("s", options));
  }
  void SetMetadata(const StreamMetadata& metadata) {
    EXPECT_OK(store().SetStreamMetadata("s", metadata));
  }
};
DAYBOOK_FOR_EVERY_ENGINE(StreamTest);

// --- Metadata ---------------------------------------------------------------

TEST_P(StreamTest, MetadataIsAnEventInAStreamOfItsOwn) {
  AppendCounted("s", 2);
  clock_.Advance(absl::Seconds(1));
  ASSERT_OK_AND_ASSIGN(AppendResult result,
                       store().SetStreamMetadata("s", {.max_count = 1}));

  EXPECT_EQ(result.first_position, Position(2));
  EXPECT_THAT(result.streams, ElementsAre(StreamEnd{"$$s", Revision(0)}));
  const Event event = ReadEvent(2);
  EXPECT_EQ(event.stream, "$$s");
  EXPECT_EQ(event.type, "$stream-metadata-set");
  EXPECT_EQ(event.content_type, "application/x-protobuf");
  EXPECT_EQ(event.recorded_at, result.recorded_at);
}

TEST_P(StreamTest, MaxCountShowsTheLastEventsOnly) {
  AppendCounted("s", 5);
  SetMetadata({.max_count = 2});
  EXPECT_THAT(Read(), ElementsAre(3, 4));

  AppendCounted("s", 1);
  EXPECT_THAT(Read(), ElementsAre(4, 5));
  EXPECT_THAT(Read({.direction = Direction::kBackward}), ElementsAre(5, 4));
  EXPECT_THAT(Read({.from = Revision(0), .limit = 1}), ElementsAre(4));
  EXPECT_THAT(Read({.to = Revision(3)}), IsEmpty());
}

TEST_P(StreamTest, MaxCountAboveWhatThereIsHidesNothing) {
  AppendCounted("s", 2);
  SetMetadata({.max_count = 2});
  EXPECT_THAT(Read(), ElementsAre(0, 1));
  SetMetadata({.max_count = kNoLimit});
  EXPECT_THAT(Read(), ElementsAre(0, 1));
}

TEST_P(StreamTest, TruncateBeforeHidesWhatIsBelow) {
  AppendCounted("s", 5);
  SetMetadata({.truncate_before = Revision(3)});

  EXPECT_THAT(Read(), ElementsAre(3, 4));
  EXPECT_THAT(Read({.to = Revision(2)}), IsEmpty());
  EXPECT_THAT(Positions(ReadLog({.limit = 5})), ElementsAre(0, 1, 2, 3, 4));
}

TEST_P(StreamTest, TruncateBeforeMayBeAheadOfTheStream) {
  AppendCounted("s", 2);
  SetMetadata({.truncate_before = Revision(3)});
  EXPECT_THAT(Read(), IsEmpty());

  AppendCounted("s", 2);
  EXPECT_THAT(Read(), ElementsAre(3));
}

TEST_P(StreamTest, StricterOfMaxCountAndTruncateBeforeHolds) {
  AppendCounted("s", 6);
  SetMetadata({.max_count = 2, .truncate_before = Revision(1)});
  EXPECT_THAT(Read(), ElementsAre(4, 5));
  SetMetadata({.max_count = 4, .truncate_before = Revision(5)});
  EXPECT_THAT(Read(), ElementsAre(5));
}

TEST_P(StreamTest, StreamTruncatedWholeIsEmptyNotDeleted) {
  AppendCounted("s", 3);
  SetMetadata({.max_count = 0});

  EXPECT_THAT(Read(), IsEmpty());
  const StreamInfo info = GetStream("s");
  EXPECT_EQ(info.count, 0u);
  EXPECT_EQ(info.first_revision, Revision(3));
  EXPECT_FALSE(info.deleted);
  EXPECT_THAT(Names(ListStreams()), ElementsAre("s"));
  EXPECT_THAT(TryAppend("s", kNoStream), StatusIs(kAborted));
  EXPECT_OK(TryAppend("s", kExists));
}

TEST_P(StreamTest, MetadataReplacesWhatWasSaidBefore) {
  AppendCounted("s", 5);
  SetMetadata({.max_count = 1, .json = "{\"a\":1}"});
  SetMetadata({.truncate_before = Revision(2)});
  EXPECT_THAT(Read(), ElementsAre(2, 3, 4));
  EXPECT_EQ(GetStream("s").metadata,
            StreamMetadata{.truncate_before = Revision(2)});

  SetMetadata({});
  EXPECT_THAT(Read(), ElementsAre(0, 1, 2, 3, 4));
}

TEST_P(StreamTest, MetadataIsKeptAsGiven) {
  const StreamMetadata metadata{.max_count = 0,
                                .truncate_before = Revision(0),
                                .json = " { \"x\" : [1, 2] }\n"};
  SetMetadata(metadata);
  EXPECT_EQ(GetStream("s").metadata, metadata);
}

TEST_P(StreamTest, MetadataSaidBeforeTheFirstEventHoldsForIt) {
  SetMetadata({.max_count = 1});
  AppendCounted("s", 3);
  EXPECT_THAT(Read(), ElementsAre(2));
}

TEST_P(StreamTest, MetadataExpectsOfTheStreamItself) {
  AppendCounted("s", 2);
  EXPECT_THAT(store().SetStreamMetadata("s", {}, kNoStream),
              StatusIs(kAborted));
  const auto result = store().SetStreamMetadata("s", {}, At(0));
  EXPECT_EQ(GetRevisionConflict(result.status())->actual, Revision(1));
  EXPECT_EQ(GetRevisionConflict(result.status())->stream, "s");
  EXPECT_EQ(OutcomeOf(result), AppendOutcome::kNotAppended);
  EXPECT_OK(store().SetStreamMetadata("s", {}, At(1)));
  EXPECT_OK(store().SetStreamMetadata("s", {}, kExists));
  EXPECT_OK(store().SetStreamMetadata("t", {}, kNoStream));
}

TEST_P(StreamTest, MetadataIsKnownAfterReopening) {
  AppendCounted("s", 3);
  SetMetadata({.max_count = 1, .json = "{}"});
  Reopen();

  EXPECT_THAT(Read(), ElementsAre(2));
  EXPECT_EQ(GetStream("s").metadata.json, "{}");
}

// --- Delete -----------------------------------------------------------------

TEST_P(StreamTest, DeletedStreamIsNotFound) {
  AppendCounted("s", 3);
  ASSERT_OK_AND_ASSIGN(AppendResult result, store().DeleteStream("s"));

  EXPECT_THAT(result.streams, ElementsAre(StreamEnd{"$$s", Revision(0)}));
  EXPECT_THAT(reader().ReadStream("s"), StatusIs(kNotFound));
  EXPECT_EQ(ReadEvent(3).type, "$stream-deleted");
}

TEST_P(StreamTest, DeletedStreamIsStillKnown) {
  AppendCounted("s", 3);
  ASSERT_OK(store().DeleteStream("s"));

  const StreamInfo info = GetStream("s");
  EXPECT_TRUE(info.deleted);
  EXPECT_FALSE(info.tombstoned);
  EXPECT_EQ(info.count, 0u);
  EXPECT_EQ(info.first_revision, Revision(3));
  EXPECT_EQ(info.last_revision, Revision(2));
  EXPECT_EQ(info.last_position, Position(2));
}

TEST_P(StreamTest, AppendBringsADeletedStreamBackWithoutItsOldEvents) {
  AppendCounted("s", 3);
  ASSERT_OK(store().DeleteStream("s"));
  AppendCounted("s", 2);

  EXPECT_THAT(Read(), ElementsAre(3, 4));
  EXPECT_FALSE(GetStream("s").deleted);
  EXPECT_OK(TryAppend("s", kExists));
  EXPECT_THAT(TryAppend("s", kNoStream), StatusIs(kAborted));
}

TEST_P(StreamTest, OldEventsStayHiddenWhateverMetadataSays) {
  AppendCounted("s", 3);
  ASSERT_OK(store().DeleteStream("s"));
  SetMetadata({.truncate_before = Revision(0)});
  EXPECT_THAT(reader().ReadStream("s"), StatusIs(kNotFound));

  AppendCounted("s", 1);
  EXPECT_THAT(Read(), ElementsAre(3));
}

TEST_P(StreamTest, DeleteKeepsTheMetadata) {
  AppendCounted("s", 3);
  SetMetadata({.max_count = 2});
  ASSERT_OK(store().DeleteStream("s"));
  AppendCounted("s", 3);

  EXPECT_THAT(Read(), ElementsAre(4, 5));
}

TEST_P(StreamTest, DeleteNeedsSomethingToDelete) {
  const auto unknown = store().DeleteStream("s");
  EXPECT_THAT(unknown, StatusIs(kNotFound));
  EXPECT_EQ(OutcomeOf(unknown), AppendOutcome::kNotAppended);
  SetMetadata({.json = "{}"});
  EXPECT_THAT(store().DeleteStream("s"), StatusIs(kNotFound));

  AppendCounted("s", 1);
  EXPECT_OK(store().DeleteStream("s"));
  EXPECT_THAT(store().DeleteStream("s"), StatusIs(kNotFound));
  AppendCounted("s", 1);
  EXPECT_OK(store().DeleteStream("s"));
}

TEST_P(StreamTest, DeleteExpectsOfTheStreamItself) {
  AppendCounted("s", 2);
  EXPECT_THAT(store().DeleteStream("s", At(0)), StatusIs(kAborted));
  EXPECT_THAT(store().DeleteStream("s", kNoStream), StatusIs(kAborted));
  EXPECT_THAT(store().DeleteStream("t", kExists), StatusIs(kAborted));
  EXPECT_THAT(store().DeleteStream("t", kNoStream), StatusIs(kNotFound));
  EXPECT_OK(store().DeleteStream("s", At(1)));
}

TEST_P(StreamTest, DeleteIsKnownAfterReopening) {
  AppendCounted("s", 2);
  ASSERT_OK(store().DeleteStream("s"));
  Reopen();

  EXPECT_THAT(reader().ReadStream("s"), StatusIs(kNotFound));
  EXPECT_EQ(AppendCounted("s", 1).last_revision(), Revision(2));
}

// --- Tombstones -------------------------------------------------------------

TEST_P(StreamTest, TombstonedStreamIsNotFoundAndStaysKnown) {
  AppendCounted("s", 3);
  ASSERT_OK_AND_ASSIGN(AppendResult result, store().TombstoneStream("s"));

  EXPECT_THAT(result.streams, ElementsAre(StreamEnd{"$$s", Revision(0)}));
  EXPECT_EQ(ReadEvent(3).type, "$stream-tombstoned");
  EXPECT_THAT(reader().ReadStream("s"), StatusIs(kNotFound));
  const StreamInfo info = GetStream("s");
  EXPECT_TRUE(info.deleted);
  EXPECT_TRUE(info.tombstoned);
  EXPECT_EQ(info.count, 0u);
  EXPECT_EQ(info.last_revision, Revision(2));
}

TEST_P(StreamTest, NothingIsAppendedToATombstonedStreamWhateverIsExpected) {
  AppendCounted("s", 3);
  ASSERT_OK(store().TombstoneStream("s"));

  for (const ExpectedRevision expected :
       {kAny, kNoStream, kExists, At(2), At(9)}) {
    const auto result = TryAppend("s", expected);
    EXPECT_THAT(result, StatusIs(kFailedPrecondition));
    EXPECT_EQ(OutcomeOf(result), AppendOutcome::kNotAppended);
    EXPECT_THAT(store().DeleteStream("s", expected),
                StatusIs(kFailedPrecondition));
    EXPECT_THAT(store().TombstoneStream("s", expected),
                StatusIs(kFailedPrecondition));
    EXPECT_THAT(store().SetStreamMetadata("s", {}, expected),
                StatusIs(kFailedPrecondition));
  }
}

TEST_P(StreamTest, AppendToSeveralStreamsFailsWhenOneIsTombstoned) {
  AppendCounted("s", 1);
  ASSERT_OK(store().TombstoneStream("s"));

  EXPECT_THAT(store().Append(MakeRequest({{"a", "1"}, {"s", "2"}})),
              StatusIs(kFailedPrecondition));
  EXPECT_THAT(reader().ReadStream("a"), StatusIs(kNotFound));
}

TEST_P(StreamTest, TombstonedStreamMayBeExpectedByAppendsToOthers) {
  AppendCounted("s", 2);
  ASSERT_OK(store().TombstoneStream("s"));
  AppendRequest request = MakeRequest({{"a", "1"}});

  request.expectations = {{"s", kNoStream}};
  EXPECT_OK(store().Append(request));
  request.expectations = {{"s", At(1)}};
  EXPECT_OK(store().Append(request));
  request.expectations = {{"s", kExists}};
  EXPECT_THAT(store().Append(request), StatusIs(kAborted));
}

TEST_P(StreamTest, NameNeverUsedCanBeTombstoned) {
  EXPECT_OK(store().TombstoneStream("s"));

  EXPECT_THAT(TryAppend("s", kAny), StatusIs(kFailedPrecondition));
  const StreamInfo info = GetStream("s");
  EXPECT_TRUE(info.tombstoned);
  EXPECT_EQ(info.last_revision, std::nullopt);
}

TEST_P(StreamTest, DeletedStreamCanBeTombstoned) {
  AppendCounted("s", 2);
  ASSERT_OK(store().DeleteStream("s"));
  EXPECT_OK(store().TombstoneStream("s", At(1)));
}

TEST_P(StreamTest, TombstoneExpectsOfTheStreamItself) {
  AppendCounted("s", 2);
  EXPECT_THAT(store().TombstoneStream("s", At(0)), StatusIs(kAborted));
  EXPECT_THAT(store().TombstoneStream("s", kNoStream), StatusIs(kAborted));
  EXPECT_THAT(store().TombstoneStream("t", kExists), StatusIs(kAborted));
  EXPECT_OK(store().TombstoneStream("s", kExists));
}

TEST_P(StreamTest, TombstoneIsKnownAfterReopening) {
  AppendCounted("s", 2);
  ASSERT_OK(store().TombstoneStream("s"));
  Reopen();

  EXPECT_THAT(TryAppend("s", kAny), StatusIs(kFailedPrecondition));
}

// --- Looking up -------------------------------------------------------------

TEST_P(StreamTest, GetStreamSaysWhereItStands) {
  AppendCounted("other", 1);
  AppendCounted("s", 3);
  SetMetadata({.max_count = 2});

  const StreamInfo info = GetStream("s");
  EXPECT_EQ(info.name, "s");
  EXPECT_EQ(info.count, 2u);
  EXPECT_EQ(info.first_revision, Revision(1));
  EXPECT_EQ(info.last_revision, Revision(2));
  EXPECT_EQ(info.last_position, Position(3));
  EXPECT_FALSE(info.deleted);
  EXPECT_EQ(info.metadata.max_count, 2u);
}

TEST_P(StreamTest, GetStreamOfAnUnknownNameIsNotFound) {
  AppendCounted("s", 1);
  EXPECT_THAT(reader().GetStream("t"), StatusIs(kNotFound));
  EXPECT_THAT(reader().GetStream("$$s"), StatusIs(kNotFound));
}

TEST_P(StreamTest, StreamWithOnlyMetadataIsKnown) {
  SetMetadata({.json = "{}"});

  const StreamInfo info = GetStream("s");
  EXPECT_EQ(info.count, 0u);
  EXPECT_EQ(info.first_revision, Revision(0));
  EXPECT_EQ(info.last_revision, std::nullopt);
  EXPECT_EQ(info.last_position, std::nullopt);
  EXPECT_FALSE(info.deleted);
}

TEST_P(StreamTest, ExpectingSomethingMakesNoStreamKnown) {
  AppendRequest request = MakeRequest({{"a", "1"}});
  request.expectations = {{"s", kNoStream}};
  Append(request);

  EXPECT_THAT(reader().GetStream("s"), StatusIs(kNotFound));
}

TEST_P(StreamTest, SystemStreamsCanBeLookedUp) {
  SetMetadata({.json = "{}"});
  SetMetadata({});
  EXPECT_EQ(GetStream("$$s").count, 2u);
}

// --- Listing ----------------------------------------------------------------

class ListStreamsTest : public EventStoreContractTest {
 protected:
  ListStreamsTest() {
    for (const char* name :
         {"order-2", "order", "cart-1", "order-10", "orders-1", "Z", "ž"}) {
      AppendCounted(name, 1);
    }
    AppendCounted("gone-1", 1);
    EXPECT_OK(store().DeleteStream("gone-1"));
    AppendCounted("gone-2", 1);
    EXPECT_OK(store().TombstoneStream("gone-2"));
    EXPECT_OK(store().SetStreamMetadata("planned-1", {.max_count = 1}));
    EXPECT_OK(store().RecordOperation({"u", "c", "r"}));
  }
};
DAYBOOK_FOR_EVERY_ENGINE(ListStreamsTest);

TEST_P(ListStreamsTest, ListsInByteOrder) {
  EXPECT_THAT(Names(ListStreams()),
              ElementsAre("Z", "cart-1", "order", "order-10", "order-2",
                          "orders-1", "ž"));
}

TEST_P(ListStreamsTest, ListsWhatGetStreamSays) {
  for (const StreamInfo& stream :
       ListStreams({.include_system = true, .include_deleted = true})) {
    EXPECT_EQ(stream, GetStream(stream.name)) << stream.name;
  }
}

TEST_P(ListStreamsTest, PrefixIsOfBytes) {
  EXPECT_THAT(Names(ListStreams({.prefix = "order-"})),
              ElementsAre("order-10", "order-2"));
  EXPECT_THAT(Names(ListStreams({.prefix = "o"})),
              ElementsAre("order", "order-10", "order-2", "orders-1"));
  EXPECT_THAT(Names(ListStreams({.prefix = "\xc5"})), ElementsAre("ž"));
  EXPECT_THAT(Names(ListStreams({.prefix = "x"})), IsEmpty());
}

TEST_P(ListStreamsTest, CategoryIsWhatStandsBeforeTheFirstDash) {
  EXPECT_THAT(Names(ListStreams({.category = "order"})),
              ElementsAre("order", "order-10", "order-2"));
  EXPECT_THAT(Names(ListStreams({.category = "orders"})),
              ElementsAre("orders-1"));
  EXPECT_THAT(Names(ListStreams({.category = "ord"})), IsEmpty());
}

TEST_P(ListStreamsTest, PrefixAndCategoryMustBothHold) {
  EXPECT_THAT(Names(ListStreams({.prefix = "order-1", .category = "order"})),
              ElementsAre("order-10"));
  EXPECT_THAT(Names(ListStreams({.prefix = "cart", .category = "order"})),
              IsEmpty());
}

TEST_P(ListStreamsTest, DeletedTombstonedAndPlannedOnesAreListedWhenAskedFor) {
  EXPECT_THAT(Names(ListStreams({.prefix = "gone", .include_deleted = true})),
              ElementsAre("gone-1", "gone-2"));
  EXPECT_THAT(
      Names(ListStreams({.category = "planned", .include_deleted = true})),
      ElementsAre("planned-1"));
}

TEST_P(ListStreamsTest, SystemStreamsAreListedWhenAskedFor) {
  EXPECT_THAT(
      Names(ListStreams({.prefix = "$", .include_system = true})),
      ElementsAre("$$gone-1", "$$gone-2", "$$planned-1", "$operations"));
  EXPECT_THAT(Names(ListStreams({.prefix = "$"})), IsEmpty());
}

TEST_P(ListStreamsTest, StreamBroughtBackIsListedAgain) {
  AppendCounted("gone-1", 1);
  EXPECT_THAT(Names(ListStreams({.category = "gone"})), ElementsAre("gone-1"));
}

TEST_P(ListStreamsTest, CursorShowsWhatWasThereWhenItWasMade) {
  ASSERT_OK_AND_ASSIGN(StreamCursor cursor,
                       reader().ListStreams({.prefix = "order"}));
  AppendCounted("order-3", 1);
  AppendCounted("order", 1);

  ASSERT_TRUE(cursor.Next());
  EXPECT_EQ(cursor.stream().name, "order");
  EXPECT_EQ(cursor.stream().count, 1u);
  int count = 1;
  while (cursor.Next()) ++count;
  EXPECT_EQ(count, 4);
  EXPECT_OK(cursor.status());
}

}  // namespace
}  // namespace daybook
