// What all calls of a server share: the store, and threads that may wait for
// it. gRPC's own threads never do.

#ifndef DAYBOOK_SERVER_SERVED_STORE_H_
#define DAYBOOK_SERVER_SERVED_STORE_H_

#include <cstddef>
#include <memory>
#include <set>
#include <string>

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
  // Called now and then. `now` is of the monotonic clock.
  virtual void LetGoIfIdle(absl::Duration now) = 0;
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

  // For calls that are over soon, and for those that are not.
  Executor& workers() { return *workers_; }
  Executor& slow_workers() { return *slow_workers_; }

  void Add(IdleHolder* holder) {
    MutexLock lock(&mutex_);
    holders_.insert(holder);
  }
  // Once it returns, `holder` is not called any more.
  void Remove(IdleHolder* holder) {
    MutexLock lock(&mutex_);
    holders_.erase(holder);
  }
  void LetGoOfIdle() {
    const absl::Duration now = Clock::System()->Monotonic();
    MutexLock lock(&mutex_);
    for (IdleHolder* holder : holders_) holder->LetGoIfIdle(now);
  }

  EventStore& store;
  const std::string store_id;
  const absl::Duration reader_idle_max;
  const size_t request_bytes_max;

 private:
  Mutex mutex_;
  std::set<IdleHolder*> holders_ ABSL_GUARDED_BY(mutex_);
  // Last: their tasks use the rest.
  const std::unique_ptr<Executor> workers_;
  const std::unique_ptr<Executor> slow_workers_;
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_SERVED_STORE_H_
