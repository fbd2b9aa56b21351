// The deriver: brings the index up to date with the log, behind the appends.
//
// One mechanism serves normal running, catching up after a crash and reindex:
// read the log from the watermark on, sort what it says by stream, by term and
// by key, and write that with the new watermark as one batch. Sorting is what
// makes it cheap: the index takes in tens of thousands of events as a few
// thousand writes in order, where a write for each append would be at random.

#ifndef DAYBOOK_STORE_DERIVER_H_
#define DAYBOOK_STORE_DERIVER_H_

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/numbers.h"
#include "store/mutex.h"
#include "store/store_core.h"

namespace daybook {

// Derives batch after batch, in the same memory: up to a hundred megabytes,
// which go with it.
class BatchDeriver {
 public:
  // `core` must outlive it.
  explicit BatchDeriver(StoreCore& core);
  ~BatchDeriver();

  // Derives the events from the tail's trimmed_to() on, as many as make a good
  // batch but none at or above `end`, and trims the tail. Returns where it
  // ended; `end` not above trimmed_to() does nothing. One caller at a time.
  absl::StatusOr<Position> Derive(Position end);

 private:
  struct Memory;

  StoreCore& core_;
  std::unique_ptr<Memory> memory_;
};

// Runs a BatchDeriver on the store's executor when there is enough to do or it
// has waited long enough. Thread-safe.
class Deriver {
 public:
  // `on_progress` is called after each batch, on the executor.
  Deriver(std::shared_ptr<StoreCore> core, std::function<void()> on_progress);

  // There are new events.
  void Notify();

  // Waits until everything below `position` is in the index.
  absl::Status WaitFor(Position position, absl::Duration timeout);

  // Starts nothing new and waits for the batch under way.
  void Stop();

  // OK, or why deriving stopped; reads stay right without it.
  absl::Status health() const;

 private:
  void Run();
  void RunLater() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::shared_ptr<StoreCore> core_;
  const std::function<void()> on_progress_;

  // Shared with delayed tasks, which may outlive the store in its executor.
  struct Shared {
    Mutex mutex;
    Deriver* deriver ABSL_GUARDED_BY(mutex);
  };
  const std::shared_ptr<Shared> shared_;

  mutable Mutex mutex_;
  CondVar changed_;
  bool running_ ABSL_GUARDED_BY(mutex_) = false;
  bool delayed_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  int waiters_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status health_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_DERIVER_H_
