// Where events come from: out of the log into the window, and out of that into
// the hands of members.

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bus/open_group.h"
#include "daybook/store/read.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

// Whoever asks reads on when fewer lanes are ready.
constexpr size_t kReadyCountMin = 256;
// A batch may hold little: so many at most for one who asks, if anything is
// ready.
constexpr int kReadCountMax = 16;
// What could not be read is tried again, later.
constexpr absl::Duration kReadAgainAfter = absl::Seconds(1);
// A clock that is not the machine's goes at a pace of its own.
constexpr absl::Duration kOtherClockPatience = absl::Milliseconds(20);

}  // namespace

// --- Single events -----------------------------------------------------------

absl::StatusOr<uint64_t> OpenGroup::LaneOf(const EventView& event) const {
  try {
    return options_.lanes.LaneOf(event);
  } catch (...) {
    return absl::UnknownError(
        absl::StrCat("group ", Quoted(name_),
                     ": the function of its lanes threw at position ",
                     event.position.value()));
  }
}

absl::StatusOr<OpenGroup::Seen> OpenGroup::Read(Position position) const {
  DAYBOOK_ASSIGN_OR_RETURN(
      EventCursor cursor,
      around_.store->ReadLog({.from = position, .limit = 1}));
  if (!cursor.Next()) {
    DAYBOOK_RETURN_IF_ERROR(cursor.status());
    return absl::DataLossError(absl::StrCat("group ", Quoted(name_),
                                            ": the event at position ",
                                            position.value(), " is not there"));
  }
  const EventView& event = cursor.event();
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t lane, LaneOf(event));
  return Seen{position, lane, std::make_shared<const Event>(event.ToEvent())};
}

absl::Status OpenGroup::ReadOutstanding(
    const PositionRuns& outstanding,
    std::map<Position, FailedAttempts> attempts) {
  MutexLock lock(&mutex_);
  for (const PositionRuns::Run& run : outstanding.runs()) {
    DAYBOOK_ASSIGN_OR_RETURN(
        EventCursor cursor,
        around_.store->ReadLog(
            {.from = Position(run.begin), .limit = run.end - run.begin}));
    uint64_t count = 0;
    for (const EventView& event : cursor) {
      DAYBOOK_ASSIGN_OR_RETURN(const uint64_t lane, LaneOf(event));
      // What does not fit is read again when it is its turn.
      std::shared_ptr<const Event> kept;
      if (window_.bytes() < options_.outstanding_bytes_max) {
        kept = std::make_shared<const Event>(event.ToEvent());
      }
      window_.Add(event.position, lane, std::move(kept),
                  std::move(attempts[event.position]));
      ++count;
    }
    DAYBOOK_RETURN_IF_ERROR(cursor.status());
    if (count != run.end - run.begin) {
      return absl::DataLossError(
          absl::StrCat("group ", Quoted(name_), ": the event at position ",
                       run.begin + count, " is outstanding, and not there"));
    }
  }
  return absl::OkStatus();
}

// --- The log -----------------------------------------------------------------

absl::StatusOr<std::unique_ptr<Subscription>> OpenGroup::SubscribeAt(
    Position position) {
  SubscribeOptions subscribe;
  subscribe.filter = options_.filter;
  subscribe.from = SubscribeFrom::At(position);
  subscribe.batch_count_max = batch_count_max_;
  subscribe.durable_only = options_.durable_only;
  return around_.store->Subscribe(subscribe);
}

absl::StatusOr<std::shared_ptr<Subscription>> OpenGroup::News() {
  Position next;
  {
    MutexLock lock(&mutex_);
    if (subscription_ != nullptr) return subscription_;
    next = next_position_;
  }
  DAYBOOK_ASSIGN_OR_RETURN(std::shared_ptr<Subscription> news,
                           SubscribeAt(next));
  MutexLock lock(&mutex_);
  // Close() would not know of it.
  if (closing_) return health_;
  subscription_ = news;
  return news;
}

