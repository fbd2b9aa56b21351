#include "store/memory_cursors.h"

namespace daybook {

EventView ToView(const MemoryEngine::StoredEvent& stored) {
  EventView view;
  view.position = stored.position;
  view.revision = stored.revision;
  view.stream = stored.stream;
  view.type = stored.event.type;
  view.source = stored.event.source;
  view.content_type = stored.event.content_type;
  view.payload = stored.event.payload;
  view.id = *stored.event.id;
  view.tags = TagList(stored.encoded_tags.data(), stored.event.tags.size());
  view.schema = stored.event.schema;
  view.recorded_at = stored.append->result.recorded_at;
  view.occurred_at = stored.event.occurred_at;
  view.append = {stored.append->result.first_position, stored.append->count,
                 stored.append->key};
  view.encoded_metadata = stored.encoded_metadata;
  if (stored.event.signature.has_value()) {
    view.signature = stored.event.signature->bytes;
  }
  return view;
}

MemoryEngine::Events Select(const MemoryEngine::Events& events, uint64_t first,
                            uint64_t last, Direction direction, uint64_t limit,
                            absl::FunctionRef<bool(const EventView&)> wanted) {
  const uint64_t end = last < events.size() ? last + 1 : events.size();
  MemoryEngine::Events selected;
  for (uint64_t i = first; i < end && selected.size() < limit; ++i) {
    const uint64_t number =
        direction == Direction::kForward ? i : end - 1 - (i - first);
    if (wanted(ToView(*events[number]))) selected.push_back(events[number]);
  }
  return selected;
}

}  // namespace daybook
