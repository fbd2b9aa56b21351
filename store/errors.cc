#include "daybook/store/errors.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "daybook/v1/error.pb.h"
#include "store/errors_internal.h"
#include "store/expected_revision.h"
#include "store/strings.h"

namespace daybook {
namespace {

template <typename Message>
std::string TypeUrl() {
  return absl::StrCat("type.googleapis.com/",
                      Message::descriptor()->full_name());
}

template <typename Message>
void SetPayload(const Message& message, absl::Status* status) {
  status->SetPayload(TypeUrl<Message>(),
                     absl::Cord(message.SerializeAsString()));
}

template <typename Message>
std::optional<Message> GetPayload(const absl::Status& status) {
  if (status.ok()) return std::nullopt;
  const absl::optional<absl::Cord> payload =
      status.GetPayload(TypeUrl<Message>());
  if (!payload.has_value()) return std::nullopt;
  Message message;
  if (!message.ParseFromString(std::string(*payload))) return std::nullopt;
  return message;
}

std::string Describe(ExpectedRevision expected) {
  switch (expected.kind()) {
    case ExpectedRevision::Kind::kAny:
      return "anything";
    case ExpectedRevision::Kind::kNoStream:
      return "no stream";
    case ExpectedRevision::Kind::kExists:
      return "an existing stream";
    case ExpectedRevision::Kind::kExactly:
      break;
  }
  return absl::StrCat("revision ", expected.revision().value());
}

std::string Describe(ExpectedRevision expected,
                     std::optional<Revision> actual) {
  if (!actual.has_value()) return "stream has no events";
  // A stream with events disappoints Exists() only when it was deleted.
  if (expected == ExpectedRevision::Exists()) {
    return absl::StrCat("stream was deleted at ", actual->value());
  }
  return absl::StrCat("stream is at ", actual->value());
}

}  // namespace

absl::Status RevisionConflictError(std::string_view stream,
                                   ExpectedRevision expected,
                                   std::optional<Revision> actual) {
  absl::Status status = absl::AbortedError(
      absl::StrCat("append to ", Quoted(stream), ": expected ",
                   Describe(expected), ", ", Describe(expected, actual)));
  v1::RevisionConflict message;
  message.set_stream(std::string(stream));
  *message.mutable_expected() = RevisionMessage(expected);
  if (actual.has_value()) message.set_actual(actual->value());
  SetPayload(message, &status);
  return status;
}

absl::Status ConditionConflictError(Position position) {
  absl::Status status = absl::AbortedError(
      absl::StrCat("append condition: the event at position ", position.value(),
                   " matches"));
  v1::ConditionConflict message;
  message.set_position(position.value());
  SetPayload(message, &status);
  return status;
}

absl::Status WithOutcome(absl::Status status, AppendOutcome outcome) {
  if (status.ok()) return status;
  v1::AppendFailure message;
  message.set_outcome(outcome == AppendOutcome::kUnknown
                          ? v1::AppendFailure::OUTCOME_UNKNOWN
                          : v1::AppendFailure::OUTCOME_NOT_APPENDED);
  SetPayload(message, &status);
  return status;
}

absl::Status Refused(absl::Status status) {
  return WithOutcome(std::move(status), AppendOutcome::kNotAppended);
}

absl::Status AtEvent(size_t number, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      absl::StrCat("event ", number, ": ", status.message()));
}

absl::Status DamageError(Position position, std::string_view what) {
  absl::Status status = absl::DataLossError(
      absl::StrCat("position ", position.value(), ": ", ToAbsl(what)));
  v1::Damage message;
  message.set_position(position.value());
  SetPayload(message, &status);
  return status;
}

std::optional<RevisionConflict> GetRevisionConflict(
    const absl::Status& status) {
  const auto message = GetPayload<v1::RevisionConflict>(status);
  if (!message.has_value()) return std::nullopt;
  RevisionConflict conflict;
  conflict.stream = message->stream();
  conflict.expected = RevisionOf(message->expected());
  if (message->has_actual()) conflict.actual = Revision(message->actual());
  return conflict;
}

std::optional<Position> GetConditionConflict(const absl::Status& status) {
  const auto message = GetPayload<v1::ConditionConflict>(status);
  if (!message.has_value()) return std::nullopt;
  return Position(message->position());
}

std::optional<AppendOutcome> GetAppendOutcome(const absl::Status& status) {
  const auto message = GetPayload<v1::AppendFailure>(status);
  if (!message.has_value()) return std::nullopt;
  switch (message->outcome()) {
    case v1::AppendFailure::OUTCOME_NOT_APPENDED:
      return AppendOutcome::kNotAppended;
    case v1::AppendFailure::OUTCOME_UNKNOWN:
      return AppendOutcome::kUnknown;
    default:
      return std::nullopt;
  }
}

std::optional<Position> GetDamage(const absl::Status& status) {
  const auto message = GetPayload<v1::Damage>(status);
  if (!message.has_value()) return std::nullopt;
  return Position(message->position());
}

std::string WhatIsWrong(const absl::Status& status) {
  std::string what(status.message());
  if (const std::optional<Position> position = GetDamage(status)) {
    const std::string prefix =
        absl::StrCat("position ", position->value(), ": ");
    if (what.starts_with(prefix)) what.erase(0, prefix.size());
  }
  return what;
}

}  // namespace daybook
