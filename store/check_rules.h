// Whether an index has the rules of streams that their events make.

#ifndef DAYBOOK_STORE_CHECK_RULES_H_
#define DAYBOOK_STORE_CHECK_RULES_H_

#include <optional>

#include "absl/status/statusor.h"
#include "daybook/store/verify.h"
#include "store/rocks_db.h"

namespace daybook {

// Each stream that something was said about has a row, and no other. Takes the
// runs and heads of `index` for right. Errors: kDataLoss where those can't be
// read.
absl::StatusOr<std::optional<IndexDifference>> CheckRules(const RocksDb& index);

}  // namespace daybook

#endif  // DAYBOOK_STORE_CHECK_RULES_H_
