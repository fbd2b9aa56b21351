// The committer: the one place where appends are judged, numbered and written.
//
// Appends queue; whoever finds no one committing becomes the committer for a
// while, takes what is waiting as one group, and writes it with one sync. A
// lone appender therefore commits on its own thread with no hand-over, and
// many share syncs. Within a group appends are judged one after another, each
// against the store and everything before it.
//
// After a write that failed nothing is known of the group's fate: it is
// reported as such and the committer refuses everything from then on.

#ifndef DAYBOOK_STORE_COMMITTER_H_
#define DAYBOOK_STORE_COMMITTER_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "daybook/store/append.h"
#include "daybook/store/numbers.h"
#include "store/chunk.h"
#include "store/mutex.h"
#include "store/pending_append.h"
#include "store/store_core.h"

namespace daybook {

// Thread-safe.
class Committer {
 public:
  struct Counters {
    uint64_t appends = 0;
    uint64_t commits = 0;
    uint64_t syncs = 0;
  };

  // `last_recorded_at_micros`: of the last event in the log. `on_commit` is
  // called after each group is visible, on the committing thread.
  Committer(std::shared_ptr<StoreCore> core, int64_t last_recorded_at_micros,
            std::function<void()> on_commit);

  // Queues `pending`; waits for room until `queue_timeout`. On error it was
  // not queued and nothing will come of it.
  absl::Status Submit(const std::shared_ptr<PendingAppend>& pending,
                      absl::Duration queue_timeout);

  // Commits on this thread, or waits while another does, until `pending`, which
  // was submitted without `done`, has ended.
  void Await(PendingAppend* pending);

  // Sees to it that what was submitted is committed soon, on the executor.
  void CommitSoon();

  // Lets appends that wait for room look again: the tail was trimmed.
  void RoomMade();

  // Refuses further appends. Returns false if some were still queued after
  // `grace`; those end with kUnavailable.
  bool Stop(absl::Duration grace);

  // Syncs the log and advances the durable head.
  absl::Status Sync();

  // Never ahead of what is visible: a group is durable a little earlier.
  Position durable_head() const {
    return std::min(Position(durable_head_.load(std::memory_order_acquire)),
                    core_->tail->head());
  }
  // OK, or why nothing is accepted any more.
  absl::Status health() const;
  Counters counters() const;

 private:
  using Group = std::vector<std::shared_ptr<PendingAppend>>;

  // Commits groups until the queue is empty or, if given, `until` has ended.
  void Lead(PendingAppend* until);
  static bool HasEnded(PendingAppend* pending);
  Group TakeGroup() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Linger() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasRoom(size_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // --- By whoever leads, without the mutex ---
  void Commit(Group& group);
  absl::Status Judge(PendingAppend& pending);
  absl::Status JudgeKey(PendingAppend& pending);
  absl::Status JudgeCondition(const PendingAppend& pending);
  void Stage(PendingAppend& pending);
  absl::StatusOr<int64_t> RecordedAt();
  absl::Status WriteStaged();
  void Finish(Group& group);
  void Fail(const absl::Status& status, Group& group);
  void RefuseFromNowOn(const absl::Status& status);

  const std::shared_ptr<StoreCore> core_;
  const std::function<void()> on_commit_;
  const absl::Time wall_at_open_;
  const absl::Duration monotonic_at_open_;

  mutable Mutex mutex_;
  CondVar queue_grew_;
  CondVar queue_shrank_;
  std::deque<std::shared_ptr<PendingAppend>> queue_ ABSL_GUARDED_BY(mutex_);
  size_t queue_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool leading_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status health_ ABSL_GUARDED_BY(mutex_);
  // How many waited together lately, and how long a write took: see Linger().
  size_t recent_waiters_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Duration recent_write_ ABSL_GUARDED_BY(mutex_);

  std::atomic<uint64_t> durable_head_;
  std::atomic<uint64_t> appends_ = 0;
  std::atomic<uint64_t> commits_ = 0;
  std::atomic<uint64_t> syncs_ = 0;
  // Orders anchor writes of the committer and of Sync().
  Mutex sync_mutex_;

  // --- Only whoever leads touches these ---
  uint64_t next_position_;
  int64_t last_recorded_at_;
  std::vector<PendingAppend*> staged_;
  std::vector<PublishedEvent> staged_events_;
  std::vector<PublishedKey> staged_keys_;
  absl::flat_hash_map<KeyHash, PendingAppend*> staged_by_key_;
  ChunkBuilder builder_{ChunkKind::kLog};
  std::vector<std::pair<uint64_t, std::string>>
      chunks_;  // last position, bytes
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_COMMITTER_H_
