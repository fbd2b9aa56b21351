// What snapshots count, and say to the logger.

#ifndef DAYBOOK_REPLAY_SNAPSHOT_REPORT_H_
#define DAYBOOK_REPLAY_SNAPSHOT_REPORT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "daybook/replay/any_snapshots.h"
#include "daybook/store/runtime.h"
#include "store/mutex.h"

namespace daybook {

// Thread-safe.
class SnapshotReport {
 public:
  // `logger` may be null.
  SnapshotReport(std::string decider, Logger* logger)
      : decider_(std::move(decider)), logger_(logger) {}

  using Counter = uint64_t SnapshotCounters::*;
  void Count(Counter counter);
  // Likewise, with a line that says what happened to the snapshot of `target`.
  // Of each kind the first is said, then the 2nd, 4th, 8th ...: a new kRevision
  // makes every snapshot of a store useless at once.
  void CountAndSay(Counter counter, LogLevel level, std::string_view target,
                   std::string_view what);
  SnapshotCounters counters() const;

 private:
  const std::string decider_;
  Logger* const logger_;
  mutable Mutex mutex_;
  SnapshotCounters counters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_SNAPSHOT_REPORT_H_
