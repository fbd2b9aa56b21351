#include "tools/exit_code.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tools/interrupt.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

// Holds the exit code of a status that has one of its own.
constexpr char kExitCode[] = "daybook.tools/exit-code";

absl::Status ErrorWith(ExitCode code, std::string_view message) {
  absl::Status status = absl::FailedPreconditionError(ToAbsl(message));
  status.SetPayload(kExitCode,
                    absl::Cord(absl::StrCat(static_cast<int>(code))));
  return status;
}

}  // namespace

absl::Status RejectsError(std::string_view message) {
  return ErrorWith(ExitCode::kRejects, message);
}

absl::Status SchemaBreaksError(std::string_view message) {
  return ErrorWith(ExitCode::kSchemaBreaks, message);
}

absl::Status RemovalsError(std::string_view message) {
  return ErrorWith(ExitCode::kRemovals, message);
}

absl::Status TamperedError(std::string_view message) {
  return ErrorWith(ExitCode::kTampered, message);
}

absl::Status UnverifiableError(std::string_view message) {
  return ErrorWith(ExitCode::kUnverifiable, message);
}

absl::Status EngineDiedError(std::string_view message) {
  return ErrorWith(ExitCode::kEngineDied, message);
}

absl::Status AsAuditStatus(const absl::Status& status) {
  const std::string message(status.message());
  if (absl::IsDataLoss(status)) return TamperedError(message);
  if (absl::IsUnauthenticated(status)) return UnverifiableError(message);
  return status;
}

absl::Status InputError(std::string_view message) {
  return absl::FailedPreconditionError(ToAbsl(message));
}

int ExitCodeOf(const absl::Status& status) {
  int own = 0;
  if (const auto code = status.GetPayload(kExitCode);
      code.has_value() && absl::SimpleAtoi(std::string(*code), &own)) {
    return own;
  }
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return static_cast<int>(ExitCode::kOk);
    case absl::StatusCode::kInvalidArgument:
      return static_cast<int>(ExitCode::kUsage);
    case absl::StatusCode::kAborted:
      return static_cast<int>(ExitCode::kConflict);
    case absl::StatusCode::kNotFound:
      return static_cast<int>(ExitCode::kNotFound);
    case absl::StatusCode::kDataLoss:
      return static_cast<int>(ExitCode::kDataLoss);
    case absl::StatusCode::kUnknown:
      return static_cast<int>(ExitCode::kOutcomeUnknown);
    case absl::StatusCode::kCancelled:
      if (Interrupted()) {
        return static_cast<int>(ExitCode::kSignal) + ReceivedSignal();
      }
      return static_cast<int>(ExitCode::kError);
    default:
      return static_cast<int>(ExitCode::kError);
  }
}

std::string ExitCodeHelp() {
  return R"(Exit codes:
  0    done
  1    failed: the message says what to do
  2    the command line is wrong, or a file that it names can't be read or
       written; nothing was done
  3    conflict: the stream is not where --expected said
  4    no such store, stream or event, or file to be read; none for bisect
  5    stored data is missing or damaged
  6    done, but some lines of the input were rejected (--rejects)
  7    the write failed and may or may not have happened: run it again with the
       same --key
  8    the schema would break stored events (schema check)
  10   verified, and something was removed that the log declares (audit verify)
  20   tampered or damaged: not what the audit tree, a head, a proof or a backup
       says
  30   not verifiable: no head, or none that a trusted key signed
  40   the storage engine died of what is stored
  130  interrupted (128 + the signal); the store is consistent)";
}

}  // namespace daybook::tools
