#include "replay/snapshot_writer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "replay/snapshot_ladder.h"
#include "replay/snapshot_record.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

// Whether both can be snapshots of what is the same history to one decider.
bool AreOfOneHistory(const v1::Snapshot& a, const v1::Snapshot& b) {
  return a.fingerprint() == b.fingerprint() &&
         a.first_revision() == b.first_revision();
}

}  // namespace

SnapshotWriter::SnapshotWriter(EventStore& store,
                               const SnapshotOptions& options,
                               SnapshotReport* report)
    : store_(store),
      kept_count_(std::max<size_t>(options.kept_count, 1)),
      queue_count_max_(options.queue_count_max),
      queue_bytes_max_(options.queue_bytes_max),
      report_(report),
      executor_(options.executor != nullptr ? options.executor
                                            : Executor::Threads(1)) {}

SnapshotWriter::~SnapshotWriter() {
  MutexLock lock(&mutex_);
  while (draining_) changed_.Wait(&mutex_);
}

bool SnapshotWriter::Admit(const std::string& prefix, size_t bytes) {
  // Without a thread to write them there are none.
  if (executor_ != nullptr) {
    MutexLock lock(&mutex_);
    if (prefixes_.contains(prefix)) return false;
    if (prefixes_.size() < queue_count_max_ &&
        bytes <= queue_bytes_max_ - bytes_) {
      prefixes_.insert(prefix);
      bytes_ += bytes;
      return true;
    }
  }
  report_->Count(&SnapshotCounters::dropped);
  return false;
}

void SnapshotWriter::Add(SnapshotWrite write, size_t bytes) {
  MutexLock lock(&mutex_);
  queue_.push_back({std::move(write), bytes});
  ++added_count_;
  if (draining_) return;
  draining_ = true;
  executor_->Schedule([this] { Drain(); });
}

void SnapshotWriter::Flush() {
  MutexLock lock(&mutex_);
  const uint64_t wanted = added_count_;
  while (done_count_ < wanted) changed_.Wait(&mutex_);
}

void SnapshotWriter::Drain() {
  while (true) {
    Waiting next;
    {
      MutexLock lock(&mutex_);
      if (queue_.empty()) {
        draining_ = false;
        changed_.SignalAll();
        return;
      }
      next = std::move(queue_.front());
      queue_.pop_front();
    }
    const absl::Status written = Write(next.write);
    if (!written.ok()) {
      report_->CountAndSay(&SnapshotCounters::failed, LogLevel::kWarning,
                           next.write.target,
                           absl::StrCat("not written: ", written.message()));
    }
    MutexLock lock(&mutex_);
    prefixes_.erase(next.write.prefix);
    bytes_ -= next.bytes;
    ++done_count_;
    changed_.SignalAll();
  }
}

absl::Status SnapshotWriter::Write(const SnapshotWrite& write) {
  RowBatch batch;
  DAYBOOK_RETURN_IF_ERROR(Plan(write, &batch));
  if (batch.empty()) return absl::OkStatus();
  DAYBOOK_RETURN_IF_ERROR(store_.WriteRows(batch));
  const bool has_put =
      std::ranges::any_of(batch.changes(), [](const RowBatch::Change& change) {
        return change.kind == RowBatch::Kind::kPut;
      });
  if (has_put) report_->Count(&SnapshotCounters::written);
  return absl::OkStatus();
}

absl::Status SnapshotWriter::Plan(const SnapshotWrite& write, RowBatch* batch) {
  const RowRange range = RowRange::OfPrefix(write.prefix);
  std::vector<std::string> keys;
  std::vector<uint64_t> event_counts;
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                           store_.ReadRows());
  const std::unique_ptr<RowCursor> cursor = rows->Scan(range);
  while (write.snapshot && cursor->Next()) {
    const std::optional<v1::Snapshot> old =
        DecodeSnapshot(cursor->key(), cursor->value());
    const bool is_useless =
        std::ranges::find(write.useless, cursor->key()) != write.useless.end();
    if (old && !is_useless && AreOfOneHistory(*old, *write.snapshot)) {
      keys.emplace_back(cursor->key());
      event_counts.push_back(old->event_count());
    } else {
      batch->Delete(cursor->key());
    }
  }
  if (!write.snapshot || !cursor->status().ok()) {
    batch->DeleteRange(range);
    keys.clear();
    event_counts.clear();
  }
  if (!write.snapshot) return absl::OkStatus();

  const std::string key =
      SnapshotKey(write.prefix, Position(write.snapshot->position()));
  const auto place = std::ranges::lower_bound(keys, key);
  if (place == keys.end() || *place != key) {
    batch->Put(key, EncodeSnapshot(key, *write.snapshot));
    event_counts.insert(event_counts.begin() + (place - keys.begin()),
                        write.snapshot->event_count());
    keys.insert(place, key);
  }
  while (keys.size() > kept_count_) {
    const size_t removed = SnapshotToRemove(event_counts);
    batch->Delete(keys[removed]);
    keys.erase(keys.begin() + static_cast<std::ptrdiff_t>(removed));
    event_counts.erase(event_counts.begin() +
                       static_cast<std::ptrdiff_t>(removed));
  }
  return absl::OkStatus();
}

}  // namespace daybook
