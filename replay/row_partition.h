// The rows of one partition of a projection's keys, while they are folded.

#ifndef DAYBOOK_REPLAY_ROW_PARTITION_H_
#define DAYBOOK_REPLAY_ROW_PARTITION_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "daybook/projections/any_projection.h"
#include "google/protobuf/message.h"
#include "replay/fold_segment.h"

namespace daybook {

using RowMap = absl::flat_hash_map<std::string,
                                   std::unique_ptr<google::protobuf::Message>>;

// Called for an event that can't be applied to a row, which then stays as it
// was before, for good: later events pass it over. Returns what becomes of the
// fold.
using ApplyFailure = std::function<absl::Status(
    const PreparedEvent& event, const std::string& key, const absl::Status&)>;

// Not thread-safe.
class RowPartition {
 public:
  // `on_failure` null: such an event ends the fold. With it rows are copied
  // before each event, since one that failed half-way is neither old nor new.
  RowPartition(const AnyProjection* projection, ApplyFailure on_failure);

  absl::Status Fold(const std::vector<FoldSegment::Use>& uses);

  RowMap& rows() { return rows_; }
  // About.
  size_t memory_bytes() const;

 private:
  absl::Status Apply(const FoldSegment::Use& use);

  const AnyProjection* projection_;
  ApplyFailure on_failure_;
  RowMap rows_;
  absl::flat_hash_set<std::string> failed_keys_;
};

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_ROW_PARTITION_H_
