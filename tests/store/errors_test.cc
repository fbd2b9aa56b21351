#include "daybook/store/errors.h"

#include "gtest/gtest.h"
#include "store/errors_internal.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using testing::StatusIs;

constexpr auto kAborted = absl::StatusCode::kAborted;

TEST(ErrorsTest, ConflictSaysWhatWasExpectedAndFound) {
  const auto any = ExpectedRevision::Any();
  const auto none = ExpectedRevision::NoStream();
  const auto exists = ExpectedRevision::Exists();
  const auto three = ExpectedRevision::Exactly(Revision(3));
  EXPECT_THAT(RevisionConflictError("s", three, Revision(5)),
              StatusIs(kAborted,
                       "append to \"s\": expected revision 3, stream is at 5"));
  EXPECT_THAT(
      RevisionConflictError("s", three, std::nullopt),
      StatusIs(kAborted,
               "append to \"s\": expected revision 3, stream has no events"));
  EXPECT_THAT(RevisionConflictError("s", none, Revision(0)),
              StatusIs(kAborted,
                       "append to \"s\": expected no stream, stream is at 0"));
  EXPECT_THAT(RevisionConflictError("s", exists, std::nullopt),
              StatusIs(kAborted,
                       "append to \"s\": expected an existing stream, stream "
                       "has no events"));
  EXPECT_THAT(RevisionConflictError("s", exists, Revision(4)),
              StatusIs(kAborted,
                       "append to \"s\": expected an existing stream, stream "
                       "was deleted at 4"));
  for (const ExpectedRevision expected : {any, none, exists, three}) {
    const auto conflict =
        GetRevisionConflict(RevisionConflictError("s", expected, Revision(5)));
    ASSERT_TRUE(conflict.has_value());
    EXPECT_EQ(conflict->stream, "s");
    EXPECT_EQ(conflict->expected, expected);
    EXPECT_EQ(conflict->actual, Revision(5));
  }
}

TEST(ErrorsTest, NameIsQuotedAndEscaped) {
  EXPECT_THAT(
      RevisionConflictError("a\n\"\u00e9", ExpectedRevision::Exists(), {}),
      StatusIs(kAborted, ::testing::HasSubstr("\"a\\n\\\"\u00e9\"")));
}

TEST(ErrorsTest, ConditionConflictHasThePosition) {
  EXPECT_EQ(GetConditionConflict(ConditionConflictError(Position(17))),
            Position(17));
  EXPECT_THAT(
      ConditionConflictError(Position(17)),
      StatusIs(kAborted, "append condition: the event at position 17 matches"));
}

TEST(ErrorsTest, OutcomeIsAddedToWhatTheStatusSaysAlready) {
  const absl::Status conflict =
      RevisionConflictError("s", ExpectedRevision::NoStream(), Revision(5));
  const absl::Status status =
      WithOutcome(conflict, AppendOutcome::kNotAppended);

  EXPECT_EQ(GetAppendOutcome(status), AppendOutcome::kNotAppended);
  EXPECT_TRUE(GetRevisionConflict(status).has_value());
  EXPECT_EQ(GetAppendOutcome(WithOutcome(absl::UnknownError("disk"),
                                         AppendOutcome::kUnknown)),
            AppendOutcome::kUnknown);
}

TEST(ErrorsTest, SuccessHasNoOutcome) {
  const absl::Status status =
      WithOutcome(absl::OkStatus(), AppendOutcome::kUnknown);
  EXPECT_OK(status);
  EXPECT_EQ(GetAppendOutcome(status), std::nullopt);
}

TEST(ErrorsTest, DamageHasThePosition) {
  const absl::Status status = DamageError(Position(17), "body does not check");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kDataLoss,
                               "position 17: body does not check"));
  EXPECT_EQ(GetDamage(status), Position(17));
}

TEST(ErrorsTest, StatusThatSaysNothingOfTheKindGivesNothing) {
  for (const absl::Status& status :
       {absl::OkStatus(), absl::AbortedError("other")}) {
    EXPECT_FALSE(GetRevisionConflict(status).has_value());
    EXPECT_EQ(GetConditionConflict(status), std::nullopt);
    EXPECT_EQ(GetAppendOutcome(status), std::nullopt);
    EXPECT_EQ(GetDamage(status), std::nullopt);
  }
}

TEST(ExpectedRevisionTest, PrintsWhatItExpects) {
  EXPECT_EQ(ExpectedRevision::Any().ToString(), "any");
  EXPECT_EQ(ExpectedRevision::NoStream().ToString(), "no stream");
  EXPECT_EQ(ExpectedRevision::Exists().ToString(), "exists");
  EXPECT_EQ(ExpectedRevision::Exactly(Revision(7)).ToString(), "7");
}

}  // namespace
}  // namespace daybook
