// Whether everything that is derived from a log is what the log makes of it:
// VerifyStore().
//
// Trusts neither side to be in step: each family of the index is read as it
// lies on disk, the log once, and their facts are compared as sums
// (fact_sums.h). Seeking what each event implies would be one random read a
// posting; sorting it would need space for all postings.
//
//   streams  an event's fact is its stream, revision, position and all that its
//            run has of it, from both sides
//   heads    the runs, which are right by then, say where each stream ends;
//            one bit for each position, whether it is the last of its stream,
//            has the log say the leaf there
//   terms    (hash, position), from both sides
//   keys     likewise
//   rules    heads and runs, which are right by then, folded stream by stream
//
// Memory does not depend on how many streams or terms there are.

#ifndef DAYBOOK_STORE_CHECK_INDEX_H_
#define DAYBOOK_STORE_CHECK_INDEX_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/numbers.h"
#include "daybook/store/verify.h"
#include "store/rocks_db.h"

namespace daybook {

// The index of a log, as it was when it was opened.
struct OpenedIndex {
  // Null: there is none, or it does not open.
  std::unique_ptr<RocksDb> index;
  // How it stands, and what is wrong with its files.
  VerifiedIndex state;
};

// Opens the index in the folder `path` to look at it. It goes no further than
// the log does that is opened after it.
// Errors: kResourceExhausted; where the folder can't be looked at, as the
// system says. What is wrong with the index is no error.
absl::StatusOr<OpenedIndex> OpenIndexToCheck(
    const std::string& path, const RocksEnvironment& environment);

// Compares `opened` and the views' checkpoints in `log`
// with the events of `log` below `head`, which are whole. Views may know those
// below `last`, where a power cut left some behind a hole. Changes nothing.
// `progress` is called now and then with a number that rises to 2 * head, and
// ends the check with the error it returns.
// Errors: of the log, kDataLoss with a position; of `progress`. What is wrong
// with the index is no error but VerifiedIndex::difference.
// Memory: a bit for each event, and some megabytes.
absl::StatusOr<VerifiedIndex> CheckIndex(
    const RocksDb& log, OpenedIndex opened, Position head, Position last,
    const std::function<absl::Status(uint64_t done)>& progress);

}  // namespace daybook

#endif  // DAYBOOK_STORE_CHECK_INDEX_H_
