// The committer: the one place where appends are judged, numbered and written.
//
// Appends queue; whoever finds no one committing becomes the committer for a
// while, takes what is waiting as one group, and writes it with one sync. A
// lone appender therefore commits on its own thread with no hand-over, and
// many share syncs. Within a group appends are judged one after another, each
// against the store and everything before it.
//
// Participants join between judging and staging; what they change in the rows
// is in the group's one write.
//
// After a write that failed nothing is known of the group's fate: it is
// reported as such and everything is refused from then on (log_writer.h).

#ifndef DAYBOOK_STORE_COMMITTER_H_
#define DAYBOOK_STORE_COMMITTER_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/append.h"
#include "daybook/store/numbers.h"
#include "daybook/store/rows.h"
#include "store/chunk.h"
#include "store/event_leaf.h"
#include "store/log_writer.h"
#include "store/mutex.h"
#include "store/participants.h"
#include "store/pending_append.h"
#include "store/store_core.h"

namespace daybook {

// Thread-safe.
class Committer {
 public:
  struct Counters {
    uint64_t appends = 0;
    uint64_t commits = 0;
  };

  // `last_recorded_at_micros`: of the last event in the log. `on_commit` is
  // called after each group is visible, on the committing thread. `writer` must
  // outlive it.
  Committer(std::shared_ptr<StoreCore> core, LogWriter* writer,
            int64_t last_recorded_at_micros, std::function<void()> on_commit);

  // Queues `pending`; waits for room until `queue_timeout`. On error it was
  // not queued and nothing will come of it.
  absl::Status Submit(const std::shared_ptr<PendingAppend>& pending,
                      absl::Duration queue_timeout);

  // Commits on this thread, or waits while another does, until `pending`, which
  // was submitted without `done`, has ended.
  void Await(PendingAppend* pending);

  // Sees to it that what was submitted is committed soon, on the executor.
  void CommitSoon();

  // Lets appends that wait for room look again: the tail was trimmed, or they
  // wait in vain.
  void RoomMade();

  // See EventStore::Attach().
  absl::Status Attach(std::shared_ptr<AppendParticipant> participant,
                      absl::FunctionRef<absl::Status(Position head)> catch_up);
  void Detach(const AppendParticipant* participant);

  // Runs `work` while no group is under way, and gives what it returns. What is
  // appended meanwhile waits.
  absl::Status BetweenGroups(absl::FunctionRef<absl::Status()> work);

  // Refuses further appends. Returns false if some were still queued after
  // `grace`; those end with kUnavailable.
  bool Stop(absl::Duration grace);

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
  // Takes in an event of `$producers`, by which what follows is judged.
  void StageProducers(const PendingAppend& pending,
                      const PendingAppend::Item& item, Position position);
  absl::Status JudgeCondition(const PendingAppend& pending);
  // Gives it the time that it is recorded at and lets participants join.
  absl::Status Accept(PendingAppend& pending,
                      const absl::StatusOr<int64_t>& now);
  void Stage(PendingAppend& pending);
  // Makes the leaf of an event that was numbered just now: with it the store's
  // audit tree and the event's stream go on. What is stored of it.
  EventAudit StageLeaf(const PendingAppend& pending,
                       const PendingAppend::Item& item, Position position);
  absl::StatusOr<int64_t> RecordedAt();
  absl::Status WriteStaged();
  void Finish(Group& group);
  void Fail(const absl::Status& status, Group& group);

  const std::shared_ptr<StoreCore> core_;
  LogWriter& writer_;
  const std::function<void()> on_commit_;
  const absl::Time wall_at_open_;
  const absl::Duration monotonic_at_open_;

  mutable Mutex mutex_;
  CondVar queue_grew_;
  CondVar queue_shrank_;
  std::deque<std::shared_ptr<PendingAppend>> queue_ ABSL_GUARDED_BY(mutex_);
  size_t queue_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool leading_ ABSL_GUARDED_BY(mutex_) = false;
  // How many wait to run something between two groups; they come first.
  int interrupting_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  // How many waited together lately, and how long a write took: see Linger().
  size_t recent_waiters_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Duration recent_write_ ABSL_GUARDED_BY(mutex_);

  std::atomic<uint64_t> appends_ = 0;
  std::atomic<uint64_t> commits_ = 0;

  // --- Only whoever leads touches these ---
  uint64_t next_position_;
  int64_t last_recorded_at_;
  Participants participants_;
  std::vector<PendingAppend*> staged_;
  std::vector<PublishedEvent> staged_events_;
  std::vector<PublishedKey> staged_keys_;
  absl::flat_hash_map<KeyHash, PendingAppend*> staged_by_key_;
  // As of what is staged; null if they could not be read.
  ProducerBook::Page staged_producers_;
  LeafMaker leaf_maker_;
  std::vector<audit::Hash> staged_leaves_;
  ChunkBuilder builder_{ChunkKind::kLog};
  std::vector<std::pair<uint64_t, std::string>>
      chunks_;  // last position, bytes
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_COMMITTER_H_
