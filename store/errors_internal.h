// How the store makes the errors of daybook/store/errors.h. Their payloads are
// messages of daybook/v1/error.proto.

#ifndef DAYBOOK_STORE_ERRORS_INTERNAL_H_
#define DAYBOOK_STORE_ERRORS_INTERNAL_H_

#include <cstddef>
#include <optional>
#include <string>
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
// The same of one that was refused: kNotAppended.
absl::Status Refused(absl::Status status);

// `event 3: ` and what is wrong with it; OK stays OK. Counted from 0, as in the
// request.
absl::Status AtEvent(size_t number, const absl::Status& status);

// kDataLoss: `position 17: ` and what is wrong there.
absl::Status DamageError(Position position, std::string_view what);
// What is wrong, of a DamageError() without its position; of others the
// message.
std::string WhatIsWrong(const absl::Status& status);

}  // namespace daybook

#endif  // DAYBOOK_STORE_ERRORS_INTERNAL_H_
