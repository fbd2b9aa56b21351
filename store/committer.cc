#include "store/committer.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "store/caught.h"
#include "store/errors_internal.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

// A group is closed when it holds this much; a single append may be larger.
constexpr size_t kGroupBytesTarget = 8 << 20;
constexpr size_t kGroupCountMax = 4096;
constexpr absl::Duration kLingerMax = absl::Microseconds(200);

}  // namespace

Committer::Committer(std::shared_ptr<StoreCore> core, LogWriter* writer,
                     int64_t last_recorded_at_micros,
                     std::function<void()> on_commit)
    : core_(std::move(core)),
      writer_(*writer),
      on_commit_(std::move(on_commit)),
      group_commit_(core_, writer, last_recorded_at_micros) {}

absl::Status Committer::CheckRoom(size_t bytes) {
  const StoreOptions& options = core_->options;
  // A single append always fits, unless the index is far behind.
  if (!queue_.empty() && (queue_.size() >= options.queue_count_max ||
                          queue_bytes_ + bytes > options.queue_bytes_max)) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the append queue is full (", queue_.size(), " appends, ",
                     queue_bytes_, " bytes): try again later"));
  }
  const uint64_t behind =
      core_->tail->head().value() - core_->tail->trimmed_to().value();
  if (behind < options.tail_count_max) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat(
      "the indexes are ", behind, " events behind (tail_count_max is ",
      options.tail_count_max, "): try again later"));
}

absl::Status Committer::Submit(const std::shared_ptr<PendingAppend>& pending,
                               absl::Duration queue_timeout) {
  const absl::Duration deadline = Clock::System()->Monotonic() + queue_timeout;
  MutexLock lock(&mutex_);
  while (true) {
    if (stopped_) return absl::UnavailableError("the store is closing");
    DAYBOOK_RETURN_IF_ERROR(writer_.health());
    absl::Status full = CheckRoom(pending->bytes.size());
    if (full.ok()) break;
    const absl::Duration left = deadline - Clock::System()->Monotonic();
    if (left <= absl::ZeroDuration()) return full;
    queue_shrank_.WaitWithTimeout(&mutex_, left);
  }
  queue_.push_back(pending);
  queue_bytes_ += pending->bytes.size();
  queue_grew_.Signal();
  return absl::OkStatus();
}

void Committer::Await(PendingAppend* pending) {
  bool lead = false;
  {
    MutexLock lock(&mutex_);
    if (!leading_ && interrupting_ == 0) leading_ = lead = true;
  }
  if (lead) Lead(pending);
  MutexLock lock(&pending->mutex);
  while (!pending->ended) pending->ended_changed.Wait(&pending->mutex);
}

void Committer::CommitSoon() {
  {
    MutexLock lock(&mutex_);
    if (leading_ || interrupting_ > 0 || queue_.empty()) return;
    leading_ = true;
  }
  core_->options.executor->Schedule([this] { Lead(nullptr); });
}

void Committer::RoomMade() {
  MutexLock lock(&mutex_);
  queue_shrank_.SignalAll();
}

absl::Status Committer::BetweenGroups(absl::FunctionRef<absl::Status()> work) {
  {
    MutexLock lock(&mutex_);
    ++interrupting_;
    queue_grew_.SignalAll();
    while (leading_) queue_shrank_.Wait(&mutex_);
    --interrupting_;
    leading_ = true;
  }
  absl::Status status = work();
  {
    MutexLock lock(&mutex_);
    leading_ = false;
    queue_shrank_.SignalAll();
  }
  // What came meanwhile waits for somebody to commit it.
  CommitSoon();
  return status;
}

absl::Status Committer::Attach(
    std::shared_ptr<AppendParticipant> participant,
    absl::FunctionRef<absl::Status(Position head)> catch_up) {
  return BetweenGroups([&]() -> absl::Status {
    DAYBOOK_RETURN_IF_ERROR(
        Caught("catch_up", [&] { return catch_up(core_->tail->head()); }));
    group_commit_.participants().Add(std::move(participant));
    return absl::OkStatus();
  });
}

