#include "bus/group_window.h"

#include <string>
#include <utility>

namespace daybook {

size_t BytesOf(const Event& event) {
  constexpr size_t kStringBytes = sizeof(std::string);
  size_t bytes = sizeof(Event) + event.stream.size() + event.type.size() +
                 event.source.size() + event.content_type.size() +
                 event.payload.size() + event.signature.size();
  for (const std::string& tag : event.tags) bytes += kStringBytes + tag.size();
  for (const auto& [name, value] : event.metadata.fields) {
    bytes += 2 * kStringBytes + name.size() + value.size();
  }
  return bytes;
}

void GroupWindow::Add(Position position, uint64_t lane_number,
                      std::shared_ptr<const Event> event,
                      FailedAttempts failed) {
  Entry& entry = entries_[position];
  entry.position = position;
  entry.lane = lane_number;
  entry.event = std::move(event);
  entry.failed = std::move(failed);
  if (entry.event != nullptr) bytes_ += BytesOf(*entry.event);

  const auto [found, is_new] = lanes_.try_emplace(lane_number);
  Lane& lane = found->second;
  if (is_new) {
    lane.first = lane.last = &entry;
    MakeReady(lane_number, lane);
    return;
  }
  if (lane.last->position < position) {
    lane.last->behind = &entry;
    lane.last = &entry;
    return;
  }
  // One that comes again after others of its lane: before those that come after
  // it, but for one that is in somebody's hands.
  if (lane.state != Lane::State::kInHand && position < lane.first->position) {
    entry.behind = lane.first;
    lane.first = &entry;
    if (lane.state == Lane::State::kWaiting) {
      --waiting_count_;
      MakeReady(lane_number, lane);
    }
    return;
  }
  PutBehindFirst(&entry, lane);
}

void GroupWindow::PutBehindFirst(Entry* entry, Lane& lane) {
  Entry* before = lane.first;
  while (before->behind != nullptr &&
         before->behind->position < entry->position) {
    before = before->behind;
  }
  entry->behind = before->behind;
  before->behind = entry;
  if (lane.last == before) lane.last = entry;
}

GroupWindow::Entry* GroupWindow::Take() {
  if (ready_.empty()) return nullptr;
  Lane& lane = lanes_.find(ready_.front())->second;
  ready_.pop_front();
  lane.state = Lane::State::kInHand;
  return lane.first;
}

void GroupWindow::Done(Entry* entry) {
  const uint64_t number = entry->lane;
  const auto found = lanes_.find(number);
  Lane& lane = found->second;
  lane.first = entry->behind;
  if (lane.first == nullptr) {
    lanes_.erase(found);
  } else {
    // It may have to wait still, from when one that came again went before it.
    Settle(number, lane);
  }
  if (entry->event != nullptr) bytes_ -= BytesOf(*entry->event);
  entries_.erase(entry->position);
}

void GroupWindow::PutBack(Entry* entry, absl::Duration not_before,
                          absl::Duration now) {
  entry->not_before = not_before > now ? not_before : absl::ZeroDuration();
  Lane& lane = lanes_.find(entry->lane)->second;
  // An earlier one may have come again meanwhile.
  if (entry->behind != nullptr && entry->behind->position < entry->position) {
    lane.first = entry->behind;
    PutBehindFirst(entry, lane);
  }
  Settle(entry->lane, lane);
}

void GroupWindow::ReleaseDue(absl::Duration now) {
  while (!due_.empty() && due_.begin()->first <= now) {
    const uint64_t number = due_.begin()->second;
    due_.erase(due_.begin());
    const auto found = lanes_.find(number);
    if (found == lanes_.end()) continue;
    Lane& lane = found->second;
    if (lane.state != Lane::State::kWaiting || lane.first->not_before > now) {
      continue;
    }
    --waiting_count_;
    MakeReady(number, lane);
  }
}

absl::Duration GroupWindow::next_due() const {
  return due_.empty() ? absl::InfiniteDuration() : due_.begin()->first;
}

PositionRuns GroupWindow::Positions() const {
  PositionRuns positions;
  for (const auto& [position, entry] : entries_) positions.Add(position);
  return positions;
}

void GroupWindow::Settle(uint64_t number, Lane& lane) {
  if (lane.first->not_before > absl::ZeroDuration()) {
    MakeWaiting(number, lane);
  } else {
    MakeReady(number, lane);
  }
}

void GroupWindow::MakeReady(uint64_t number, Lane& lane) {
  lane.state = Lane::State::kReady;
  lane.first->not_before = absl::ZeroDuration();
  ready_.push_back(number);
}

void GroupWindow::MakeWaiting(uint64_t number, Lane& lane) {
  lane.state = Lane::State::kWaiting;
  ++waiting_count_;
  due_.emplace(lane.first->not_before, number);
}

}  // namespace daybook
