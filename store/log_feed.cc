#include "store/log_feed.h"

#include <algorithm>

#include "store/errors_internal.h"
#include "store/event_filter.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

// So many chunks without a match end a step.
constexpr int kStepChunkCount = 64;
// So many views stay in the processor's cache until they are looked at; with
// all of a chunk a step takes a quarter longer.
constexpr size_t kStepEventCount = 64;

}  // namespace

LogFeed::LogFeed(EventStore* store, const std::shared_ptr<StoreCore>& core,
                 const EventFilter& filter)
    : core_(core),
      recent_(core->recent),
      filter_(filter),
      wants_all_(WantsAll(filter)),
      has_index_(!filter.stream.empty() || !IndexedQuery(filter).items.empty()),
      cursors_(store, filter) {
  recent_->Join();
}

absl::Status LogFeed::Read(Position from, Position to, Step* step) {
  chunk_ = recent_->Find(from);
  if (chunk_ != nullptr) return ReadRecent(from, to, step);
  return has_index_ ? cursors_.Read(from, to, step) : ReadLog(from, to, step);
}

void LogFeed::Release() {
  reader_.reset();
  cursors_.Release();
}

absl::Status LogFeed::ReadRecent(Position from, Position to, Step* step) {
  Release();
  DAYBOOK_ASSIGN_OR_RETURN(std::span<const EventView> events, chunk_->Events());
  step->next = std::min(to, chunk_->next());
  events = events.subspan(from.value() - chunk_->first().value(),
                          step->next.value() - from.value());
  if (wants_all_) {
    step->events = events;
    return absl::OkStatus();
  }
  events_.clear();
  for (const EventView& event : events) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool wanted, Wants(filter_, event));
    if (!wanted) continue;
    events_.push_back(event);
    if (filter_.stream.empty()) continue;
    // As reads of a stream have it.
    events_.back().append.key = {};
    cursors_.NextRevisionIs(event.revision.Next());
  }
  step->events = events_;
  return absl::OkStatus();
}

absl::Status LogFeed::ReadLog(Position from, Position to, Step* step) {
  if (reader_ == nullptr) {
    const std::shared_ptr<StoreCore> core = core_.lock();
    if (core == nullptr) return absl::UnavailableError("the store is closed");
    reader_ = std::make_unique<Reader>(core);
  }
  LogReader& log = reader_->log;
  size_t count = 0;
  Position at = from;
  for (int i = 0; i < kStepChunkCount && count == 0 && at < to; ++i) {
    if (!log.Load(at)) return log.status();
    if (log.next() >= to) {
      // The last one: a copy, so that one who has caught up holds nothing.
      chunk_ = std::make_shared<RecentChunk>(log.first(), log.next(),
                                             std::string(log.chunk_bytes()));
      return ReadRecent(at, to, step);
    }
    // Views are read over older ones: making them anew takes as long as the
    // rest.
    if (events_.size() < log.chunk().count()) {
      events_.resize(log.chunk().count());
    }
    for (; at < log.next() && count < kStepEventCount; at = at.Next()) {
      EventView& event = events_[count];
      const char* problem = log.chunk().Read(
          static_cast<uint32_t>(at.value() - log.first().value()), &event);
      if (problem != nullptr) return DamageError(at, problem);
      if (!wants_all_) {
        DAYBOOK_ASSIGN_OR_RETURN(const bool wanted, Wants(filter_, event));
        if (!wanted) continue;
      }
      ++count;
    }
  }
  *step = {std::span<const EventView>(events_).first(count), at};
  return absl::OkStatus();
}

}  // namespace daybook
