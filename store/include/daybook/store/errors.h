// What an absl::Status from the store says beyond its code and message.
//
//   code                  meaning, and what the caller does next
//   kAborted              a stream was not at its expected revision, or an
//                         event matched the append condition: read again,
//                         decide again
//   kAlreadyExists        the append key was used with other events: a defect
//                         of the caller; choose another key
//   kNotFound             read of a stream that has no events or was deleted
//   kInvalidArgument      the call could never succeed: mend the call
//   kFailedPrecondition   mend something else first: the store must be closed
//                         elsewhere, reopened, is of a newer format, a stream
//                         is tombstoned
//   kResourceExhausted    the append queue or the disk is full: not appended
//   kUnavailable          the store is closing: not appended
//   kUnknown              the write failed half-way: the append may or may not
//                         be there after reopening; reopen and retry with the
//                         same append key
//   kDataLoss             stored bytes are missing or do not check: stop, and
//                         look at GetDamage()
//   kDeadlineExceeded     Close() had to leave before everything was done

#ifndef DAYBOOK_STORE_ERRORS_H_
#define DAYBOOK_STORE_ERRORS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "daybook/store/append.h"
#include "daybook/store/numbers.h"

namespace daybook {

// A stream was not where the append expected it.
struct RevisionConflict {
  std::string stream;
  ExpectedRevision expected = ExpectedRevision::Any();
  // The stream's last revision; absent when it has no events.
  std::optional<Revision> actual;
};

enum class AppendOutcome {
  // Nothing of it is in the store, nor will be.
  kNotAppended,
  // It may be in the store after reopening, whole, or not at all.
  kUnknown,
};

// Each returns nothing for a status that says nothing of the kind.
std::optional<RevisionConflict> GetRevisionConflict(const absl::Status& status);
// The first event found that matched the append condition.
std::optional<Position> GetConditionConflict(const absl::Status& status);
// Every failed append carries one.
std::optional<AppendOutcome> GetAppendOutcome(const absl::Status& status);
// The first position that is missing or damaged, as far as that is known.
std::optional<Position> GetDamage(const absl::Status& status);

}  // namespace daybook

#endif  // DAYBOOK_STORE_ERRORS_H_
