#include "server/wire_kept_event.h"

#include "server/wire_events.h"
#include "store/coding.h"
#include "store/metadata_codec.h"

namespace daybook::wire {

void AppendEvent(const Event& event, std::string* list) {
  // As TagList reads them.
  std::string tags;
  for (const std::string& tag : event.tags) PutString(&tags, tag);
  const std::string metadata = EncodeMetadata(event.metadata);
  EventView view;
  view.position = event.position;
  view.revision = event.revision;
  view.stream = event.stream;
  view.type = event.type;
  view.source = event.source;
  view.content_type = event.content_type;
  view.payload = event.payload;
  view.id = event.id;
  view.tags = TagList(tags.data(), event.tags.size());
  view.schema = event.schema;
  view.recorded_at = event.recorded_at;
  view.occurred_at = event.occurred_at;
  view.append = {.first_position = event.append_first_position,
                 .count = event.append_count};
  view.encoded_metadata = metadata;
  view.signature = event.signature;
  AppendEvent(view, list);
}

}  // namespace daybook::wire
