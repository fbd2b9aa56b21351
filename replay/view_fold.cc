#include "daybook/replay/view_fold.h"

#include <algorithm>
#include <utility>

#include "replay/moment.h"
#include "replay/parallel_fold.h"
#include "store/status_macros.h"

namespace daybook {

const google::protobuf::Message* FoldedRows::Find(std::string_view key) const {
  const auto found = std::ranges::lower_bound(rows_, key, {}, &FoldedRow::key);
  if (found == rows_.end() || found->key != key) return nullptr;
  return found->row.get();
}

absl::StatusOr<FoldedRows> FoldView(EventStore& store,
                                    const AnyProjection& projection,
                                    const FoldViewOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const Position end, EndOf(store, options.as_of));
  ParallelFold fold(store, projection,
                    {.begin = options.from.value_or(Position(0)),
                     .end = end,
                     .worker_count = options.worker_count,
                     .memory_bytes_max = options.memory_bytes_max,
                     .where = options.where});
  DAYBOOK_RETURN_IF_ERROR(fold.Run());
  return FoldedRows(fold.TakeRows(), end);
}

}  // namespace daybook
