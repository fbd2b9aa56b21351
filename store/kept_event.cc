#include "store/kept_event.h"

#include "store/coding.h"
#include "store/metadata_codec.h"

namespace daybook {

EncodedParts EncodedParts::Of(const Event& event) {
  EncodedParts encoded;
  for (const std::string& tag : event.tags) PutString(&encoded.tags, tag);
  encoded.metadata = EncodeMetadata(event.metadata);
  return encoded;
}

EventView ViewOf(const Event& event, const EncodedParts& encoded) {
  EventView view;
  view.position = event.position;
  view.revision = event.revision;
  view.stream = event.stream;
  view.type = event.type;
  view.source = event.source;
  view.content_type = event.content_type;
  view.payload = event.payload;
  view.id = event.id;
  view.tags = TagList(encoded.tags.data(), event.tags.size());
  view.schema = event.schema;
  view.recorded_at = event.recorded_at;
  view.occurred_at = event.occurred_at;
  view.append.first_position = event.append_first_position;
  view.append.count = event.append_count;
  view.encoded_metadata = encoded.metadata;
  view.signature = event.signature;
  return view;
}

}  // namespace daybook
