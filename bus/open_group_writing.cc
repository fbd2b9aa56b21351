// What becomes of events, and how it gets into the rows.

#include <utility>

#include "bus/open_group.h"

namespace daybook {
namespace {

// How long what was acknowledged may be in memory alone, how many of them, and
// how much there may be to say about single ones.
constexpr absl::Duration kWriteInterval = absl::Milliseconds(100);
constexpr size_t kUnwrittenCountMax = 10'000;
constexpr size_t kUnwrittenBytesMax = 1 << 20;

}  // namespace

void OpenGroup::Finish(GroupWindow::Entry* entry) {
  if (entry->failed.count > 0) {
    DeleteAttempts(name_, entry->position, &unwritten_);
  }
  window_.Done(entry);
  ++unwritten_count_;
}

void OpenGroup::NoteFailure(GroupWindow::Entry* entry, std::string_view cause) {
  entry->failed = {entry->failed.count + 1,
                   std::string(cause.substr(0, kGroupCauseBytesMax))};
}

void OpenGroup::Fail(GroupWindow::Entry* entry, std::string_view member,
                     std::string_view cause,
                     std::optional<absl::Duration> retry_after) {
  NoteFailure(entry, cause);
  if (entry->failed.count >= options_.retry.attempt_count_max) {
    SetAside(entry, member);
    return;
  }
  PutAttempts(name_, entry->position, entry->failed, &unwritten_);
  const absl::Duration wait =
      retry_after.has_value()
          ? *retry_after
          : options_.retry.WaitAfter(entry->failed.count,
                                     absl::Uniform(random_, 0.0, 1.0));
  const absl::Duration now = around_.clock->Monotonic();
  window_.PutBack(entry, now + wait, now);
  Changed();
}

void OpenGroup::SetAside(GroupWindow::Entry* entry, std::string_view member) {
  PutParked(name_,
            {.position = entry->position,
             .attempt_count = entry->failed.count,
             .cause = entry->failed.cause,
             .parked_at = around_.clock->Now(),
             .member = std::string(member)},
            &unwritten_);
  DeleteAttempts(name_, entry->position, &unwritten_);
  window_.Done(entry);
  ++unwritten_count_;
  Changed();
}

// --- The rows ----------------------------------------------------------------

void OpenGroup::Wake() {
  if (waiting_count_ > 0) changed_.Signal();
}

void OpenGroup::Changed() {
  Wake();
  if (done_waiting_count_ > 0) done_.SignalAll();
  dirty_ = true;
  if (write_scheduled_ || closing_) return;
  write_scheduled_ = true;
  around_.executor->ScheduleAfter(kWriteInterval, [weak = weak_from_this()] {
    const std::shared_ptr<OpenGroup> group = weak.lock();
    if (group == nullptr) return;
    {
      MutexLock lock(&group->mutex_);
      group->write_scheduled_ = false;
    }
    // What goes wrong is told to whoever asks next.
    group->Flush().IgnoreError();
  });
}

bool OpenGroup::MustWrite() const {
  return unwritten_count_ >= kUnwrittenCountMax ||
         unwritten_.bytes() >= kUnwrittenBytesMax;
}

absl::Status OpenGroup::Flush() {
  {
    MutexLock lock(&mutex_);
    if (closing_) return health_;
  }
  return Write();
}

absl::Status OpenGroup::Write(bool is_last) {
  MutexLock write_lock(&write_mutex_);
  RowBatch batch;
  {
    MutexLock lock(&mutex_);
    if (write_ended_) return health_;
    // After the last one the store may be gone.
    write_ended_ = is_last;
    if (!dirty_) return absl::OkStatus();
    batch = std::exchange(unwritten_, RowBatch());
    PutProgress(name_, {next_position_, window_.Positions()}, &batch);
    unwritten_count_ = 0;
    dirty_ = false;
  }
  absl::Status status = around_.store->WriteRows(batch);
  if (status.ok()) return status;
  MutexLock lock(&mutex_);
  write_ended_ = true;
  if (health_.ok()) health_ = status;
  changed_.SignalAll();
  done_.SignalAll();
  return status;
}

}  // namespace daybook
