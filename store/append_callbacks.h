// AppendCallbacks calls the `done` of appends that have ended, one at a time.
//
// Through a queue, so that a chain of appends, each from the `done` of the one
// before, does not nest ever deeper.

#ifndef DAYBOOK_STORE_APPEND_CALLBACKS_H_
#define DAYBOOK_STORE_APPEND_CALLBACKS_H_

#include <deque>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/append.h"
#include "daybook/store/event_store.h"
#include "store/mutex.h"

namespace daybook {

// Thread-safe.
class AppendCallbacks {
 public:
  // Calls `done` with `result`: before it returns, or on the thread that is
  // just calling others.
  void Call(EventStore::AppendDone done, absl::StatusOr<AppendResult> result);

  // Waits until none is under way, at most until `timeout`.
  void Wait(absl::Duration timeout);

 private:
  struct Ended {
    EventStore::AppendDone done;
    absl::StatusOr<AppendResult> result;
  };

  Mutex mutex_;
  CondVar idle_;
  // Whose `done` is still to be called, by the one thread that is at it.
  std::deque<Ended> ended_ ABSL_GUARDED_BY(mutex_);
  bool calling_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_APPEND_CALLBACKS_H_
