// CheckpointKeeper keeps the checkpoints of durable subscriptions in the rows
// of a store: in memory what was acknowledged, in rows a moment later, those of
// all subscriptions in one write.
//
// A checkpoint is only raised to what could be read, so its row is written
// after the events below it: of the two a power cut may take the row alone,
// never the events alone (rows.h).

#ifndef DAYBOOK_STORE_CHECKPOINT_KEEPER_H_
#define DAYBOOK_STORE_CHECKPOINT_KEEPER_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"
#include "daybook/store/subscription.h"
#include "store/mutex.h"

namespace daybook {

// Thread-safe.
class CheckpointKeeper : public std::enable_shared_from_this<CheckpointKeeper> {
 public:
  // Runs a task once, later, by its delay at the least or at once.
  using Schedule =
      std::function<void(absl::Duration, absl::AnyInvocable<void() &&>)>;

  // One name, in memory.
  class Entry {
   public:
    explicit Entry(std::string name) : name_(std::move(name)) {}

   private:
    friend class CheckpointKeeper;
    const std::string name_;
    // The keeper's mutex guards them.
    Position checkpoint_;
    bool dirty_ = false;
    bool open_ = false;
    bool deleted_ = false;
  };

  // `store` must be there until Stop() returned.
  CheckpointKeeper(EventStore* store, Clock* clock, Schedule schedule)
      : store_(store), clock_(clock), schedule_(std::move(schedule)) {}

  // For the subscription `options` mean, which is created if there is none;
  // `end` is what it takes for the end. See EventStore::Subscribe() for errors.
  absl::StatusOr<std::shared_ptr<Entry>> Open(const SubscribeOptions& options,
                                              Position end)
      ABSL_LOCKS_EXCLUDED(rows_mutex_, mutex_);
  void Close(Entry* entry) ABSL_LOCKS_EXCLUDED(mutex_);

  Position CheckpointOf(const Entry& entry) const ABSL_LOCKS_EXCLUDED(mutex_);
  // Every event below `checkpoint` was handled. Errors: kUnavailable, and as
  // WhyStuck().
  absl::Status Raise(const std::shared_ptr<Entry>& entry, Position checkpoint)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Why nothing that is acknowledged is kept any more: a write failed, after
  // which a store takes no other. Errors: kFailedPrecondition.
  absl::Status WhyStuck() const ABSL_LOCKS_EXCLUDED(mutex_);

  // As EventStore.
  absl::Status WaitHandled(std::string_view name, Position position,
                           absl::Duration timeout)
      ABSL_LOCKS_EXCLUDED(rows_mutex_, mutex_);
  absl::StatusOr<std::vector<SubscriptionInfo>> List()
      ABSL_LOCKS_EXCLUDED(rows_mutex_, mutex_);
  absl::StatusOr<SubscriptionInfo> Find(std::string_view name)
      ABSL_LOCKS_EXCLUDED(rows_mutex_, mutex_);
  absl::Status Reset(std::string_view name, Position position)
      ABSL_LOCKS_EXCLUDED(rows_mutex_, mutex_);
  absl::Status Delete(std::string_view name)
      ABSL_LOCKS_EXCLUDED(rows_mutex_, mutex_);

  // Writes what was acknowledged.
  absl::Status Flush() ABSL_LOCKS_EXCLUDED(rows_mutex_, mutex_);
  // Likewise, and then everything fails with kUnavailable.
  void Stop() ABSL_LOCKS_EXCLUDED(rows_mutex_, mutex_);

 private:
  absl::Status FlushHeld() ABSL_EXCLUSIVE_LOCKS_REQUIRED(rows_mutex_)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // In memory, or read. Errors: kNotFound, kDataLoss.
  absl::StatusOr<std::shared_ptr<Entry>> Load(std::string_view name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(rows_mutex_) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<SubscriptionInfo> Describe(const RowReader& rows,
                                            std::string_view name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(rows_mutex_) ABSL_LOCKS_EXCLUDED(mutex_);
  // That there is one, which is not open and so may be changed; what of it was
  // acknowledged is written. Errors: kNotFound, kFailedPrecondition, kDataLoss.
  absl::Status CheckClosed(std::string_view name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(rows_mutex_) ABSL_LOCKS_EXCLUDED(mutex_);
  std::shared_ptr<Entry> FindEntry(std::string_view name)
      ABSL_LOCKS_EXCLUDED(mutex_);
  std::shared_ptr<Entry> AddEntry(std::string_view name, Position checkpoint)
      ABSL_LOCKS_EXCLUDED(mutex_);
  bool IsOpen(const Entry& entry) const ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status CheckRunning() const ABSL_LOCKS_EXCLUDED(mutex_);

  EventStore* const store_;
  Clock* const clock_;
  const Schedule schedule_;

  // Held by who reads or changes the rows of subscriptions.
  Mutex rows_mutex_ ABSL_ACQUIRED_BEFORE(mutex_);
  mutable Mutex mutex_;
  // Acknowledged, stopped, or deleted.
  CondVar changed_;
  int waiting_count_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  bool flush_scheduled_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status stuck_ ABSL_GUARDED_BY(mutex_);
  // Of names that were used since the store was opened.
  std::map<std::string, std::shared_ptr<Entry>, std::less<>> entries_
      ABSL_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Entry>> dirty_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_CHECKPOINT_KEEPER_H_
