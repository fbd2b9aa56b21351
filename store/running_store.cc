#include "store/running_store.h"

#include <algorithm>
#include <utility>

namespace daybook {
namespace {

// How stale the anchor may be after a power cut.
constexpr absl::Duration kAnchorSyncInterval = absl::Seconds(1);

}  // namespace

std::shared_ptr<RunningStore> RunningStore::Start(
    OpenedStore opened, std::unique_ptr<HeadKeeper> heads,
    std::shared_ptr<HeadWatch> watch,
    std::shared_ptr<HeadWatch> durable_watch) {
  std::shared_ptr<RunningStore> running(new RunningStore());
  RunningStore* const parts = running.get();
  parts->watch_ = std::move(watch);
  parts->durable_watch_ = std::move(durable_watch);
  parts->core_ = std::move(opened.core);
  parts->deriver_ = std::make_unique<Deriver>(
      parts->core_, [parts] { parts->committer_->RoomMade(); });
  parts->writer_ = std::make_shared<LogWriter>(
      parts->core_,
      // Loaders of rows may keep it for longer than there is an engine.
      [weak = std::weak_ptr<RunningStore>(running)] {
        const std::shared_ptr<RunningStore> still = weak.lock();
        if (still != nullptr) still->committer_->RoomMade();
      },
      [watch = parts->durable_watch_](Position head) {
        watch->Announce(head);
      });
  parts->heads_ = std::move(heads);
  parts->committer_ = std::make_unique<Committer>(
      parts->core_, parts->writer_.get(), opened.last_recorded_at_micros,
      [parts] { parts->TellOfCommit(); });
  parts->appender_ =
      std::make_unique<Appender>(parts->core_, parts->committer_.get());

  parts->watch_->Announce(parts->core_->tail->head());
  parts->durable_watch_->Announce(parts->writer_->durable_head());
  SyncLater(running);
  if (parts->heads_ != nullptr) MakeHeadLater(running);
  parts->deriver_->Notify();
  return running;
}

void RunningStore::TellOfCommit() {
  watch_->Announce(core_->tail->head());
  durable_watch_->Announce(writer_->durable_head());
  deriver_->Notify();
  MakeHeadIfDue();
}

void RunningStore::SyncLater(std::weak_ptr<RunningStore> weak) {
  const std::shared_ptr<RunningStore> running = weak.lock();
  if (running == nullptr) return;
  const Durability& durability = running->core_->options.durability;
  if (durability.kind() == Durability::Kind::kNone) return;
  const absl::Duration interval =
      durability.kind() == Durability::Kind::kInterval
          ? std::max(durability.interval(), absl::Milliseconds(1))
          : kAnchorSyncInterval;
  running->core_->options.executor->ScheduleAfter(
      interval, [weak = std::move(weak)] {
        if (const std::shared_ptr<RunningStore> still = weak.lock()) {
          // What goes wrong here the writer remembers and reports.
          still->writer_->Sync().IgnoreError();
        }
        SyncLater(weak);
      });
}

void RunningStore::MakeHeadLater(std::weak_ptr<RunningStore> weak) {
  const std::shared_ptr<RunningStore> running = weak.lock();
  if (running == nullptr) return;
  const StoreOptions& options = running->core_->options;
  if (options.tree_heads.interval == absl::InfiniteDuration()) return;
  options.executor->ScheduleAfter(
      std::max(options.tree_heads.interval, absl::Milliseconds(1)),
      [weak = std::move(weak)] {
        if (const std::shared_ptr<RunningStore> still = weak.lock()) {
          still->heads_->MakeIfGrown(*still->writer_);
        }
        MakeHeadLater(weak);
      });
}

void RunningStore::MakeHeadIfDue() {
  if (heads_ == nullptr || !heads_->IsDue()) return;
  const std::shared_ptr<RunningStore> running = weak_from_this().lock();
  if (running == nullptr || making_head_.exchange(true)) return;
  core_->options.executor->Schedule([running] {
    running->heads_->MakeIfGrown(*running->writer_);
    running->making_head_ = false;
  });
}

StoreStatus RunningStore::Status() const {
  StoreStatus status;
  status.path = core_->path;
  status.store_id = core_->identity.store_id;
  status.format = core_->identity.format;
  // In this order: the other way round it could be above the head.
  const Position derived = core_->tail->trimmed_to();
  status.head = core_->tail->head();
  status.durable_head = writer_->durable_head();
  status.health = writer_->health();
  if (status.health.ok()) status.health = deriver_->health();
  if (heads_ != nullptr) {
    status.audit_health = heads_->health();
    status.tree_head_size = heads_->size();
  }
  const Committer::Counters counters = committer_->counters();
  status.appends = counters.appends;
  status.commits = counters.commits;
  status.syncs = writer_->syncs();
  status.log_bytes_on_disk = core_->log->FamilyBytes(kLogChunks);
  status.row_bytes_on_disk = core_->log->FamilyBytes(kLogRows);
  status.tree_bytes_on_disk = core_->log->FamilyBytes(kLogTree);
  for (size_t family :
       {kIndexStreams, kIndexTerms, kIndexKeys, kIndexHeads, kIndexRules}) {
    status.families.push_back({kIndexFamilyNames[family], derived,
                               core_->index->FamilyBytes(family)});
  }
  return status;
}

absl::Status RunningStore::Stop(absl::Duration deadline) {
  const auto left = [deadline] {
    return deadline - Clock::System()->Monotonic();
  };
  const bool drained = committer_->Stop(left());
  const Position head = core_->tail->head();
  if (left() > absl::ZeroDuration()) {
    deriver_->WaitFor(head, left()).IgnoreError();
  }
  deriver_->Stop();
  if (absl::Status status = writer_->Sync(); !status.ok()) return status;
  if (heads_ != nullptr && core_->options.tree_heads.on_close &&
      left() > absl::ZeroDuration()) {
    // What goes wrong, the logger and the last status have.
    heads_->MakeIfGrown(*writer_);
  }
  // Neither is needed for what was promised; both make the next opening fast.
  core_->log->Flush(RocksDb::FlushMode::kWait).IgnoreError();
  core_->index->Flush(RocksDb::FlushMode::kWait).IgnoreError();
  if (drained) return absl::OkStatus();
  return absl::DeadlineExceededError("appends were still queued");
}

}  // namespace daybook
