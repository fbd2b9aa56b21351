// SnapshotWriter writes snapshots behind, and removes those that they replace.

#ifndef DAYBOOK_REPLAY_SNAPSHOT_WRITER_H_
#define DAYBOOK_REPLAY_SNAPSHOT_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/replay/any_snapshots.h"
#include "daybook/store/event_store.h"
#include "daybook/store/rows.h"
#include "daybook/v1/snapshot.pb.h"
#include "replay/snapshot_report.h"
#include "store/mutex.h"

namespace daybook {

// What is to be done for one stream or query.
struct SnapshotWrite {
  // SnapshotPrefix().
  std::string prefix;
  // For messages: the stream, or that it is a query.
  std::string target;
  // Keys of snapshots that were found to be of no use.
  std::vector<std::string> useless;
  // Absent: there is nothing to be saved, and all that there are go.
  std::optional<v1::Snapshot> snapshot;
};

// Thread-safe.
class SnapshotWriter {
 public:
  // `store` and `report` must outlive it.
  SnapshotWriter(EventStore& store, const SnapshotOptions& options,
                 SnapshotReport* report);
  // Finishes what waits.
  ~SnapshotWriter();

  // Makes room for a write of `bytes` for `prefix`: then Add() must follow. If
  // not, one for it waits already, or there is no room, which is counted.
  bool Admit(const std::string& prefix, size_t bytes);
  // Never blocks. REQUIRES: Admit() of the same returned true.
  void Add(SnapshotWrite write, size_t bytes);

  void Flush();

 private:
  struct Waiting {
    SnapshotWrite write;
    size_t bytes;
  };

  void Drain();
  absl::Status Write(const SnapshotWrite& write);
  // Adds to `*batch` what is to be removed beside that snapshot, and the
  // snapshot unless it is there.
  absl::Status Plan(const SnapshotWrite& write, RowBatch* batch);

  EventStore& store_;
  const size_t kept_count_;
  const size_t queue_count_max_;
  const size_t queue_bytes_max_;
  SnapshotReport* const report_;
  const std::shared_ptr<Executor> executor_;

  Mutex mutex_;
  CondVar changed_;
  // Admitted and not written yet.
  std::set<std::string> prefixes_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<Waiting> queue_ ABSL_GUARDED_BY(mutex_);
  // Whether Drain() is scheduled or running.
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  // How many were added, and how many of those are done.
  uint64_t added_count_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t done_count_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_SNAPSHOT_WRITER_H_
