#include "tools/exit_code.h"

#include "absl/strings/cord.h"
#include "tools/interrupt.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

constexpr char kRejects[] = "daybook.tools/rejects";
constexpr char kSchemaBreaks[] = "daybook.tools/schema-breaks";

}  // namespace

absl::Status RejectsError(std::string_view message) {
  absl::Status status = absl::FailedPreconditionError(ToAbsl(message));
  status.SetPayload(kRejects, absl::Cord());
  return status;
}

absl::Status SchemaBreaksError(std::string_view message) {
  absl::Status status = absl::FailedPreconditionError(ToAbsl(message));
  status.SetPayload(kSchemaBreaks, absl::Cord());
  return status;
}

absl::Status InputError(std::string_view message) {
  return absl::FailedPreconditionError(ToAbsl(message));
}

int ExitCodeOf(const absl::Status& status) {
  if (status.GetPayload(kRejects).has_value()) {
    return static_cast<int>(ExitCode::kRejects);
  }
  if (status.GetPayload(kSchemaBreaks).has_value()) {
    return static_cast<int>(ExitCode::kSchemaBreaks);
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
  2    the command line is wrong; nothing was done
  3    conflict: the stream is not where --expected said
  4    no such store, stream or event; none for bisect
  5    stored data is missing or damaged
  6    done, but some lines of the input were rejected (--rejects)
  7    the write failed and may or may not have happened: run it again with the
       same --key
  8    the schema would break stored events (schema check)
  130  interrupted (128 + the signal); the store is consistent)";
}

}  // namespace daybook::tools
