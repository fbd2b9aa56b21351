// Cursors over what a store in memory holds: they own pointers to what they
// will show.

#ifndef DAYBOOK_STORE_MEMORY_CURSORS_H_
#define DAYBOOK_STORE_MEMORY_CURSORS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "daybook/store/event.h"
#include "daybook/store/read.h"
#include "store/memory_log.h"
#include "store/mutex.h"

namespace daybook {

// How many cursors are open. Thread-safe; they share it with the store, which
// they may outlive.
class OpenCursors {
 public:
  // Waits until there are none, at most until `timeout`; how many are left.
  int Wait(absl::Duration timeout);

 private:
  friend class CursorTicket;

  Mutex mutex_;
  CondVar changed_;
  int count_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Counts one open cursor for as long as it lives.
class CursorTicket {
 public:
  explicit CursorTicket(std::shared_ptr<OpenCursors> cursors)
      : cursors_(std::move(cursors)) {
    MutexLock lock(&cursors_->mutex_);
    ++cursors_->count_;
  }
  ~CursorTicket() {
    MutexLock lock(&cursors_->mutex_);
    --cursors_->count_;
    cursors_->changed_.SignalAll();
  }
  CursorTicket(const CursorTicket&) = delete;
  CursorTicket& operator=(const CursorTicket&) = delete;

 private:
  const std::shared_ptr<OpenCursors> cursors_;
};

// Shows the events it was given, one after another.
class MemoryEventSource final : public EventCursor::Source {
 public:
  enum class Keys { kShown, kHidden };

  MemoryEventSource(MemoryEvents events, Keys keys,
                    std::shared_ptr<OpenCursors> cursors)
      : events_(std::move(events)), keys_(keys), ticket_(std::move(cursors)) {}

  bool Next(EventView* event) override {
    if (next_ == events_.size()) return false;
    *event = ToView(*events_[next_++]);
    if (keys_ == Keys::kHidden) event->append.key = {};
    return true;
  }
  const absl::Status& status() const override { return status_; }

 private:
  const MemoryEvents events_;
  const Keys keys_;
  size_t next_ = 0;
  const absl::Status status_;
  CursorTicket ticket_;
};

class MemoryStreamSource final : public StreamCursor::Source {
 public:
  MemoryStreamSource(std::vector<StreamInfo> streams,
                     std::shared_ptr<OpenCursors> cursors)
      : streams_(std::move(streams)), ticket_(std::move(cursors)) {}

  bool Next(StreamInfo* stream) override {
    if (next_ == streams_.size()) return false;
    *stream = streams_[next_++];
    return true;
  }
  const absl::Status& status() const override { return status_; }

 private:
  const std::vector<StreamInfo> streams_;
  size_t next_ = 0;
  const absl::Status status_;
  CursorTicket ticket_;
};

// The first `limit` of those events from `first` to `last`, both included and
// possibly beyond the end, that are wanted, in the direction asked for.
MemoryEvents Select(const MemoryEvents& events, uint64_t first, uint64_t last,
                    Direction direction, uint64_t limit,
                    absl::FunctionRef<bool(const EventView&)> wanted);

}  // namespace daybook

#endif  // DAYBOOK_STORE_MEMORY_CURSORS_H_
