// HeadWatch lets threads wait until the log has come to some position.
//
// Telling it of a commit costs two atomic accesses while nobody waits.

#ifndef DAYBOOK_STORE_HEAD_WATCH_H_
#define DAYBOOK_STORE_HEAD_WATCH_H_

#include <atomic>
#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "daybook/store/numbers.h"
#include "store/mutex.h"

namespace daybook {

// Thread-safe.
class HeadWatch {
 public:
  // Events below `head` can be read. By one thread at a time.
  void Announce(Position head);
  // Ends every wait, now and later.
  void Close();

  // As EventStore::WaitForEvent().
  absl::Status Wait(Position position, absl::Duration timeout);

 private:
  std::atomic<uint64_t> head_ = 0;
  std::atomic<int> waiting_count_ = 0;
  Mutex mutex_;
  CondVar changed_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_HEAD_WATCH_H_
