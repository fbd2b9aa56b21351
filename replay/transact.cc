#include "daybook/replay/transact.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "daybook/store/limits.h"
#include "store/status_macros.h"
#include "store/status_message.h"
#include "store/strings.h"

namespace daybook::internal {
namespace {

absl::Status UsedForSomethingElse(std::string_view append_key,
                                  std::string_view what) {
  return absl::AlreadyExistsError(
      absl::StrCat("the append key ", Quoted(append_key),
                   " was used for something else: ", ToAbsl(what)));
}

// What the append with the plan's key did; nothing if it has none, or it was
// never used.
absl::StatusOr<std::optional<TransactOutcome>> FindRepeated(
    EventStore& store, const TransactPlan& plan) {
  std::optional<TransactOutcome> outcome;
  if (plan.append_key.empty()) return outcome;
  absl::StatusOr<AppendResult> found = store.FindAppend(plan.append_key);
  if (absl::IsNotFound(found.status())) return outcome;
  if (!found.ok()) return found.status();
  const bool is_of_stream =
      plan.stream.empty() ||
      std::any_of(
          found->streams.begin(), found->streams.end(),
          [&](const StreamEnd& end) { return end.stream == plan.stream; });
  if (!is_of_stream) {
    return UsedForSomethingElse(
        plan.append_key,
        absl::StrCat("for ", Quoted(found->streams.front().stream), ", not ",
                     Quoted(plan.stream)));
  }
  outcome = TransactOutcome{.repeated = true, .append = *std::move(found)};
  return outcome;
}

// What stands before a result: bytes of one type may well parse as another.
// Stored; never changes.
std::string TypedPrefix(const google::protobuf::Message& result) {
  std::string prefix = result.GetTypeName();
  prefix.push_back('\0');
  return prefix;
}

// `conflict`, with how often it was tried.
absl::Status GivenUp(const absl::Status& conflict, int attempts) {
  return WithMessage(conflict, absl::StrCat(conflict.message(), " (attempt ",
                                            attempts, " of ", attempts, ")"));
}

}  // namespace

absl::StatusOr<TransactOutcome> RunTransaction(
    EventStore& store, const TransactPlan& plan,
    absl::FunctionRef<absl::StatusOr<AppendRequest>()> decide) {
  const int attempts = std::max(plan.attempts, 1);
  std::optional<TransactOutcome> repeated;
  for (int attempt = 1;; ++attempt) {
    DAYBOOK_ASSIGN_OR_RETURN(repeated, FindRepeated(store, plan));
    if (repeated) return *std::move(repeated);
    absl::StatusOr<AppendRequest> request = decide();
    if (!request.ok() || request->events.empty()) {
      // A decision may well refuse what it sees already done: by another
      // attempt with this key, which ended since it was looked for.
      DAYBOOK_ASSIGN_OR_RETURN(repeated, FindRepeated(store, plan));
      if (repeated) return *std::move(repeated);
      if (!request.ok()) return request.status();
      return TransactOutcome();
    }
    request->key = std::string(plan.append_key);
    for (StreamEvent& event : request->events) {
      event.event.metadata = plan.metadata;
    }
    absl::StatusOr<AppendResult> appended = store.Append(*request, plan.append);
    if (appended.ok()) {
      const bool was_repeated = appended->repeated;
      return TransactOutcome{was_repeated, *std::move(appended)};
    }
    if (absl::IsAlreadyExists(appended.status())) {
      // Another attempt with this key came first, and decided otherwise.
      DAYBOOK_ASSIGN_OR_RETURN(repeated, FindRepeated(store, plan));
      if (repeated) return *std::move(repeated);
    }
    if (!absl::IsAborted(appended.status())) return appended.status();
    if (attempt == attempts) return GivenUp(appended.status(), attempts);
    WaitAfterConflict(plan.backoff, attempt);
  }
}

absl::StatusOr<std::string> EncodeResult(
    const google::protobuf::Message& result) {
  if (!result.IsInitialized()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the decision's result ", result.GetTypeName(), " lacks ",
                     result.InitializationErrorString()));
  }
  std::string encoded = TypedPrefix(result);
  encoded += result.SerializeAsString();
  if (encoded.size() > kAppendResultBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("the decision's result ", result.GetTypeName(), " has ",
                     encoded.size(), " bytes; with an append key at most ",
                     kAppendResultBytesMax, " are kept"));
  }
  return encoded;
}

absl::Status DecodeResult(std::string_view append_key, std::string_view encoded,
                          google::protobuf::Message* result) {
  if (result == nullptr) {
    if (encoded.empty()) return absl::OkStatus();
    return UsedForSomethingElse(
        append_key, "it has a stored result, and none is asked for");
  }
  const std::string prefix = TypedPrefix(*result);
  if (encoded.starts_with(prefix)) {
    encoded.remove_prefix(prefix.size());
    // In two steps, because protobuf prints what it finds missing.
    if (result->ParsePartialFromArray(encoded.data(),
                                      static_cast<int>(encoded.size())) &&
        result->IsInitialized()) {
      return absl::OkStatus();
    }
  }
  return UsedForSomethingElse(
      append_key,
      absl::StrCat("its stored result is no ", result->GetTypeName()));
}

absl::Status OfAnotherStore(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(
      "the ", ToAbsl(what), " given to a transaction is of another store"));
}

}  // namespace daybook::internal