absl::StatusOr<EventBatch> OpenGroup::NextBatch() {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Subscription> news, News());
  absl::StatusOr<EventBatch> batch = news->Next(absl::ZeroDuration());
  if (!batch.ok() || !batch->events.empty()) return batch;
  {
    MutexLock lock(&mutex_);
    exhausted_ = true;
  }
  news->NotifyWhenReady([weak = weak_from_this()] {
    const std::shared_ptr<OpenGroup> group = weak.lock();
    if (group == nullptr) return;
    MutexLock lock(&group->mutex_);
    group->exhausted_ = false;
    group->changed_.Signal();
  });
  return batch;
}

bool OpenGroup::CanRead(absl::Duration now) const {
  return !reading_ && !exhausted_ && now >= read_again_at_ &&
         window_.ready_count() < kReadyCountMin &&
         window_.count() + batch_count_max_ <= options_.outstanding_count_max;
}

void OpenGroup::ReadOn() {
  reading_ = true;
  const size_t bytes = window_.bytes();
  mutex_.Unlock();
  std::vector<Seen> all;
  const absl::StatusOr<EventBatch> batch = NextBatch();
  absl::Status status = batch.status();
  if (status.ok()) status = LookAt(batch->events, bytes, &all);
  if (!status.ok()) DropNews();
  // A filter's function may be unavailable too, and come back.
  const bool is_end = absl::IsUnavailable(status) &&
                      absl::IsUnavailable(around_.store->ReadRows().status());
  mutex_.Lock();
  reading_ = false;
  if (!status.ok()) {
    if (is_end) health_.Update(status);
    read_failure_ = status;
    read_again_at_ = around_.clock->Monotonic() + kReadAgainAfter;
    changed_.SignalAll();
    return;
  }
  read_failure_ = absl::OkStatus();
  for (Seen& seen : all) {
    window_.Add(seen.position, seen.lane, std::move(seen.event), {});
  }
  if (next_position_ != batch->next_position) {
    next_position_ = batch->next_position;
    Changed();
  }
  if (closing_) changed_.SignalAll();
}

absl::Status OpenGroup::LookAt(std::span<const EventView> events, size_t bytes,
                               std::vector<Seen>* all) const {
  all->reserve(events.size());
  for (const EventView& event : events) {
    DAYBOOK_ASSIGN_OR_RETURN(const uint64_t lane, LaneOf(event));
    Seen& seen = all->emplace_back();
    seen.position = event.position;
    seen.lane = lane;
    if (bytes >= options_.outstanding_bytes_max) continue;
    seen.event = std::make_shared<const Event>(event.ToEvent());
    bytes += BytesOf(*seen.event);
  }
  return absl::OkStatus();
}

void OpenGroup::DropNews() {
  // Ended outside the lock, for which what it calls may wait.
  std::shared_ptr<Subscription> dropped;
  MutexLock lock(&mutex_);
  dropped.swap(subscription_);
}

// --- Handing out -------------------------------------------------------------

absl::StatusOr<std::vector<Delivery>> OpenGroup::Poll(uint64_t member,
                                                      size_t count_max,
                                                      absl::Duration timeout) {
  const absl::Duration deadline = Clock::System()->Monotonic() + timeout;
  std::vector<Delivery> deliveries;
  std::vector<Missing> missing;
  {
    MutexLock lock(&mutex_);
    const absl::Status awaited = AwaitReady(member, count_max, deadline);
    if (awaited.ok()) {
      deliveries =
          HandOut(member, std::min(count_max, kGroupPollCountMax), &missing);
    }
    PassOn();
    DAYBOOK_RETURN_IF_ERROR(awaited);
    if (missing.empty()) return deliveries;
    // From here on Close() waits.
    ++reading_again_count_;
  }
  DAYBOOK_RETURN_IF_ERROR(ReadAgain(missing, &deliveries));
  return deliveries;
}

