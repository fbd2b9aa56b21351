// Strand runs tasks one after the other, on threads of an executor: what they
// share needs no lock.

#ifndef DAYBOOK_SERVER_STRAND_H_
#define DAYBOOK_SERVER_STRAND_H_

#include <deque>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "daybook/store/runtime.h"
#include "store/mutex.h"

namespace daybook {

// Thread-safe. `executor` must outlive it.
class Strand : public std::enable_shared_from_this<Strand> {
 public:
  using Task = absl::AnyInvocable<void() &&>;

  explicit Strand(Executor& executor) : executor_(executor) {}

  // Runs `task` after all that were posted before; never on this thread.
  void Post(Task task) {
    MutexLock lock(&mutex_);
    tasks_.push_back(std::move(task));
    if (running_) return;
    running_ = true;
    executor_.Schedule([self = shared_from_this()] { self->Run(); });
  }

 private:
  // A few tasks, then others have a turn.
  void Run() {
    for (int i = 0; i < 16; ++i) {
      Task task;
      {
        MutexLock lock(&mutex_);
        if (tasks_.empty()) {
          running_ = false;
          return;
        }
        task = std::move(tasks_.front());
        tasks_.pop_front();
      }
      std::move(task)();
    }
    executor_.Schedule([self = shared_from_this()] { self->Run(); });
  }

  Executor& executor_;
  Mutex mutex_;
  std::deque<Task> tasks_ ABSL_GUARDED_BY(mutex_);
  bool running_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_STRAND_H_
