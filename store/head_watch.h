// HeadWatch lets threads wait until the log has come to some position.
//
// Telling it of a commit costs two atomic accesses while nobody waits for what
// was committed; otherwise one thread is woken, whoever waits: each that is
// woken wakes two more, so that an append does not pay for how many they are.

#ifndef DAYBOOK_STORE_HEAD_WATCH_H_
#define DAYBOOK_STORE_HEAD_WATCH_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "daybook/store/numbers.h"
#include "store/mutex.h"

namespace daybook {

// Thread-safe.
class HeadWatch {
 public:
  using Ready = absl::AnyInvocable<void() &&>;

  // What ends the waits of one who waits, now and later: see Cancel().
  class Canceller {
   public:
    bool cancelled() const { return cancelled_; }

   private:
    friend class HeadWatch;
    std::atomic<bool> cancelled_ = false;
    // Of Notify(), taken off the list and not over yet; guarded by the watch's
    // mutex.
    int calls_ = 0;
  };

  // Events below `head` can be read.
  void Announce(Position head);
  // Ends every wait, now and later.
  void Close();
  // Ends those with this canceller with kCancelled. Once it returns, no `ready`
  // of theirs is called any more.
  void Cancel(Canceller* canceller);

  // What was announced last.
  Position head() const { return Position(head_.load()); }

  // As EventStore::WaitForEvent(). `canceller`, if given, outlives the call.
  absl::Status Wait(Position position, absl::Duration timeout,
                    Canceller* canceller = nullptr);

  // Calls `ready` once, as soon as Wait() would not wait: on this thread, or on
  // one that announces, closes, cancels or waits. It must not block, nor use
  // the watch. `canceller` outlives that.
  void Notify(Position position, Canceller* canceller, Ready ready);

 private:
  struct Waiter {
    uint64_t position = 0;
    Canceller* canceller = nullptr;
    // One that is called, not woken. It keeps itself.
    Ready ready;
    std::shared_ptr<Waiter> self;

    // Where it stands in the list; guarded by the watch's mutex.
    bool listed = false;
    size_t place = 0;
    // Whom it wakes in turn; written before it is woken.
    std::array<Waiter*, 2> next{};

    Mutex mutex;
    CondVar changed;
    bool woken ABSL_GUARDED_BY(mutex) = false;
  };

  void Add(Waiter* waiter) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Remove(Waiter* waiter) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes those off the list that `taken` says, and links them; the first, or
  // null. To be woken without the mutex.
  template <typename Predicate>
  Waiter* Take(const Predicate& taken) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Wake(Waiter* waiter);
  void WakeNext(const Waiter& waiter);
  // Whether nothing needs waiting for.
  bool IsOver(Position position, const Canceller* canceller) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Verdict(Position position, const Canceller* canceller) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  static constexpr uint64_t kNobody = std::numeric_limits<uint64_t>::max();

  std::atomic<uint64_t> head_ = 0;
  // The lowest position that somebody waits for.
  std::atomic<uint64_t> wanted_ = kNobody;
  Mutex mutex_;
  CondVar called_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Waiter*> waiters_ ABSL_GUARDED_BY(mutex_);
  std::vector<Waiter*> taken_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_HEAD_WATCH_H_
