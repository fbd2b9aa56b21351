#include "replay/snapshot_report.h"

#include <bit>

#include "absl/strings/str_cat.h"
#include "store/strings.h"

namespace daybook {

void SnapshotReport::Count(Counter counter) {
  MutexLock lock(&mutex_);
  ++(counters_.*counter);
}

void SnapshotReport::CountAndSay(Counter counter, LogLevel level,
                                 std::string_view target,
                                 std::string_view what) {
  uint64_t count = 0;
  {
    MutexLock lock(&mutex_);
    count = ++(counters_.*counter);
  }
  if (logger_ == nullptr || !std::has_single_bit(count)) return;
  logger_->Log(level, absl::StrCat("snapshots of ", Quoted(decider_), " for ",
                                   ToAbsl(target), ": ", ToAbsl(what), " (",
                                   count, " so far)"));
}

SnapshotCounters SnapshotReport::counters() const {
  MutexLock lock(&mutex_);
  return counters_;
}

}  // namespace daybook
