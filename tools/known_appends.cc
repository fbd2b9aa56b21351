#include "tools/known_appends.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace daybook::tools {
namespace {

// Others may have appended in between.
constexpr int kAppendsPassedMax = 16;

bool IsSame(const EventView& stored, const StreamEvent& given) {
  const NewEvent& event = given.event;
  return stored.stream == given.stream && stored.type == event.type &&
         stored.payload == event.payload &&
         stored.content_type == event.content_type &&
         stored.source == event.source && stored.schema == event.schema &&
         stored.occurred_at == event.occurred_at &&
         (!event.id.has_value() || stored.id == *event.id) &&
         stored.tags.size() == event.tags.size() &&
         std::equal(event.tags.begin(), event.tags.end(),
                    stored.tags.begin()) &&
         stored.metadata() == event.metadata;
}

}  // namespace

void KnownAppends::Found(Position last) {
  last_ = last;
  cursor_.reset();
}

bool KnownAppends::Step() {
  if (cursor_->Next()) return true;
  // The end, or damage, which the store tells when it is asked.
  cursor_.reset();
  return false;
}

bool KnownAppends::GoesOnWith(const AppendRequest& request) {
  if (last_.has_value()) {
    absl::StatusOr<EventCursor> cursor =
        store_.ReadLog({.from = Position(last_->value() + 1)});
    last_.reset();
    if (!cursor.ok()) return false;
    cursor_ = *std::move(cursor);
  }
  if (!cursor_.has_value()) return false;
  for (int passed = 0; passed <= kAppendsPassedMax; ++passed) {
    if (!Step()) return false;
    const AppendInfo append = cursor_->event().append;
    if (append.key == request.key) return TakeSame(request);
    for (uint32_t i = 1; i < append.count; ++i) {
      if (!Step()) return false;
    }
  }
  cursor_.reset();
  return false;
}

bool KnownAppends::TakeSame(const AppendRequest& request) {
  bool same = cursor_->event().append.count == request.events.size();
  for (size_t i = 0; same && i < request.events.size(); ++i) {
    if (i > 0 && !Step()) return false;
    same = IsSame(cursor_->event(), request.events[i]);
  }
  if (!same) cursor_.reset();
  return same;
}

}  // namespace daybook::tools
