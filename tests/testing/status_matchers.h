// Matchers and macros for absl::Status and absl::StatusOr, with the names and
// meaning that newer versions of Abseil have.
//
//   EXPECT_THAT(store->Sync(), IsOk());
//   EXPECT_THAT(store->ReadEvent(Position(7)),
//               StatusIs(absl::StatusCode::kNotFound, HasSubstr("7")));
//   ASSERT_OK_AND_ASSIGN(AppendResult result, store->Append(request));

#ifndef DAYBOOK_TESTS_TESTING_STATUS_MATCHERS_H_
#define DAYBOOK_TESTS_TESTING_STATUS_MATCHERS_H_

#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace daybook::testing {

inline const absl::Status& StatusOf(const absl::Status& status) {
  return status;
}
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& status_or) {
  return status_or.status();
}

// Matches a status or status-or that is OK.
MATCHER(IsOk, negation ? "is not OK" : "is OK") {
  const absl::Status& status = StatusOf(arg);
  if (!status.ok()) *result_listener << "which is " << status.ToString();
  return status.ok();
}

// Matches a status-or that is OK and whose value matches `inner`.
MATCHER_P(
    IsOkAndHolds, inner,
    "is OK and has a value that " +
        ::testing::DescribeMatcher<typename std::decay_t<arg_type>::value_type>(
            inner, negation)) {
  if (!arg.ok()) {
    *result_listener << "which is " << arg.status().ToString();
    return false;
  }
  return ::testing::ExplainMatchResult(inner, *arg, result_listener);
}

// Matches a status or status-or with this code and, if given, message. Both
// may be matchers.
template <typename CodeMatcher, typename MessageMatcher>
class StatusIsMatcher {
 public:
  StatusIsMatcher(CodeMatcher code, MessageMatcher message)
      : code_(std::move(code)), message_(std::move(message)) {}

  template <typename StatusLike>
  operator ::testing::Matcher<StatusLike>() const {  // NOLINT: by design
    return ::testing::Matcher<StatusLike>(new Implementation<StatusLike>(
        ::testing::SafeMatcherCast<absl::StatusCode>(code_),
        ::testing::SafeMatcherCast<const std::string&>(message_)));
  }

 private:
  template <typename StatusLike>
  class Implementation : public ::testing::MatcherInterface<StatusLike> {
   public:
    Implementation(::testing::Matcher<absl::StatusCode> code,
                   ::testing::Matcher<const std::string&> message)
        : code_(std::move(code)), message_(std::move(message)) {}

    bool MatchAndExplain(
        StatusLike status_like,
        ::testing::MatchResultListener* listener) const override {
      const absl::Status& status = StatusOf(status_like);
      *listener << "which is " << status.ToString();
      return code_.Matches(status.code()) &&
             message_.Matches(std::string(status.message()));
    }
    void DescribeTo(std::ostream* out) const override {
      *out << "has a status code that ";
      code_.DescribeTo(out);
      *out << " and a message that ";
      message_.DescribeTo(out);
    }

   private:
    const ::testing::Matcher<absl::StatusCode> code_;
    const ::testing::Matcher<const std::string&> message_;
  };

  const CodeMatcher code_;
  const MessageMatcher message_;
};

template <typename CodeMatcher, typename MessageMatcher>
StatusIsMatcher<CodeMatcher, MessageMatcher> StatusIs(CodeMatcher code,
                                                      MessageMatcher message) {
  return {std::move(code), std::move(message)};
}
template <typename CodeMatcher>
auto StatusIs(CodeMatcher code) {
  return StatusIs(std::move(code), ::testing::_);
}

}  // namespace daybook::testing

#define EXPECT_OK(expression) \
  EXPECT_THAT(expression, ::daybook::testing::IsOk())
#define ASSERT_OK(expression) \
  ASSERT_THAT(expression, ::daybook::testing::IsOk())

// Evaluates `expression`, an absl::StatusOr; ends the test if it is an error,
// otherwise gives its value to `target`, which may be a declaration.
#define ASSERT_OK_AND_ASSIGN(target, expression)                       \
  DAYBOOK_ASSERT_OK_AND_ASSIGN_(                                       \
      DAYBOOK_TESTING_CONCATENATE_(test_status_or_, __LINE__), target, \
      expression)
#define DAYBOOK_ASSERT_OK_AND_ASSIGN_(value, target, expression) \
  auto value = (expression);                                     \
  ASSERT_THAT(value, ::daybook::testing::IsOk());                \
  target = *std::move(value)
#define DAYBOOK_TESTING_CONCATENATE_(a, b) \
  DAYBOOK_TESTING_CONCATENATE_AGAIN_(a, b)
#define DAYBOOK_TESTING_CONCATENATE_AGAIN_(a, b) a##b

#endif  // DAYBOOK_TESTS_TESTING_STATUS_MATCHERS_H_
