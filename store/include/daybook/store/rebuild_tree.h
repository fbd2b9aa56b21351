// RebuildTree derives the rows of a store's audit tree anew from its events,
// for one that Open() refuses since they, or the table of the heads that were
// kept, are damaged.
//
// A tree that is made anew agrees with whatever the events are now. So each
// event must have the leaf that stands beside it; and the root must be the one
// that was written with the last event and continue every head that was kept,
// or be accepted by whoever compared it with one that was kept elsewhere.

#ifndef DAYBOOK_STORE_REBUILD_TREE_H_
#define DAYBOOK_STORE_REBUILD_TREE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "daybook/store/audit.h"
#include "daybook/store/options.h"

namespace daybook {

enum class NewRoot {
  // One that differs from that which was written, or does not continue a head
  // that was kept, is kFailedPrecondition.
  kRefuse,
  kAccept,
};

struct TreeRebuild {
  // What was written with the last event; none if it can't be read.
  std::optional<TreeState> written;
  // What the events make.
  TreeState made;
  // False: the tree was as it must be, and nothing was changed.
  bool rebuilt = false;
  // Heads that were kept and that the events do not continue: they are dropped
  // with NewRoot::kAccept, and stay in the old files.
  std::vector<KeptTreeHead> dropped;
  // Where the files are that were in use before; empty when nothing was done.
  std::string damaged_folder;
};

// The store must not be open. Killed at any moment, the store is as before, or
// mended, or Recover() ends it (recover.h). The files that were in use stay in
// `damaged-N`. Heads that were kept, in the table and in HEAD, are kept on as
// far as they can be read and the events continue them.
//
// Errors: kDataLoss with a position for an event that is missing, damaged or
// changed, and where the database does not open: then Recover() may help;
// kFailedPrecondition when it is held, of another format, or the root differs
// or leaves a head (the message has both). A head of more events than there
// are is of a log that lost its end: Recover() declares that, kAccept only
// drops the head. kNotFound.
// Cost: some microseconds an event. It reads the log once where the tree is as
// it must be, else four times: to look, for the root, to make the tree, and to
// look at that. Changes nothing but rows of the tree. Opens the log in a copy
// of this process: see PlanRecovery().
absl::StatusOr<TreeRebuild> RebuildTree(const std::string& path,
                                        const StoreOptions& options,
                                        NewRoot new_root);

}  // namespace daybook

#endif  // DAYBOOK_STORE_REBUILD_TREE_H_
