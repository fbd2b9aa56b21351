// How a command ends: the statuses that have exit codes of their own.

#ifndef DAYBOOK_TOOLS_EXIT_CODE_H_
#define DAYBOOK_TOOLS_EXIT_CODE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace daybook::tools {

// Exit codes; documented in --help and tools/README.md, never renumbered.
enum class ExitCode : int {
  kOk = 0,
  kError = 1,
  kUsage = 2,
  kConflict = 3,
  kNotFound = 4,
  kDataLoss = 5,
  kRejects = 6,
  kOutcomeUnknown = 7,
  kSchemaBreaks = 8,
  // Of audits.
  kRemovals = 10,
  kTampered = 20,
  kUnverifiable = 30,
  kEngineDied = 40,
  kSignal = 128,  // plus the signal's number: 130 for Ctrl-C
};

// The status of a command that did its work except for some input that it
// wrote to a rejects file.
absl::Status RejectsError(std::string_view message);

// The status of `schema check` when a schema would break stored events.
absl::Status SchemaBreaksError(std::string_view message);

// The status of `audit verify` of a store that is whole, and declares that
// something was removed from it.
absl::Status RemovalsError(std::string_view message);

// The statuses of `audit` and `backup` commands. What was verified is not what
// it should be: damaged, or changed.
absl::Status TamperedError(std::string_view message);
// Nothing can be said: there is no head, or nobody's key is trusted.
absl::Status UnverifiableError(std::string_view message);
// The engine died of what is stored.
absl::Status EngineDiedError(std::string_view message);
// Makes of kDataLoss a TamperedError(), and of kUnauthenticated an
// UnverifiableError(); any other status stays.
absl::Status AsAuditStatus(const absl::Status& status);

// Input that can't be used (a bad line, a cut file): exit code 1, where a bad
// argument (kInvalidArgument) is 2.
absl::Status InputError(std::string_view message);

int ExitCodeOf(const absl::Status& status);

// The lines of --help that explain them.
std::string ExitCodeHelp();

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_EXIT_CODE_H_
