#include "store/event_leaf.h"

#include "store/metadata_codec.h"

namespace daybook {

void LeafMaker::EncodeMetadata(const Metadata& metadata,
                               std::string_view source,
                               std::optional<absl::Time> occurred_at,
                               const AppendHeader& append,
                               bool first_of_append) {
  audit::LeafMetadata leaf;
  leaf.source = source;
  leaf.actor = metadata.actor;
  leaf.correlation_id = metadata.correlation_id;
  leaf.causation_id = metadata.causation_id;
  leaf.traceparent = metadata.traceparent;
  leaf.tracestate = metadata.tracestate;
  leaf.tags = tags_;
  if (occurred_at.has_value()) {
    leaf.occurred_at_micros = absl::ToUnixMicros(*occurred_at);
  }
  leaf.append_key = append.key;
  // Neither is stored without a key.
  if (first_of_append && !append.key.empty()) {
    leaf.append_fingerprint = {
        reinterpret_cast<const char*>(append.fingerprint.data()),
        append.fingerprint.size()};
    leaf.append_result = append.result;
  }
  fields_.assign(metadata.fields.begin(), metadata.fields.end());
  leaf.fields = fields_;
  encoded_.clear();
  audit::EncodeLeafMetadata(leaf, &encoded_);
}

EventCommitments LeafMaker::Commit(const NewEvent& event,
                                   std::string_view source,
                                   const AppendHeader& append,
                                   bool first_of_append) {
  tags_.assign(event.tags.begin(), event.tags.end());
  EncodeMetadata(event.metadata, source, event.occurred_at, append,
                 first_of_append);
  EventCommitments made;
  if (event.signature.has_value()) {
    made.payload_salt = event.signature->payload_salt;
    made.metadata_salt = event.signature->metadata_salt;
  } else {
    made.payload_salt = audit::RandomSalt();
    made.metadata_salt = audit::RandomSalt();
  }
  made.payload = audit::CommitPayload(made.payload_salt, event.payload);
  made.metadata = audit::CommitMetadata(made.metadata_salt, encoded_);
  return made;
}

audit::Hash LeafMaker::HashOf(const audit::Leaf& leaf) {
  encoded_.clear();
  audit::EncodeLeaf(leaf, &encoded_);
  return audit::LeafHash(encoded_);
}

std::optional<audit::Hash> LeafMaker::HashOf(const EventView& event,
                                             const AppendHeader& append,
                                             const EventAudit& salts,
                                             const audit::Hash& previous) {
  const std::optional<Metadata> metadata =
      DecodeMetadata(event.encoded_metadata);
  // What is stored beside the fields is in no leaf, so nothing may be.
  if (!metadata.has_value() ||
      daybook::EncodeMetadata(*metadata) != event.encoded_metadata) {
    return std::nullopt;
  }
  tags_.assign(event.tags.begin(), event.tags.end());
  EncodeMetadata(*metadata, event.source, event.occurred_at, append,
                 event.position == append.first_position);
  audit::Leaf leaf;
  leaf.position = event.position.value();
  leaf.revision = event.revision.value();
  leaf.recorded_at_micros = absl::ToUnixMicros(event.recorded_at);
  leaf.append_first_position = append.first_position.value();
  leaf.append_count = append.count;
  leaf.stream = event.stream;
  leaf.type = event.type;
  leaf.event_id = event.id.bytes();
  leaf.content_type = event.content_type;
  leaf.schema_hash = event.schema.value();
  leaf.previous_in_stream = previous;
  leaf.payload_commitment =
      audit::CommitPayload(salts.payload_salt, event.payload);
  leaf.metadata_commitment =
      audit::CommitMetadata(salts.metadata_salt, encoded_);
  leaf.producer_signature = event.signature;
  if (!audit::CheckLeaf(leaf).ok()) return std::nullopt;
  return HashOf(leaf);
}

}  // namespace daybook
