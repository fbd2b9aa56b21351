// ParallelFold folds a range of the log into rows with several threads, and
// gives the same rows, byte for byte, whatever their number.
//
// The log is cut into segments. Any thread decodes any segment
// (fold_segment.h), which divides its events among partitions of the keys; the
// events of one partition are applied in the order of the log, by one thread at
// a time (row_partition.h). So all of it is done once, and a key sees its
// events in order. What is decoded and not applied yet is bounded.

#ifndef DAYBOOK_REPLAY_PARALLEL_FOLD_H_
#define DAYBOOK_REPLAY_PARALLEL_FOLD_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "daybook/projections/any_projection.h"
#include "daybook/replay/view_fold.h"
#include "daybook/store/event_store.h"
#include "replay/fold_segment.h"
#include "replay/row_partition.h"
#include "store/mutex.h"

namespace daybook {

struct ParallelFoldOptions {
  Position begin;
  Position end;
  int worker_count = 1;
  size_t memory_bytes_max = size_t{1} << 30;
  EventPredicate where;
  // May be called from any of the threads.
  ApplyFailure on_failure;
  // How far everything is applied; called now and then, by one thread at a
  // time. False ends the fold with kCancelled.
  std::function<bool(Position)> progress;
};

// Runs once.
class ParallelFold {
 public:
  ParallelFold(EventStore& store, const AnyProjection& projection,
               ParallelFoldOptions options);
  ~ParallelFold();

  // Returns when all is folded, or at the first error: as FoldView().
  absl::Status Run();

  // The rows, ordered by key; takes them out.
  std::vector<FoldedRow> TakeRows();

 private:
  struct Segment;
  struct Partition;

  void Work();
  // Each does a piece of work if there is any, letting go of the mutex
  // meanwhile; false if there is none.
  bool FoldSome() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool DecodeSome() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The next segment of `partition` if that can be applied now; or null.
  Segment* Ready(const Partition& partition)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The first segment that nobody decodes, made if there is room for more; its
  // place among segments_, or their number if there is none.
  size_t NextToDecode() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropFolded() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CheckMemory() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Fail(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsDone() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  EventStore& store_;
  const AnyProjection& projection_;
  const ParallelFoldOptions options_;
  const size_t worker_count_;

  Mutex mutex_;
  CondVar changed_;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  // In the order of the log, from the first that is not applied to all
  // partitions on; that is number `first_number_` of all there ever were.
  std::deque<std::unique_ptr<Segment>> segments_ ABSL_GUARDED_BY(mutex_);
  uint64_t first_number_ ABSL_GUARDED_BY(mutex_) = 0;
  Position next_begin_ ABSL_GUARDED_BY(mutex_);
  // Rows of a busy one belong to the thread that is at it.
  std::vector<std::unique_ptr<Partition>> partitions_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_PARALLEL_FOLD_H_
