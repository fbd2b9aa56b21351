// The read of a client, batch after batch, and how long nobody took from it.

#ifndef DAYBOOK_SERVER_SERVED_READ_H_
#define DAYBOOK_SERVER_SERVED_READ_H_

#include <cstddef>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/runtime.h"
#include "daybook/v1/service.pb.h"
#include "server/resumable_read.h"
#include "server/served_store.h"
#include "store/mutex.h"
#include "store/status_macros.h"

namespace daybook {

// Thread-safe. `served` must outlive it.
class ServedRead final : public IdleHolder,
                         public std::enable_shared_from_this<ServedRead> {
 public:
  ServedRead(ServedStore& served, const v1::ReadRequest& request)
      : served_(served), read_(served.store, request) {}

  // The next batch: true; false at the end.
  absl::StatusOr<bool> Produce(v1::EventBatch* batch) {
    const absl::StatusOr<bool> produced = TakeNext(batch);
    served_.Watch(shared_from_this());
    return produced;
  }

  bool LetGoIfIdle(absl::Duration now) override {
    // Not idle.
    if (!mutex_.TryLock()) return true;
    const bool is_idle = now - taken_at_ > served_.reader_idle_max;
    if (is_idle) read_.LetGo();
    mutex_.Unlock();
    return !is_idle;
  }

 private:
  static constexpr size_t kBatchBytesMax = 256 << 10;
  // So that it is there soon.
  static constexpr size_t kFirstBatchBytesMax = 16 << 10;

  absl::StatusOr<bool> TakeNext(v1::EventBatch* batch) {
    MutexLock lock(&mutex_);
    taken_at_ = Clock::System()->Monotonic();
    size_t bytes_max = kBatchBytesMax;
    if (!is_open_) {
      DAYBOOK_RETURN_IF_ERROR(read_.Open());
      batch->set_snapshot_head(read_.snapshot_head().value());
      bytes_max = kFirstBatchBytesMax;
    }
    const bool is_first = !std::exchange(is_open_, true);
    // Told once what came before it was given.
    DAYBOOK_RETURN_IF_ERROR(failure_);
    if (!has_more_ && !is_first) return false;
    failure_ = read_.Take(bytes_max, batch->mutable_events(), &has_more_);
    taken_at_ = Clock::System()->Monotonic();
    if (is_first || !batch->events().empty()) return true;
    DAYBOOK_RETURN_IF_ERROR(failure_);
    return has_more_;
  }

  ServedStore& served_;
  Mutex mutex_;
  ResumableRead read_ ABSL_GUARDED_BY(mutex_);
  bool is_open_ ABSL_GUARDED_BY(mutex_) = false;
  bool has_more_ ABSL_GUARDED_BY(mutex_) = true;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  absl::Duration taken_at_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_SERVED_READ_H_
