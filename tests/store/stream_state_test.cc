#include "store/stream_state.h"

#include "gtest/gtest.h"
#include "store/system_events.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using testing::StatusIs;

StreamState StateAt(uint64_t next_revision) {
  StreamState state;
  state.next_revision = next_revision;
  state.known = true;
  return state;
}

// --- System events ----------------------------------------------------------

absl::Status Apply(const NewEvent& event, StreamRules* rules) {
  return ApplySystemEvent(event.type, event.payload, rules);
}

TEST(SystemEventsTest, MetadataStreamAndItsSubject) {
  EXPECT_EQ(MetadataStreamOf("order-42"), "$$order-42");
  EXPECT_EQ(SubjectOf("$$order-42"), "order-42");
  EXPECT_EQ(SubjectOf("$$$operations"), "$operations");
  EXPECT_EQ(SubjectOf("$$"), std::nullopt);
  EXPECT_EQ(SubjectOf("$operations"), std::nullopt);
  EXPECT_EQ(SubjectOf("order-42"), std::nullopt);
}

TEST(SystemEventsTest, MetadataComesBackAsItWasSet) {
  const StreamMetadata metadata{
      .max_count = 0, .truncate_before = Revision(0), .json = "{\"a\":1}"};
  StreamRules rules;
  ASSERT_OK(Apply(StreamMetadataSetEvent(metadata), &rules));
  EXPECT_EQ(rules.metadata, metadata);
  ASSERT_OK(Apply(StreamMetadataSetEvent({}), &rules));
  EXPECT_EQ(rules, StreamRules());
}

TEST(SystemEventsTest, LaterMetadataUndoesNoDelete) {
  StreamRules rules;
  ASSERT_OK(Apply(StreamDeletedEvent(Revision(5)), &rules));
  ASSERT_OK(Apply(StreamMetadataSetEvent({}), &rules));
  EXPECT_EQ(rules.deleted_before, Revision(5));
}

TEST(SystemEventsTest, DeletesOnlyGoUp) {
  StreamRules rules;
  ASSERT_OK(Apply(StreamDeletedEvent(Revision(5)), &rules));
  ASSERT_OK(Apply(StreamDeletedEvent(Revision(3)), &rules));
  EXPECT_EQ(rules.deleted_before, Revision(5));
  EXPECT_FALSE(rules.tombstoned);
}

TEST(SystemEventsTest, TombstoneIsForEver) {
  StreamRules rules;
  ASSERT_OK(Apply(StreamTombstonedEvent(Revision(5)), &rules));
  ASSERT_OK(Apply(StreamMetadataSetEvent({}), &rules));
  EXPECT_TRUE(rules.tombstoned);
  EXPECT_EQ(rules.deleted_before, Revision(5));
}

TEST(SystemEventsTest, UnknownTypesAreIgnored) {
  StreamRules rules;
  EXPECT_OK(ApplySystemEvent("$of-a-later-version", "\xff", &rules));
  EXPECT_EQ(rules, StreamRules());
}

TEST(SystemEventsTest, PayloadThatDoesNotParseIsDataLoss) {
  StreamRules rules;
  for (const std::string_view type :
       {kStreamMetadataSetType, kStreamDeletedType, kStreamTombstonedType}) {
    EXPECT_THAT(ApplySystemEvent(type, "\xff", &rules),
                StatusIs(absl::StatusCode::kDataLoss));
  }
  EXPECT_EQ(rules, StreamRules());
}

// --- What is shown ----------------------------------------------------------

TEST(FirstVisibleTest, IsTheStrictestOfAllRules) {
  StreamState state = StateAt(10);
  EXPECT_EQ(FirstVisible(state), Revision(0));
  state.rules.metadata.max_count = 8;
  EXPECT_EQ(FirstVisible(state), Revision(2));
  state.rules.metadata.truncate_before = Revision(4);
  EXPECT_EQ(FirstVisible(state), Revision(4));
  state.rules.deleted_before = Revision(6);
  EXPECT_EQ(FirstVisible(state), Revision(6));
  state.rules.metadata.max_count = 1;
  EXPECT_EQ(FirstVisible(state), Revision(9));
}

TEST(FirstVisibleTest, IsNeverBeyondTheNextRevision) {
  StreamState state = StateAt(10);
  state.rules.metadata.truncate_before = Revision(~uint64_t{0});
  EXPECT_EQ(FirstVisible(state), Revision(10));
  state.rules.metadata = {.max_count = 0};
  EXPECT_EQ(FirstVisible(state), Revision(10));
  state.rules = {.tombstoned = true};
  EXPECT_EQ(FirstVisible(state), Revision(10));
}

TEST(FirstVisibleTest, LargeMaxCountHidesNothing) {
  StreamState state = StateAt(10);
  state.rules.metadata.max_count = ~uint64_t{0};
  EXPECT_EQ(FirstVisible(state), Revision(0));
}

// --- Deleted ----------------------------------------------------------------

TEST(IsDeletedTest, UntilSomethingIsAppendedAfterTheDelete) {
  StreamState state = StateAt(5);
  EXPECT_FALSE(IsDeleted(state));
  state.rules.deleted_before = Revision(5);
  EXPECT_TRUE(IsDeleted(state));
  state.next_revision = 6;
  EXPECT_FALSE(IsDeleted(state));
  state.rules.tombstoned = true;
  EXPECT_TRUE(IsDeleted(state));
}

TEST(IsDeletedTest, StreamWithoutEventsIsNotDeleted) {
  EXPECT_FALSE(IsDeleted(StateAt(0)));
}

// --- Expectations -----------------------------------------------------------

TEST(CheckExpectationTest, HoldsAsAppendSays) {
  const auto any = ExpectedRevision::Any();
  const auto none = ExpectedRevision::NoStream();
  const auto exists = ExpectedRevision::Exists();
  const auto last = ExpectedRevision::Exactly(Revision(4));
  const auto other = ExpectedRevision::Exactly(Revision(5));
  StreamState deleted = StateAt(5);
  deleted.rules.deleted_before = Revision(5);
  StreamState tombstoned = StateAt(5);
  tombstoned.rules.tombstoned = true;
  StreamState truncated = StateAt(5);
  truncated.rules.metadata.max_count = 0;

  const auto holds = [](ExpectedRevision expected, const StreamState& state) {
    return CheckExpectation("s", expected, state).ok();
  };
  for (const StreamState& state :
       {StreamState(), StateAt(5), deleted, tombstoned, truncated}) {
    EXPECT_TRUE(holds(any, state));
    const bool gone = state == StreamState() || IsDeleted(state);
    EXPECT_EQ(holds(none, state), gone);
    EXPECT_EQ(holds(exists, state), !gone);
    EXPECT_EQ(holds(last, state), state.next_revision == 5);
    EXPECT_FALSE(holds(other, state));
  }
}

TEST(CheckWritableTest, OnlyATombstoneForbidsIt) {
  StreamState state = StateAt(5);
  state.rules.deleted_before = Revision(5);
  EXPECT_OK(CheckWritable("s", state));
  state.rules.tombstoned = true;
  EXPECT_THAT(CheckWritable("s", state),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       "stream \"s\" is tombstoned"));
}

}  // namespace
}  // namespace daybook
