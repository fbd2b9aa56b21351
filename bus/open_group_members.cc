// What members do, but for taking events: they come, live and go, and answer
// what they have in hand.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "bus/open_group.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

constexpr size_t kMemberNameBytesMax = 256;

}  // namespace

// --- Coming, living, going ---------------------------------------------------

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

// --- Answers -----------------------------------------------------------------

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
  return hand;
}

absl::Status OpenGroup::Ack(uint64_t member,
                            std::span<const uint64_t> deliveries) {
  absl::Status status;
  {
    MutexLock lock(&mutex_);
    DAYBOOK_RETURN_IF_ERROR(Hear(member).status());
    bool is_any_done = false;
    for (const uint64_t delivery : deliveries) {
      const absl::StatusOr<Hand> hand = TakeFromHand(member, delivery);
      if (hand.ok()) {
        Finish(hand->entry);
        is_any_done = true;
      } else {
        status.Update(hand.status());
      }
    }
    if (is_any_done) Changed();
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
    NoteFailure(hand.entry, cause);
    SetAside(hand.entry, heard->name);
    if (!MustWrite()) return absl::OkStatus();
  }
  return Write();
}

}  // namespace daybook