void Committer::Detach(const AppendParticipant* participant) {
  BetweenGroups([&] {
    group_commit_.participants().Remove(participant);
    return absl::OkStatus();
  }).IgnoreError();
}

void Committer::Lead(PendingAppend* until) noexcept {
  while (true) {
    Group group;
    const bool own_ended = until != nullptr && HasEnded(until);
    {
      MutexLock lock(&mutex_);
      if (own_ended && !queue_.empty() && interrupting_ == 0) break;
      Linger();
      if (interrupting_ == 0) group = TakeGroup();
      if (group.empty()) {
        leading_ = false;
        queue_shrank_.SignalAll();
        return;
      }
    }
    if (const absl::Status health = writer_.health(); !health.ok()) {
      for (const auto& pending : group) {
        pending->status = Refused(health);
      }
    } else if (const auto took = group_commit_.Commit(group)) {
      {
        MutexLock lock(&mutex_);
        recent_write_ = *took;
      }
      on_commit_();
    }
    Finish(group);
  }
  // This thread has its own result; the rest is somebody else's work.
  core_->options.executor->Schedule([this] { Lead(nullptr); });
}

bool Committer::HasEnded(PendingAppend* pending) {
  MutexLock lock(&pending->mutex);
  return pending->ended;
}

// Appenders woken by the last group come back within microseconds. Waiting a
// little for them, a fraction of what a write costs, doubles the size of
// groups; a lone appender never waits.
void Committer::Linger() {
  const size_t expected = recent_waiters_ - recent_waiters_ / 8;
  if (recent_waiters_ < 2 || queue_.size() >= expected) return;
  const absl::Duration patience = std::min(recent_write_ / 2, kLingerMax);
  const absl::Duration deadline = Clock::System()->Monotonic() + patience;
  while (queue_.size() < expected && !stopped_ && interrupting_ == 0) {
    const absl::Duration left = deadline - Clock::System()->Monotonic();
    if (left <= absl::ZeroDuration()) return;
    queue_grew_.WaitWithTimeout(&mutex_, left);
  }
}

Committer::Group Committer::TakeGroup() {
  Group group;
  size_t bytes = 0;
  while (!queue_.empty() && group.size() < kGroupCountMax &&
         bytes < kGroupBytesTarget) {
    bytes += queue_.front()->bytes.size();
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  queue_bytes_ -= bytes;
  recent_waiters_ = std::max(group.size(), recent_waiters_ * 7 / 8);
  if (!group.empty()) queue_shrank_.SignalAll();
  return group;
}

void Committer::Finish(Group& group) {
  for (std::shared_ptr<PendingAppend>& pending : group) {
    if (pending->done) {
      std::move(pending->done)(ResultOf(*pending));
      pending->done = nullptr;
    }
    MutexLock lock(&pending->mutex);
    pending->ended = true;
    pending->ended_changed.Signal();
  }
}

bool Committer::Stop(absl::Duration grace) {
  const absl::Duration deadline = Clock::System()->Monotonic() + grace;
  Group left_over;
  {
    MutexLock lock(&mutex_);
    stopped_ = true;
    queue_shrank_.SignalAll();
    queue_grew_.SignalAll();
    while (leading_ || !queue_.empty()) {
      const absl::Duration left = deadline - Clock::System()->Monotonic();
      if (left <= absl::ZeroDuration()) break;
      queue_shrank_.WaitWithTimeout(&mutex_, left);
    }
    while (!queue_.empty()) {
      left_over.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    queue_bytes_ = 0;
  }
  for (const auto& pending : left_over) {
    pending->status = Refused(absl::UnavailableError(
        "the store was closed before this append was reached"));
  }
  Finish(left_over);
  // Whoever still leads finds an empty queue after its write.
  MutexLock lock(&mutex_);
  while (leading_) queue_shrank_.Wait(&mutex_);
  return left_over.empty();
}

}  // namespace daybook
