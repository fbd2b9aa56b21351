#include "bus/open_group.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

constexpr size_t kBatchCountMax = 1024;

}  // namespace

// --- Beginning and end -------------------------------------------------------

absl::Status OpenGroup::Start(const GroupProgress& progress,
                              std::map<Position, FailedAttempts> attempts) {
  DAYBOOK_RETURN_IF_ERROR(
      ReadOutstanding(progress.outstanding, std::move(attempts)));
  batch_count_max_ =
      std::clamp<size_t>(options_.outstanding_count_max / 4, 1, kBatchCountMax);
  DAYBOOK_ASSIGN_OR_RETURN(std::shared_ptr<Subscription> subscription,
                           SubscribeAt(progress.next_position));
  MutexLock lock(&mutex_);
  subscription_ = std::move(subscription);
  next_position_ = progress.next_position;
  // What was handed out at another opening is nobody's delivery at this one.
  next_delivery_ = absl::Uniform<uint64_t>(random_) >> 1;
  return absl::OkStatus();
}

absl::Status OpenGroup::Close() {
  std::shared_ptr<Subscription> subscription;
  {
    MutexLock lock(&mutex_);
    if (closing_) {
      // Whoever was first is at it: nobody is told before it is over.
      while (!closed_) changed_.Wait(&mutex_);
      return close_status_;
    }
    closing_ = true;
    if (health_.ok()) {
      health_ = absl::UnavailableError(
          absl::StrCat("group ", Quoted(name_), " is closed"));
    }
    subscription = subscription_;
    changed_.SignalAll();
    done_.SignalAll();
  }
  if (subscription != nullptr) subscription->Cancel();
  absl::Status status = Write(/*is_last=*/true);
  MutexLock lock(&mutex_);
  while (reading_ || reading_again_count_ > 0) changed_.Wait(&mutex_);
  // The store can be closed now, whoever keeps this.
  subscription_ = nullptr;
  claim_.Release();
  close_status_ = status;
  closed_ = true;
  changed_.SignalAll();
  return status;
}

bool OpenGroup::closing() const {
  MutexLock lock(&mutex_);
  return closing_;
}

bool OpenGroup::is_closed() const {
  MutexLock lock(&mutex_);
  // The store says so of itself.
  return closing_ || absl::IsUnavailable(health_);
}

// --- Looking, and what operators do ------------------------------------------

absl::Status OpenGroup::WaitDone(Position position, absl::Duration timeout) {
  // However the group's own clock goes: who waits has a time to wait.
  const absl::Duration deadline = Clock::System()->Monotonic() + timeout;
  MutexLock lock(&mutex_);
  while (true) {
    DAYBOOK_RETURN_IF_ERROR(health_);
    if (position < next_position_ && !window_.Has(position)) {
      return absl::OkStatus();
    }
    const absl::Duration left = deadline - Clock::System()->Monotonic();
    if (left <= absl::ZeroDuration()) {
      return absl::DeadlineExceededError(absl::StrCat(
          "group ", Quoted(name_), " has not handled the event at ",
          position.value(), " yet"));
    }
    ++done_waiting_count_;
    done_.WaitWithTimeout(&mutex_, left);
    --done_waiting_count_;
  }
}

absl::StatusOr<GroupInfo> OpenGroup::Info() {
  GroupInfo info;
  {
    MutexLock lock(&mutex_);
    DAYBOOK_RETURN_IF_ERROR(health_);
    const absl::Duration now = around_.clock->Monotonic();
    BuryDead(now);
    window_.ReleaseDue(now);
    info.open = true;
    const PositionRuns outstanding = window_.Positions();
    info.next_position = next_position_;
    info.checkpoint = GroupProgress{next_position_, outstanding}.checkpoint();
    info.outstanding_count = window_.count();
    info.in_hand_count = in_hand_.size();
    info.waiting_count = window_.waiting_count();
    info.problem = read_failure_;
    absl::flat_hash_map<uint64_t, uint64_t> in_hand_counts;
    for (const auto& [delivery, hand] : in_hand_) ++in_hand_counts[hand.member];
    for (const auto& [id, member] : members_) {
      info.members.push_back(
          {.id = id,
           .name = member.name,
           .in_hand_count = in_hand_counts[id],
           .lease_left = member.last_heard + options_.lease - now});
    }
  }
  // What is parked is counted in the rows.
  DAYBOOK_RETURN_IF_ERROR(Flush());
  return info;
}

absl::Status OpenGroup::CheckRoom() const {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(health_);
  if (window_.count() < options_.outstanding_count_max) {
    return absl::OkStatus();
  }
  return absl::ResourceExhaustedError(
      absl::StrCat("group ", Quoted(name_), " has ", window_.count(),
                   " events outstanding, the limit is ",
                   options_.outstanding_count_max, ": retry later"));
}

absl::Status OpenGroup::TakeUp(Position position) {
  DAYBOOK_ASSIGN_OR_RETURN(Seen seen, Read(position));
  {
    MutexLock lock(&mutex_);
    DAYBOOK_RETURN_IF_ERROR(health_);
    DeleteParked(name_, position, &unwritten_);
    // What does not fit is read again when it is its turn.
    if (window_.bytes() >= options_.outstanding_bytes_max) seen.event = nullptr;
    window_.Add(position, seen.lane, std::move(seen.event), {});
    Changed();
  }
  return Flush();
}

}  // namespace daybook
