// ProducerBook: the producers of an open store as of its last commit, for those
// who append.
//
//   the thread that appends  takes what is current, and verifies signatures by
//                            it, which is most of the work
//   whoever commits          judges anew, without that work, if it changed
//                            since; and publishes what the group changes
//
// So a key that was revoked earlier in the log signs nothing after.

#ifndef DAYBOOK_STORE_PRODUCER_BOOK_H_
#define DAYBOOK_STORE_PRODUCER_BOOK_H_

#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "daybook/store/producers.h"
#include "store/mutex.h"

namespace daybook {

// Thread-safe.
class ProducerBook {
 public:
  using Page = std::shared_ptr<const Producers>;

  // Errors: why `$producers` could not be read when the store was opened.
  // Nothing can be judged then, so nothing is appended.
  absl::StatusOr<Page> current() const {
    MutexLock lock(&mutex_);
    return page_;
  }
  void Publish(absl::StatusOr<Page> page) {
    MutexLock lock(&mutex_);
    page_ = std::move(page);
  }

 private:
  mutable Mutex mutex_;
  absl::StatusOr<Page> page_ ABSL_GUARDED_BY(mutex_) =
      std::make_shared<const Producers>();
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_PRODUCER_BOOK_H_
