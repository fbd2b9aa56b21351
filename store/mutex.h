// Mutex, MutexLock and CondVar: std's, with Abseil's thread annotations.
//
//   Mutex mutex_;
//   std::vector<Event> pending_ ABSL_GUARDED_BY(mutex_);
//   CondVar arrived_;
//
//   MutexLock lock(&mutex_);
//   while (pending_.empty()) arrived_.Wait(&mutex_);
//
// Not absl::Mutex, because ThreadSanitizer can't see inside the distribution's
// Abseil, which is not built for it: it takes every field guarded by an
// absl::Mutex for a race. It does know std::mutex. Clang's -Wthread-safety
// checks the annotations of either. Names and meaning are Abseil's.

#ifndef DAYBOOK_STORE_MUTEX_H_
#define DAYBOOK_STORE_MUTEX_H_

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "absl/base/thread_annotations.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace daybook {

class ABSL_LOCKABLE Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }
  bool TryLock() ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) {
    return mutex_.try_lock();
  }

  // Tells Clang that the caller holds the mutex, where it can't see that: in a
  // lambda, for instance. Checks nothing.
  void AssertHeld() const ABSL_ASSERT_EXCLUSIVE_LOCK() {}

 private:
  friend class CondVar;

  std::mutex mutex_;
};

// Holds a mutex for as long as it lives.
class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex* mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex)
      : mutex_(mutex) {
    mutex_->Lock();
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_->Unlock(); }

 private:
  Mutex* const mutex_;
};

// Threads wait on it for a change that others make and then signal. A wait may
// end without a signal: wait in a loop that looks at the condition.
class CondVar {
 public:
  CondVar() = default;
  CondVar(const CondVar&) = delete;
  CondVar& operator=(const CondVar&) = delete;

  // Lets go of `mutex`, waits, and takes it again before returning.
  void Wait(Mutex* mutex) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    std::unique_lock lock(mutex->mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }

  // Like Wait(), at most for `timeout`; returns whether that ran out. A
  // negative timeout is none at all, absl::InfiniteDuration() waits for ever.
  bool WaitWithTimeout(Mutex* mutex, absl::Duration timeout)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    // Longer waits would overflow the clock inside; a year is for ever here.
    constexpr absl::Duration kTimeoutMax = absl::Hours(24 * 365);
    const std::chrono::nanoseconds bounded = absl::ToChronoNanoseconds(
        std::clamp(timeout, absl::ZeroDuration(), kTimeoutMax));
    std::unique_lock lock(mutex->mutex_, std::adopt_lock);
    const std::cv_status status = condition_.wait_for(lock, bounded);
    lock.release();
    return status == std::cv_status::timeout;
  }

  // Like Wait(), at most until `deadline`; returns whether that was reached.
  bool WaitWithDeadline(Mutex* mutex, absl::Time deadline)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    return WaitWithTimeout(mutex, deadline - absl::Now());
  }

  // Wakes one waiting thread, if there is one.
  void Signal() { condition_.notify_one(); }

  // Wakes all waiting threads.
  void SignalAll() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_MUTEX_H_
