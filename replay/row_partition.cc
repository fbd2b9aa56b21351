#include "replay/row_partition.h"

#include <algorithm>
#include <utility>

#include "replay/caught_projection.h"
#include "replay/fold_error.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

namespace pb = google::protobuf;

// Of how many rows the size is taken, to estimate that of all.
constexpr size_t kSampleCount = 16;

}  // namespace

RowPartition::RowPartition(const AnyProjection* projection,
                           ApplyFailure on_failure)
    : projection_(projection), on_failure_(std::move(on_failure)) {}

absl::Status RowPartition::Fold(const std::vector<FoldSegment::Use>& uses) {
  for (const FoldSegment::Use& use : uses) {
    DAYBOOK_RETURN_IF_ERROR(Apply(use));
  }
  return absl::OkStatus();
}

absl::Status RowPartition::Apply(const FoldSegment::Use& use) {
  const std::string& key = use.event->keys[use.key];
  if (on_failure_ && failed_keys_.contains(key)) return absl::OkStatus();
  auto [found, is_new] = rows_.try_emplace(key);
  std::unique_ptr<pb::Message>& row = found->second;
  std::unique_ptr<pb::Message> before;
  if (is_new) {
    row.reset(projection_->row_prototype().New());
  } else if (on_failure_) {
    before.reset(row->New());
    before->CopyFrom(*row);
  }
  const absl::StatusOr<RowFate> fate =
      ApplyCaught(*projection_, *use.event, use.key, row.get());
  if (!fate.ok()) {
    absl::Status failure =
        AtEvent(fate.status(), projection_->name(), use.event->info);
    if (!on_failure_) return failure;
    if (before != nullptr) {
      row = std::move(before);
    } else {
      rows_.erase(found);
    }
    failed_keys_.insert(key);
    return on_failure_(*use.event, key, failure);
  }
  if (*fate == RowFate::kRemove) rows_.erase(found);
  return absl::OkStatus();
}

size_t RowPartition::memory_bytes() const {
  if (rows_.empty()) return 0;
  size_t sampled = 0;
  size_t bytes = 0;
  for (const auto& [key, row] : rows_) {
    bytes += key.capacity() + row->SpaceUsedLong() + sizeof(RowMap::value_type);
    if (++sampled == kSampleCount) break;
  }
  return bytes / sampled * rows_.size();
}

}  // namespace daybook
