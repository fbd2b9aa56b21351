// How the store makes the errors of daybook/store/errors.h. Their payloads are
// messages of daybook/v1/error.proto.

#ifndef DAYBOOK_STORE_ERRORS_INTERNAL_H_
#define DAYBOOK_STORE_ERRORS_INTERNAL_H_

#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "daybook/store/append.h"
#include "daybook/store/errors.h"
#include "daybook/store/numbers.h"

namespace daybook {

// kAborted: `append to "order-42": expected revision 3, stream is at 5`.
absl::Status RevisionConflictError(std::string_view stream,
                                   ExpectedRevision expected,
                                   std::optional<Revision> actual);

// kAborted: the event at `position` matches the append condition.
absl::Status ConditionConflictError(Position position);

// `status` with what became of the append; OK stays OK.
absl::Status WithOutcome(absl::Status status, AppendOutcome outcome);

// kDataLoss: `position 17: ` and what is wrong there.
absl::Status DamageError(Position position, std::string_view what);

}  // namespace daybook

#endif  // DAYBOOK_STORE_ERRORS_INTERNAL_H_
