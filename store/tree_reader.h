// The audit tree of an open store for proofs: EventStore::ReadTree(). And what
// leaves of streams the index leads to.

#ifndef DAYBOOK_STORE_TREE_READER_H_
#define DAYBOOK_STORE_TREE_READER_H_

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "daybook/audit/hash.h"
#include "daybook/store/audit.h"
#include "daybook/store/numbers.h"
#include "store/leaf_walk.h"
#include "store/log_reader.h"
#include "store/store_core.h"

namespace daybook {

// Finds events of streams through the index, and believes it only where the log
// has that event at that place. Not thread-safe.
class IndexedLeafFinder final : public LeafFinder {
 public:
  explicit IndexedLeafFinder(std::shared_ptr<StoreCore> core)
      : core_(std::move(core)), reader_(*core_->log) {}

  absl::StatusOr<audit::Hash> FindLeaf(std::string_view stream,
                                       Revision revision,
                                       Position position) override;

 private:
  const std::shared_ptr<StoreCore> core_;
  LogReader reader_;
};

// REQUIRES: the store has a tree.
std::unique_ptr<TreeReader> MakeTreeReader(
    const std::shared_ptr<StoreCore>& core);

}  // namespace daybook

#endif  // DAYBOOK_STORE_TREE_READER_H_
