// What the contract suite does not reach through a store: restores, the
// store's own appends, and what the limits count.

#include "store/validate.h"

#include "daybook/store/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/metadata_codec.h"
#include "store/system_events.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

constexpr auto kInvalidArgument = absl::StatusCode::kInvalidArgument;

class ValidateTest : public ::testing::Test {
 protected:
  ValidateTest() {
    stream_ = "a";
    event_.type = "t";
    event_.id = EventId();
  }
  absl::Status Restore() {
    return ValidateRestore(request_, absl::UnixEpoch(), "");
  }

  AppendRequest request_ = {.events = {StreamEvent()}};
  std::string& stream_ = request_.events[0].stream;
  NewEvent& event_ = request_.events[0].event;
};

TEST_F(ValidateTest, EventBytesAreThoseOfAllFields) {
  stream_ = "1";
  event_.type = "22";
  event_.payload = "333";
  event_.content_type = "4444";
  event_.source = "55555";
  event_.tags = {"666", "666"};
  EXPECT_EQ(EventBytes(request_.events[0]), 1u + 2 + 3 + 4 + 5 + 6);

  event_.metadata.actor = "anna";
  EXPECT_EQ(EventBytes(request_.events[0]),
            21 + EncodeMetadata(event_.metadata).size());
}

TEST_F(ValidateTest, SystemStreamsAreForTheStoreAndRestoresOnly) {
  stream_ = "$$a";
  EXPECT_THAT(ValidateAppend(request_), StatusIs(kInvalidArgument));
  EXPECT_OK(ValidateSystemAppend(request_));
  EXPECT_OK(Restore());
}

TEST_F(ValidateTest, MetadataStreamMayBeLongerByItsPrefix) {
  stream_ = "$$" + std::string(kStreamNameBytesMax, 'x');
  EXPECT_OK(Restore());
  stream_ += 'x';
  EXPECT_THAT(Restore(), StatusIs(kInvalidArgument));
  stream_ = "$" + std::string(kStreamNameBytesMax, 'x');
  EXPECT_THAT(Restore(), StatusIs(kInvalidArgument));
}

TEST_F(ValidateTest, NamesForWritingAndForReading) {
  EXPECT_OK(ValidateStreamName("a"));
  EXPECT_OK(ValidateAnyStreamName("a"));
  EXPECT_THAT(ValidateStreamName("$operations"), StatusIs(kInvalidArgument));
  EXPECT_OK(ValidateAnyStreamName("$operations"));
  EXPECT_THAT(ValidateAnyStreamName(""), StatusIs(kInvalidArgument));
}

TEST_F(ValidateTest, RestoreNeedsIds) {
  request_.events.push_back(request_.events[0]);
  request_.events[1].event.id.reset();
  EXPECT_THAT(Restore(), StatusIs(kInvalidArgument, "event 1: has no id"));
}

TEST_F(ValidateTest, RestoreNeedsSystemEventsThatDecode) {
  stream_ = "$$a";
  event_.type = kStreamDeletedType;
  event_.payload = "\xff";
  EXPECT_THAT(Restore(), StatusIs(kInvalidArgument, HasSubstr("event 0")));
  // Nothing reads it there.
  stream_ = "a";
  EXPECT_OK(Restore());
}

TEST_F(ValidateTest, RestoreNeedsATimeOfTheCalendar) {
  EXPECT_THAT(ValidateRestore(request_, absl::InfinitePast(), ""),
              StatusIs(kInvalidArgument, HasSubstr("recorded_at")));
  EXPECT_THAT(ValidateRestore(request_, absl::InfiniteFuture(), ""),
              StatusIs(kInvalidArgument));
}

TEST_F(ValidateTest, RestoreTakesAFingerprintOfItsSizeOrNone) {
  const absl::Time now = absl::UnixEpoch();
  EXPECT_OK(ValidateRestore(request_, now, std::string(16, '\0')));
  EXPECT_THAT(ValidateRestore(request_, now, std::string(15, '\0')),
              StatusIs(kInvalidArgument, "fingerprint is 15 bytes, not 16"));
}

TEST_F(ValidateTest, RestoreLooksAtNeitherExpectationsNorCondition) {
  request_.expectations = {{"a", ExpectedRevision::Any()},
                           {"a", ExpectedRevision::Any()}};
  request_.condition.emplace();
  request_.condition->fail_if_matches.items.push_back({.types = {""}});
  EXPECT_THAT(ValidateAppend(request_), StatusIs(kInvalidArgument));
  EXPECT_OK(Restore());
}

TEST_F(ValidateTest, ConditionIsNamedInTheMessage) {
  request_.condition.emplace();
  request_.condition->fail_if_matches.items.push_back({.types = {"t", ""}});
  EXPECT_THAT(ValidateAppend(request_),
              StatusIs(kInvalidArgument,
                       "append condition: query item 0: type is empty"));
}

}  // namespace
}  // namespace daybook