absl::Status OpenGroup::AwaitReady(uint64_t member, size_t count_max,
                                   absl::Duration deadline) {
  int read_count = 0;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(Member* const heard, Hear(member));
    const absl::Duration now = around_.clock->Monotonic();
    window_.ReleaseDue(now);
    const absl::Duration left = deadline - Clock::System()->Monotonic();
    const bool is_late = left <= absl::ZeroDuration();
    // Reads once for those who come next, too.
    if (CanRead(now) &&
        (read_count == 0 || (window_.ready_count() == 0 && !is_late) ||
         (window_.ready_count() < count_max && read_count < kReadCountMax))) {
      ReadOn();
      ++read_count;
      continue;
    }
    if (window_.ready_count() > 0) return absl::OkStatus();
    DAYBOOK_RETURN_IF_ERROR(read_failure_);
    if (std::exchange(heard->interrupted, false) || is_late) {
      return absl::OkStatus();
    }
    WaitForChange(member, left);
  }
}

void OpenGroup::PassOn() {
  if (waiting_count_ == 0) return;
  if (window_.ready_count() > 0 ||
      window_.next_due() < absl::InfiniteDuration() ||
      CanRead(around_.clock->Monotonic())) {
    changed_.Signal();
  }
}

void OpenGroup::WaitForChange(uint64_t member, absl::Duration timeout) {
  const absl::Duration now = around_.clock->Monotonic();
  absl::Duration wait = std::min(window_.next_due(), next_death_) - now;
  if (around_.clock != Clock::System()) {
    wait = std::min(wait, kOtherClockPatience);
  }
  ++waiting_count_;
  ++members_[member].waiting_count;
  changed_.WaitWithTimeout(&mutex_, std::min(wait, timeout));
  --waiting_count_;
  // It may have left meanwhile.
  const auto found = members_.find(member);
  if (found == members_.end()) return;
  --found->second.waiting_count;
  found->second.last_heard = around_.clock->Monotonic();
}

std::vector<Delivery> OpenGroup::HandOut(uint64_t member, size_t count_max,
                                         std::vector<Missing>* missing) {
  std::vector<Delivery> deliveries;
  const size_t count = std::min(count_max, window_.ready_count());
  deliveries.reserve(count);
  while (deliveries.size() < count) {
    GroupWindow::Entry* const entry = window_.Take();
    const uint64_t id = next_delivery_++;
    in_hand_[id] = {entry, member};
    if (entry->event == nullptr) {
      missing->push_back({deliveries.size(), entry->position});
    }
    deliveries.push_back({.id = id,
                          .event = entry->event,
                          .lane = entry->lane,
                          .attempt = entry->failed.count + 1});
  }
  return deliveries;
}

absl::Status OpenGroup::ReadAgain(const std::vector<Missing>& missing,
                                  std::vector<Delivery>* deliveries) {
  absl::Status failure;
  for (const Missing& one : missing) {
    absl::StatusOr<Seen> seen = Read(one.position);
    failure.Update(seen.status());
    if (seen.ok()) (*deliveries)[one.index].event = std::move(seen->event);
  }
  MutexLock lock(&mutex_);
  --reading_again_count_;
  if (closing_) changed_.SignalAll();
  DAYBOOK_RETURN_IF_ERROR(health_);
  if (failure.ok()) return failure;
  const absl::Duration now = around_.clock->Monotonic();
  std::erase_if(*deliveries, [&](const Delivery& delivery) {
    mutex_.AssertHeld();
    if (delivery.event != nullptr) return false;
    const auto found = in_hand_.find(delivery.id);
    // The member may have left meanwhile.
    if (found != in_hand_.end()) {
      window_.PutBack(found->second.entry, now + kReadAgainAfter, now);
      in_hand_.erase(found);
    }
    return true;
  });
  Wake();
  return deliveries->empty() ? failure : absl::OkStatus();
}

}  // namespace daybook
