#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "daybook/store/runtime.h"
#include "store/mutex.h"
#include "store/thread.h"

namespace daybook {
namespace {

using Task = absl::AnyInvocable<void() &&>;

// Time on the monotonic clock: a task due in a second must not wait for a day
// because somebody set the time.
absl::Duration Now() { return Clock::System()->Monotonic(); }

// What the threads share. They own it together with the executor, so that a
// task may drop the last reference to the executor it runs on.
class TaskQueue {
 public:
  void Add(Task task) {
    MutexLock lock(&mutex_);
    ready_.push_back(std::move(task));
    changed_.Signal();
  }

  void AddDelayed(absl::Duration delay, Task task) {
    MutexLock lock(&mutex_);
    delayed_.emplace(Now() + delay, std::move(task));
    changed_.Signal();
  }

  // Runs tasks until Stop(), and then those that are due.
  void Run() {
    Task task;
    while (Take(&task)) {
      std::move(task)();
      // What it holds goes with it, outside the lock.
      task = nullptr;
    }
  }

  void Stop() {
    std::multimap<absl::Duration, Task> dropped;
    MutexLock lock(&mutex_);
    MoveDueTasks();
    stopped_ = true;
    // Destroyed after the lock is let go.
    dropped.swap(delayed_);
    changed_.SignalAll();
  }

 private:
  // Waits for a task that is due: true; false when there will be none.
  bool Take(Task* task) {
    MutexLock lock(&mutex_);
    while (true) {
      MoveDueTasks();
      if (!ready_.empty()) break;
      if (stopped_) return false;
      if (delayed_.empty()) {
        changed_.Wait(&mutex_);
      } else {
        changed_.WaitWithTimeout(&mutex_, delayed_.begin()->first - Now());
      }
    }
    *task = std::move(ready_.front());
    ready_.pop_front();
    // While there is more to do or to wait for, another thread takes over.
    if (!ready_.empty() || !delayed_.empty()) changed_.Signal();
    return true;
  }

  void MoveDueTasks() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (delayed_.empty()) return;
    const auto end = delayed_.upper_bound(Now());
    for (auto due = delayed_.begin(); due != end; ++due) {
      ready_.push_back(std::move(due->second));
    }
    delayed_.erase(delayed_.begin(), end);
  }

  Mutex mutex_;
  CondVar changed_;
  std::deque<Task> ready_ ABSL_GUARDED_BY(mutex_);
  // By the time they are due.
  std::multimap<absl::Duration, Task> delayed_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

class ThreadsExecutor final : public Executor {
 public:
  ThreadsExecutor() : queue_(std::make_shared<TaskQueue>()) {}

  // Whether there is one more thread.
  bool AddThread() {
    absl::StatusOr<std::thread> thread =
        StartThread([queue = queue_] { queue->Run(); });
    if (thread.ok()) threads_.push_back(*std::move(thread));
    return thread.ok();
  }

  ~ThreadsExecutor() override {
    queue_->Stop();
    for (std::thread& thread : threads_) {
      if (thread.get_id() == std::this_thread::get_id()) {
        // A task destroys the executor it runs on: its thread ends by itself.
        thread.detach();
      } else {
        thread.join();
      }
    }
  }

  void Schedule(Task task) override { queue_->Add(std::move(task)); }

  void ScheduleAfter(absl::Duration delay, Task task) override {
    queue_->AddDelayed(delay, std::move(task));
  }

 private:
  const std::shared_ptr<TaskQueue> queue_;
  std::vector<std::thread> threads_;
};

}  // namespace

std::unique_ptr<Executor> Executor::Threads(int thread_count) {
  auto executor = std::make_unique<ThreadsExecutor>();
  int started_count = 0;
  while (started_count < std::max(thread_count, 1) && executor->AddThread()) {
    ++started_count;
  }
  if (started_count == 0) return nullptr;
  return executor;
}

}  // namespace daybook
