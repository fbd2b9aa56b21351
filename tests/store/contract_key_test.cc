// Append keys: the same attempt made twice happens once.

#include "tests/store/contract.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;

class AppendKeyTest : public EventStoreContractTest {
 protected:
  AppendRequest request_ = [] {
    AppendRequest request = MakeRequest({{"a", "1"}, {"b", "2"}});
    request.key = "attempt-1";
    return request;
  }();
};
DAYBOOK_FOR_EVERY_ENGINE(AppendKeyTest);

TEST_P(AppendKeyTest, RepeatGivesBackTheFirstResultAndStoresNothing) {
  Append("a", {"0"});
  AppendResult first = Append(request_);
  clock_.Advance(absl::Seconds(5));
  Append("b", {"3"});

  const AppendResult second = Append(request_);
  EXPECT_TRUE(second.repeated);
  first.repeated = true;
  EXPECT_EQ(second, first);
  EXPECT_THAT(Types(ReadLog()), ElementsAre("0", "1", "2", "3"));
}

TEST_P(AppendKeyTest, RepeatIsKnownAfterReopening) {
  AppendResult first = Append(request_);
  Reopen();

  first.repeated = true;
  EXPECT_EQ(Append(request_), first);
}

TEST_P(AppendKeyTest, RepeatGivesBackTheResultOfTheFirst) {
  request_.result = "first answer";
  EXPECT_EQ(Append(request_).result, "first answer");
  request_.result = "second answer";
  EXPECT_EQ(Append(request_).result, "first answer");
}

TEST_P(AppendKeyTest, RepeatSucceedsWhateverItExpects) {
  request_.expectations = {{"a", kNoStream}};
  request_.condition = {Query(), std::nullopt};
  EXPECT_FALSE(Append(request_).repeated);

  EXPECT_TRUE(Append(request_).repeated);
  request_.expectations = {{"a", At(99)}};
  EXPECT_TRUE(Append(request_).repeated);
}

TEST_P(AppendKeyTest, RepeatSucceedsAfterTheStreamWasTombstoned) {
  Append(request_);
  ASSERT_OK(store().TombstoneStream("a"));

  EXPECT_TRUE(Append(request_).repeated);
}

TEST_P(AppendKeyTest, RepeatSucceedsWhileTheClockIsWrong) {
  Append(request_);
  clock_.Jump(absl::Hours(48));

  EXPECT_TRUE(Append(request_).repeated);
}

TEST_P(AppendKeyTest, TimesAreNotCompared) {
  request_.events[0].event.occurred_at = absl::FromUnixSeconds(1);
  Append(request_);
  request_.events[0].event.occurred_at = absl::FromUnixSeconds(2);

  EXPECT_TRUE(Append(request_).repeated);
}

TEST_P(AppendKeyTest, IdsAreComparedWhenGiven) {
  request_.events[0].event.id = EventId();
  Append(request_);
  EXPECT_TRUE(Append(request_).repeated);

  request_.events[0].event.id.reset();
  EXPECT_THAT(store().Append(request_), StatusIs(kAlreadyExists));
}

TEST_P(AppendKeyTest, OtherEventsUnderTheSameKeyAreRefused) {
  Append(request_);
  const auto expect_refused = [&](auto change) {
    AppendRequest other = request_;
    change(other);
    const auto result = store().Append(other);
    EXPECT_THAT(result, StatusIs(kAlreadyExists));
    EXPECT_EQ(OutcomeOf(result), AppendOutcome::kNotAppended);
  };

  expect_refused([](AppendRequest& r) { r.events.pop_back(); });
  expect_refused([](AppendRequest& r) { std::swap(r.events[0], r.events[1]); });
  expect_refused([](AppendRequest& r) { r.events[0].stream = "c"; });
  expect_refused([](AppendRequest& r) { r.events[0].event.type = "x"; });
  expect_refused([](AppendRequest& r) { r.events[0].event.payload = "x"; });
  expect_refused(
      [](AppendRequest& r) { r.events[0].event.content_type = "x"; });
  expect_refused([](AppendRequest& r) { r.events[0].event.tags = {"x"}; });
  expect_refused(
      [](AppendRequest& r) { r.events[0].event.metadata.actor = "x"; });
  expect_refused([](AppendRequest& r) { r.events[0].event.source = "x"; });
  EXPECT_EQ(store().Head(), Position(2));
}

TEST_P(AppendKeyTest, BadRequestIsRefusedEvenUnderAUsedKey) {
  Append(request_);
  request_.events.clear();

  EXPECT_THAT(store().Append(request_), StatusIs(kInvalidArgument));
}

TEST_P(AppendKeyTest, KeyOfARefusedAppendIsFree) {
  request_.expectations = {{"a", kExists}};
  EXPECT_THAT(store().Append(request_), StatusIs(kAborted));
  request_.expectations.clear();
  request_.events[0].event.type = "other";

  EXPECT_FALSE(Append(request_).repeated);
}

TEST_P(AppendKeyTest, AppendsWithoutKeyAreNeverRepeats) {
  request_.key.clear();
  EXPECT_FALSE(Append(request_).repeated);
  EXPECT_FALSE(Append(request_).repeated);
  EXPECT_EQ(store().Head(), Position(4));
}

TEST_P(AppendKeyTest, KeysAreComparedWhole) {
  for (const char* key : {"k", "k ", "K", "kk"}) {
    request_.key = key;
    EXPECT_FALSE(Append(request_).repeated) << key;
  }
}

TEST_P(AppendKeyTest, ShortFormOfAppendTakesAKeyToo) {
  const NewEvent event = MakeEvent("t");
  ASSERT_OK(store().Append("a", kNoStream, {event}, "key"));

  ASSERT_OK_AND_ASSIGN(AppendResult again,
                       store().Append("a", kNoStream, {event}, "key"));
  EXPECT_TRUE(again.repeated);
}

TEST_P(AppendKeyTest, FindAppendGivesBackWhatTheAppendDid) {
  request_.result = "answer";
  AppendResult first = Append(request_);
  first.repeated = true;

  EXPECT_THAT(reader().FindAppend("attempt-1"), IsOkAndHolds(first));
  EXPECT_THAT(reader().FindAppend("attempt-2"), StatusIs(kNotFound));
}

TEST_P(AppendKeyTest, SameKeyUsedAtOnceHappensOnce) {
  std::vector<absl::StatusOr<AppendResult>> results(8);
  RunThreads(8, [&](int i) { results[i] = store().Append(request_); });

  int written = 0;
  for (const auto& result : results) {
    ASSERT_OK(result);
    EXPECT_EQ(result->first_position, Position(0));
    if (!result->repeated) ++written;
  }
  EXPECT_EQ(written, 1);
  EXPECT_EQ(store().Head(), Position(2));
}

TEST_P(AppendKeyTest, ManyKeysAreAllFoundAgain) {
  for (int i = 0; i < 500; ++i) {
    request_.key = "key-" + std::to_string(i);
    Append(request_);
  }
  Reopen();

  for (int i = 0; i < 500; ++i) {
    ASSERT_OK_AND_ASSIGN(AppendResult found,
                         store().FindAppend("key-" + std::to_string(i)));
    ASSERT_EQ(found.first_position, Position(uint64_t{2} * i));
  }
}

}  // namespace
}  // namespace daybook
