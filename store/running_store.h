// RunningStore: what works while a store in a folder is open, put together and
// kept going.
//
//   appender → committer  write what is appended, and tell the others
//   writer                writes rows, and syncs
//   deriver               brings the index up to date; makes room for appends
//   heads                 makes heads of the audit tree
//
// The log is synced and heads are made now and then, on the store's executor,
// for as long as anybody holds it.

#ifndef DAYBOOK_STORE_RUNNING_STORE_H_
#define DAYBOOK_STORE_RUNNING_STORE_H_

#include <atomic>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "daybook/store/event_store.h"
#include "store/appender.h"
#include "store/committer.h"
#include "store/deriver.h"
#include "store/head_keeper.h"
#include "store/head_watch.h"
#include "store/log_writer.h"
#include "store/open_store.h"
#include "store/store_core.h"

namespace daybook {

// Thread-safe.
class RunningStore : public std::enable_shared_from_this<RunningStore> {
 public:
  // Sets to work on what was opened. `heads`: null for a store without an audit
  // tree. The watches are told of each commit: of what can be read, and of what
  // of that is on stable storage.
  static std::shared_ptr<RunningStore> Start(
      OpenedStore opened, std::unique_ptr<HeadKeeper> heads,
      std::shared_ptr<HeadWatch> watch,
      std::shared_ptr<HeadWatch> durable_watch);

  const std::shared_ptr<StoreCore>& core() const { return core_; }
  Deriver& deriver() { return *deriver_; }
  // Loaders of rows keep it.
  const std::shared_ptr<LogWriter>& writer() { return writer_; }
  // Null: without an audit tree.
  HeadKeeper* heads() { return heads_.get(); }
  Committer& committer() { return *committer_; }
  Appender& appender() { return *appender_; }

  StoreStatus Status() const;

  // Ends the work: appends that are queued, the index, a last head, as far as
  // they come until `deadline` on the system's monotonic clock, and a sync.
  // Nothing is appended any more. Errors: of the sync; kDeadlineExceeded if
  // appends were still queued, which then fail. Once.
  absl::Status Stop(absl::Duration deadline);

 private:
  RunningStore() = default;

  void TellOfCommit();
  // Syncs now and then, as the durability asks; the task holds what it needs
  // and may outlive the store in its executor.
  static void SyncLater(std::weak_ptr<RunningStore> weak);
  // Makes heads of the audit tree at their interval, likewise.
  static void MakeHeadLater(std::weak_ptr<RunningStore> weak);
  // Makes one soon if so many events came since the last.
  void MakeHeadIfDue();

  std::shared_ptr<HeadWatch> watch_;
  std::shared_ptr<HeadWatch> durable_watch_;
  std::shared_ptr<StoreCore> core_;
  std::unique_ptr<Deriver> deriver_;
  std::shared_ptr<LogWriter> writer_;
  std::unique_ptr<HeadKeeper> heads_;
  // A head is being made since so many events came.
  std::atomic<bool> making_head_ = false;
  std::unique_ptr<Committer> committer_;
  std::unique_ptr<Appender> appender_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_RUNNING_STORE_H_
