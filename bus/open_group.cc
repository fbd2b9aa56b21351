#include "bus/open_group.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/store/read.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

// How long what was acknowledged may be in memory alone, how many of them, and
// how much there may be to say about single ones.
constexpr absl::Duration kWriteInterval = absl::Milliseconds(100);
constexpr size_t kUnwrittenCountMax = 10'000;
constexpr size_t kUnwrittenBytesMax = 1 << 20;
// Whoever asks reads on when fewer lanes are ready.
constexpr size_t kReadyCountMin = 256;
constexpr size_t kBatchCountMax = 1024;
// A batch may hold little: so many at most for one who asks, if anything is
// ready.
constexpr int kReadCountMax = 16;
// A clock that is not the machine's goes at a pace of its own.
constexpr absl::Duration kOtherClockPatience = absl::Milliseconds(20);

constexpr size_t kMemberNameBytesMax = 256;

std::string Cut(std::string_view cause) {
  return std::string(cause.substr(0, kGroupCauseBytesMax));
}

}  // namespace

// --- Beginning and end -------------------------------------------------------

absl::Status OpenGroup::Start(const GroupProgress& progress,
                              std::map<Position, FailedAttempts> attempts) {
  DAYBOOK_RETURN_IF_ERROR(
      ReadOutstanding(progress.outstanding, std::move(attempts)));
  batch_count_max_ =
      std::clamp<size_t>(options_.outstanding_count_max / 4, 1, kBatchCountMax);
  SubscribeOptions subscribe;
  subscribe.filter = options_.filter;
  subscribe.from = SubscribeFrom::At(progress.next_position);
  subscribe.batch_count_max = batch_count_max_;
  subscribe.durable_only = options_.durable_only;
  DAYBOOK_ASSIGN_OR_RETURN(subscription_, around_.store->Subscribe(subscribe));
  MutexLock lock(&mutex_);
  next_position_ = progress.next_position;
  // What was handed out at another opening is nobody's delivery at this one.
  next_delivery_ = absl::Uniform<uint64_t>(random_) >> 1;
  return absl::OkStatus();
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
  return Seen{position, options_.lanes.LaneOf(event),
              std::make_shared<const Event>(event.ToEvent())};
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
      // What does not fit is read again when it is its turn.
      std::shared_ptr<const Event> kept;
      if (window_.bytes() < options_.outstanding_bytes_max) {
        kept = std::make_shared<const Event>(event.ToEvent());
      }
      window_.Add(event.position, options_.lanes.LaneOf(event), std::move(kept),
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

absl::Status OpenGroup::Close() {
  {
    MutexLock lock(&mutex_);
    if (closed_) return absl::OkStatus();
    closed_ = true;
    if (health_.ok()) {
      health_ = absl::UnavailableError(
          absl::StrCat("group ", Quoted(name_), " is closed"));
    }
    changed_.SignalAll();
  }
  subscription_->Cancel();
  absl::Status status = Write(/*is_last=*/true);
  MutexLock lock(&mutex_);
  while (reading_) changed_.Wait(&mutex_);
  // The store can be closed now, whoever keeps this.
  subscription_.reset();
  return status;
}

bool OpenGroup::closed() const {
  MutexLock lock(&mutex_);
  return closed_;
}

// --- Members -----------------------------------------------------------------

absl::StatusOr<Membership> OpenGroup::Join(std::string_view name) {
  if (name.size() > kMemberNameBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("the name of a member is ", name.size(),
                     " bytes, the limit is ", kMemberNameBytesMax));
  }
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(health_);
  const absl::Duration now = around_.clock->Monotonic();
  BuryDead(now);
  Membership membership{.lease = options_.lease};
  do {
    membership.id = absl::Uniform<uint64_t>(random_);
  } while (members_.contains(membership.id));
  members_[membership.id] = {.name = std::string(name), .last_heard = now};
  next_death_ = std::min(next_death_, now + options_.lease);
  return membership;
}

absl::StatusOr<OpenGroup::Member*> OpenGroup::Hear(uint64_t member) {
  DAYBOOK_RETURN_IF_ERROR(health_);
  const absl::Duration now = around_.clock->Monotonic();
  BuryDead(now);
  const auto found = members_.find(member);
  if (found == members_.end()) {
    return absl::NotFoundError(
        absl::StrCat("group ", Quoted(name_), " has no member ", member,
                     ": it left, or was not heard of for ",
                     absl::FormatDuration(options_.lease), "; join again"));
  }
  found->second.last_heard = now;
  return &found->second;
}

void OpenGroup::BuryDead(absl::Duration now) {
  if (now < next_death_) return;
  next_death_ = absl::InfiniteDuration();
  for (auto it = members_.begin(); it != members_.end();) {
    Member& member = it->second;
    if (member.waiting_count > 0) member.last_heard = now;
    const absl::Duration death = member.last_heard + options_.lease;
    if (now < death) {
      next_death_ = std::min(next_death_, death);
      ++it;
      continue;
    }
    const std::string cause =
        absl::StrCat("member ", Quoted(member.name), " was not heard of for ",
                     absl::FormatDuration(options_.lease));
    for (const uint64_t delivery : DeliveriesOf(it->first)) {
      GroupWindow::Entry* const entry = in_hand_[delivery].entry;
      in_hand_.erase(delivery);
      Fail(entry, member.name, cause, absl::ZeroDuration());
    }
    it = members_.erase(it);
  }
}

std::vector<uint64_t> OpenGroup::DeliveriesOf(uint64_t member) const {
  std::map<Position, uint64_t> sorted;
  for (const auto& [id, hand] : in_hand_) {
    if (hand.member == member) sorted[hand.entry->position] = id;
  }
  std::vector<uint64_t> deliveries;
  deliveries.reserve(sorted.size());
  for (const auto& [position, id] : sorted) deliveries.push_back(id);
  return deliveries;
}

absl::Status OpenGroup::Renew(uint64_t member) {
  MutexLock lock(&mutex_);
  return Hear(member).status();
}

absl::Status OpenGroup::Leave(uint64_t member) {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(Hear(member).status());
  const absl::Duration now = around_.clock->Monotonic();
  for (const uint64_t delivery : DeliveriesOf(member)) {
    window_.PutBack(in_hand_[delivery].entry, now, now);
    in_hand_.erase(delivery);
  }
  members_.erase(member);
  // Whoever waits may be this member.
  changed_.SignalAll();
  return absl::OkStatus();
}

void OpenGroup::Interrupt(uint64_t member) {
  MutexLock lock(&mutex_);
  const auto found = members_.find(member);
  if (found == members_.end()) return;
  found->second.interrupted = true;
  changed_.SignalAll();
}

// --- Handing out -------------------------------------------------------------

absl::StatusOr<std::vector<Delivery>> OpenGroup::Poll(uint64_t member,
                                                      size_t count_max,
                                                      absl::Duration timeout) {
  const absl::Duration deadline = Clock::System()->Monotonic() + timeout;
  std::vector<Delivery> deliveries;
  std::vector<Position> positions;
  {
    MutexLock lock(&mutex_);
    int read_count = 0;
    while (true) {
      DAYBOOK_ASSIGN_OR_RETURN(Member* const heard, Hear(member));
      window_.ReleaseDue(around_.clock->Monotonic());
      const absl::Duration left = deadline - Clock::System()->Monotonic();
      const bool is_late = left <= absl::ZeroDuration();
      // Reads once for those who come next, too.
      if (CanRead() &&
          (read_count == 0 || (window_.ready_count() == 0 && !is_late) ||
           (window_.ready_count() < count_max && read_count < kReadCountMax))) {
        ReadOn();
        ++read_count;
        continue;
      }
      if (window_.ready_count() > 0) break;
      if (std::exchange(heard->interrupted, false) || is_late) break;
      WaitForChange(member, left);
    }
    deliveries =
        HandOut(member, std::min(count_max, kGroupPollCountMax), &positions);
  }
  for (size_t i = 0; i < deliveries.size(); ++i) {
    if (deliveries[i].event != nullptr) continue;
    absl::StatusOr<Seen> seen = Read(positions[i]);
    if (!seen.ok()) {
      MutexLock lock(&mutex_);
      if (health_.ok()) health_ = seen.status();
      return seen.status();
    }
    deliveries[i].event = std::move(seen->event);
  }
  return deliveries;
}

bool OpenGroup::CanRead() const {
  return !reading_ && !exhausted_ && window_.ready_count() < kReadyCountMin &&
         window_.count() + batch_count_max_ <=
             std::max(options_.outstanding_count_max, batch_count_max_);
}

void OpenGroup::ReadOn() {
  reading_ = true;
  const size_t bytes_now = window_.bytes();
  mutex_.Unlock();
  std::vector<Seen> all;
  const absl::StatusOr<EventBatch> batch =
      subscription_->Next(absl::ZeroDuration());
  if (batch.ok()) {
    all.reserve(batch->events.size());
    size_t bytes = bytes_now;
    for (const EventView& event : batch->events) {
      Seen& seen = all.emplace_back();
      seen.position = event.position;
      seen.lane = options_.lanes.LaneOf(event);
      if (bytes >= options_.outstanding_bytes_max) continue;
      seen.event = std::make_shared<const Event>(event.ToEvent());
      bytes += BytesOf(*seen.event);
    }
    if (all.empty()) {
      {
        MutexLock lock(&mutex_);
        exhausted_ = true;
      }
      subscription_->NotifyWhenReady([weak = weak_from_this()] {
        const std::shared_ptr<OpenGroup> group = weak.lock();
        if (group == nullptr) return;
        MutexLock lock(&group->mutex_);
        group->exhausted_ = false;
        group->changed_.Signal();
      });
    }
  }
  mutex_.Lock();
  reading_ = false;
  if (!batch.ok()) {
    if (health_.ok()) health_ = batch.status();
    changed_.SignalAll();
    return;
  }
  for (Seen& seen : all) {
    window_.Add(seen.position, seen.lane, std::move(seen.event), {});
  }
  if (next_position_ != batch->next_position) {
    next_position_ = batch->next_position;
    Changed();
  }
  if (closed_) changed_.SignalAll();
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
                                         std::vector<Position>* positions) {
  std::vector<Delivery> deliveries;
  const size_t count = std::min(count_max, window_.ready_count());
  deliveries.reserve(count);
  positions->reserve(count);
  while (deliveries.size() < count) {
    GroupWindow::Entry* const entry = window_.Take();
    const uint64_t id = next_delivery_++;
    in_hand_[id] = {entry, member};
    deliveries.push_back({.id = id,
                          .event = entry->event,
                          .lane = entry->lane,
                          .attempt = entry->failed.count + 1});
    positions->push_back(entry->position);
  }
  members_[member].in_hand_count += count;
  // There is something for the next one.
  if (window_.ready_count() > 0 && waiting_count_ > 0) changed_.Signal();
  return deliveries;
}

// --- What became of it -------------------------------------------------------

absl::StatusOr<OpenGroup::Hand> OpenGroup::TakeFromHand(uint64_t member,
                                                        uint64_t delivery) {
  const auto found = in_hand_.find(delivery);
  if (found == in_hand_.end() || found->second.member != member) {
    return absl::FailedPreconditionError(
        absl::StrCat("group ", Quoted(name_), ": member ", member,
                     " does not have delivery ", delivery,
                     ": it was answered before, or taken back"));
  }
  const Hand hand = found->second;
  in_hand_.erase(found);
  --members_[member].in_hand_count;
  return hand;
}

absl::Status OpenGroup::Ack(uint64_t member,
                            std::span<const uint64_t> deliveries) {
  absl::Status status;
  {
    MutexLock lock(&mutex_);
    DAYBOOK_RETURN_IF_ERROR(Hear(member).status());
    for (const uint64_t delivery : deliveries) {
      const absl::StatusOr<Hand> hand = TakeFromHand(member, delivery);
      if (hand.ok()) {
        Finish(hand->entry);
      } else {
        status.Update(hand.status());
      }
    }
    if (!MustWrite()) return status;
  }
  DAYBOOK_RETURN_IF_ERROR(Write());
  return status;
}

absl::Status OpenGroup::Nack(uint64_t member, uint64_t delivery,
                             const NackOptions& options) {
  {
    MutexLock lock(&mutex_);
    DAYBOOK_ASSIGN_OR_RETURN(const Member* const heard, Hear(member));
    DAYBOOK_ASSIGN_OR_RETURN(const Hand hand, TakeFromHand(member, delivery));
    Fail(hand.entry, heard->name, options.cause, options.retry_after);
    if (!MustWrite()) return absl::OkStatus();
  }
  return Write();
}

absl::Status OpenGroup::Park(uint64_t member, uint64_t delivery,
                             std::string_view cause) {
  {
    MutexLock lock(&mutex_);
    DAYBOOK_ASSIGN_OR_RETURN(const Member* const heard, Hear(member));
    DAYBOOK_ASSIGN_OR_RETURN(const Hand hand, TakeFromHand(member, delivery));
    hand.entry->failed = {hand.entry->failed.count + 1, Cut(cause)};
    SetAside(hand.entry, heard->name);
    if (!MustWrite()) return absl::OkStatus();
  }
  return Write();
}

void OpenGroup::Finish(GroupWindow::Entry* entry) {
  if (entry->failed.count > 0) {
    DeleteAttempts(name_, entry->position, &unwritten_);
  }
  window_.Done(entry);
  ++unwritten_count_;
  Changed();
}

void OpenGroup::Fail(GroupWindow::Entry* entry, std::string_view member,
                     std::string_view cause,
                     std::optional<absl::Duration> retry_after) {
  entry->failed = {entry->failed.count + 1, Cut(cause)};
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

// --- Writing -----------------------------------------------------------------

void OpenGroup::Changed() {
  if (waiting_count_ > 0) changed_.Signal();
  dirty_ = true;
  if (write_scheduled_ || closed_) return;
  write_scheduled_ = true;
  around_.executor->ScheduleAfter(kWriteInterval, [weak = weak_from_this()] {
    // What goes wrong is told to whoever asks next.
    if (const auto group = weak.lock()) group->Flush().IgnoreError();
  });
}

bool OpenGroup::MustWrite() const {
  return unwritten_count_ >= kUnwrittenCountMax ||
         unwritten_.bytes() >= kUnwrittenBytesMax;
}

absl::Status OpenGroup::Flush() {
  {
    MutexLock lock(&mutex_);
    if (closed_) return health_;
  }
  return Write();
}

absl::Status OpenGroup::Write(bool is_last) {
  MutexLock write_lock(&write_mutex_);
  RowBatch batch;
  {
    MutexLock lock(&mutex_);
    write_scheduled_ = false;
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
  return status;
}

// --- Looking, and what operators do ------------------------------------------

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
    for (const auto& [id, member] : members_) {
      info.members.push_back(
          {.id = id,
           .name = member.name,
           .in_hand_count = member.in_hand_count,
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
    window_.Add(position, seen.lane, std::move(seen.event), {});
    Changed();
  }
  return Flush();
}

}  // namespace daybook
