// The heads of a log that is to be cut, with what proves that it began with
// what is kept; and the copies of them, which the log that goes on does not
// continue.

#ifndef DAYBOOK_STORE_DROPPED_HEADS_H_
#define DAYBOOK_STORE_DROPPED_HEADS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "daybook/store/numbers.h"
#include "daybook/store/options.h"
#include "daybook/store/recover.h"
#include "daybook/v1/system.pb.h"

namespace daybook {

// The heads of more than `keep` events in HEAD, in the copies that `options`
// name, and in the table of heads of the damaged store in `path`; the last
// hundred of them, smallest first. Each with a consistency proof from `keep`,
// where the tree can still be read. Opens the log in a copy of this process, as
// PlanRecovery() does. Errors: kInvalidArgument for a copy that is no head;
// what reading it gives.
absl::StatusOr<std::vector<v1::DroppedHead>> FindDroppedHeads(
    const std::string& path, const StoreOptions& options, Position keep);

// Renames the copies that a removal declared in the log in `path`, which is
// whole, explains: FILE.before-recovery-N, the first N that is free.
absl::StatusOr<std::vector<Recovery::SetAside>> SetCopiesAside(
    const std::string& path, const StoreOptions& options);

}  // namespace daybook

#endif  // DAYBOOK_STORE_DROPPED_HEADS_H_
