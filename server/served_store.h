// What all calls of a server share: the store, and threads that may wait for
// it. gRPC's own threads never do.

#ifndef DAYBOOK_SERVER_SERVED_STORE_H_
#define DAYBOOK_SERVER_SERVED_STORE_H_

#include <algorithm>
#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "daybook/server/store_server.h"
#include "daybook/store/event_store.h"
#include "daybook/store/runtime.h"
#include "store/mutex.h"

namespace daybook {

// Something that holds a part of the store for a client and may let it go.
class IdleHolder {
 public:
  virtual ~IdleHolder() = default;
  // Called now and then, where it may read. `now` is of the monotonic clock.
  // Whether it holds something still.
  virtual bool LetGoIfIdle(absl::Duration now) = 0;
};

// Thread-safe.
class ServedStore {
 public:
  ServedStore(EventStore& served, const ServeOptions& options)
      : store(served),
        store_id(served.Status().store_id),
        reader_idle_max(options.reader_idle_max),
        request_bytes_max(options.request_bytes_max),
        workers_(Executor::Threads(options.thread_count)),
        slow_workers_(Executor::Threads(2)) {}

  // Whether there are threads; otherwise it is good for nothing.
  bool has_workers() const {
    return workers_ != nullptr && slow_workers_ != nullptr;
  }
  // For calls that are over soon, and for those that are not.
  Executor& workers() { return *workers_; }
  Executor& slow_workers() { return *slow_workers_; }

  // `holder` has taken hold of something: from now on it is asked to let go,
  // until it holds nothing.
  void Watch(const std::shared_ptr<IdleHolder>& holder) {
    {
      MutexLock lock(&mutex_);
      watched_.insert(holder);
      if (std::exchange(is_looking_, true)) return;
    }
    LookLater();
  }

  EventStore& store;
  const std::string store_id;
  const absl::Duration reader_idle_max;
  const size_t request_bytes_max;

 private:
  using Watched = std::set<std::weak_ptr<IdleHolder>, std::owner_less<>>;

  void LookLater() {
    const absl::Duration pause =
        std::clamp(reader_idle_max, absl::Milliseconds(10), absl::Seconds(1));
    workers_->ScheduleAfter(pause, [this] { Look(); });
  }

  // Who is asked may read, and be watched anew meanwhile: outside the lock.
  void Look() {
    Watched asked;
    {
      MutexLock lock(&mutex_);
      asked.swap(watched_);
    }
    const absl::Duration now = Clock::System()->Monotonic();
    std::erase_if(asked, [now](const std::weak_ptr<IdleHolder>& weak) {
      const std::shared_ptr<IdleHolder> holder = weak.lock();
      return holder == nullptr || !holder->LetGoIfIdle(now);
    });
    {
      MutexLock lock(&mutex_);
      watched_.merge(asked);
      is_looking_ = !watched_.empty();
      if (!is_looking_) return;
    }
    LookLater();
  }

  Mutex mutex_;
  Watched watched_ ABSL_GUARDED_BY(mutex_);
  bool is_looking_ ABSL_GUARDED_BY(mutex_) = false;
  // Last: their tasks use the rest.
  const std::unique_ptr<Executor> workers_;
  const std::unique_ptr<Executor> slow_workers_;
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_SERVED_STORE_H_
