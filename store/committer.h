// The committer: the one way into the log. Decides who commits what together.
//
// Appends queue; whoever finds no one committing becomes the committer for a
// while, takes what is waiting as one group, and has it written with one sync
// (group_commit.h). A lone appender therefore commits on its own thread with no
// hand-over, and many share syncs.

#ifndef DAYBOOK_STORE_COMMITTER_H_
#define DAYBOOK_STORE_COMMITTER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "daybook/store/numbers.h"
#include "daybook/store/rows.h"
#include "store/group_commit.h"
#include "store/log_writer.h"
#include "store/mutex.h"
#include "store/pending_append.h"
#include "store/store_core.h"

namespace daybook {

// Thread-safe.
class Committer {
 public:
  using Counters = GroupCommit::Counters;

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

  Counters counters() const { return group_commit_.counters(); }

 private:
  using Group = GroupCommit::Group;

  // Commits groups until the queue is empty or, if given, `until` has ended. A
  // callback that throws ends the program, rather than leave nobody to commit.
  void Lead(PendingAppend* until) noexcept;
  static bool HasEnded(PendingAppend* pending);
  Group TakeGroup() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Linger() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Errors: kResourceExhausted.
  absl::Status CheckRoom(size_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Finish(Group& group);

  const std::shared_ptr<StoreCore> core_;
  LogWriter& writer_;
  const std::function<void()> on_commit_;

  Mutex mutex_;
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

  // Only whoever leads touches it, but for its counters.
  GroupCommit group_commit_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_COMMITTER_H_
