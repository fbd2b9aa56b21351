#include "store/memory_log.h"

#include <cassert>
#include <optional>

#include "store/system_events.h"

namespace daybook {
namespace {

AppendHeader HeaderOf(const MemoryAppend& append) {
  AppendHeader header;
  header.first_position = append.result.first_position;
  header.count = append.count;
  header.key = append.key;
  header.fingerprint = append.fingerprint;
  header.result = append.result.result;
  return header;
}

}  // namespace

EventView ToView(const MemoryEvent& stored) {
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

void MemoryLog::Store(const MemoryEvents& events) {
  const std::shared_ptr<const MemoryAppend>& append = events.front()->append;
  const AppendHeader header = HeaderOf(*append);
  for (const auto& stored : events) {
    Stream& stream = streams_[stored->stream];
    if (stored->revision == Revision(0)) {
      stream.state.first_position = stored->position;
    }
    stream.state.last_position = stored->position;
    ++stream.state.next_revision;
    stream.state.known = true;
    stream.events.push_back(stored);
    events_.push_back(stored);
    tree_.Append(ToView(*stored), header, stored->event.signature);
    if (stored->stream == kProducersStream) {
      // Made here, or validated by ValidateRestore().
      producers_.Apply(ToView(*stored)).IgnoreError();
    }
    if (const auto subject = SubjectOf(stored->stream)) {
      Stream& about = streams_[std::string(*subject)];
      about.state.known = true;
      const absl::Status applied = ApplySystemEvent(
          stored->event.type, stored->event.payload, &about.state.rules);
      // Made here, or validated by ValidateRestore().
      assert(applied.ok());
      applied.IgnoreError();
    }
  }
  last_recorded_at_ = append->result.recorded_at;
  appends_[append->result.first_position] = append;
  if (!append->key.empty()) keys_[append->key] = append;
}

StreamState MemoryLog::StateOf(std::string_view stream) const {
  const auto found = streams_.find(stream);
  return found == streams_.end() ? StreamState() : found->second.state;
}

const MemoryAppend* MemoryLog::AppendAt(Position first) const {
  const auto found = appends_.find(first);
  return found == appends_.end() ? nullptr : found->second.get();
}

const MemoryAppend* MemoryLog::AppendWith(std::string_view key) const {
  const auto found = keys_.find(key);
  return found == keys_.end() ? nullptr : found->second.get();
}

}  // namespace daybook
