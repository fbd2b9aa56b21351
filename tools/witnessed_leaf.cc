#include "tools/witnessed_leaf.h"

#include <utility>
#include <vector>

#include "daybook/audit/leaf.h"
#include "store/status_macros.h"
#include "tools/text.h"

namespace daybook::tools {

std::string LeafMetadataOf(const EventView& event,
                           const EventStore::ExportedAppend* exported) {
  const Metadata metadata = event.metadata();
  const std::vector<std::string_view> tags(event.tags.begin(),
                                           event.tags.end());
  const std::vector<std::pair<std::string_view, std::string_view>> fields(
      metadata.fields.begin(), metadata.fields.end());
  audit::LeafMetadata leaf;
  leaf.source = event.source;
  leaf.actor = metadata.actor;
  leaf.correlation_id = metadata.correlation_id;
  leaf.causation_id = metadata.causation_id;
  leaf.traceparent = metadata.traceparent;
  leaf.tracestate = metadata.tracestate;
  leaf.tags = tags;
  if (event.occurred_at.has_value()) {
    leaf.occurred_at_micros = absl::ToUnixMicros(*event.occurred_at);
  }
  leaf.append_key = event.append.key;
  if (exported != nullptr) {
    leaf.append_fingerprint = exported->fingerprint;
    leaf.append_result = exported->result;
  }
  leaf.fields = fields;
  std::string encoded;
  audit::EncodeLeafMetadata(leaf, &encoded);
  return encoded;
}

absl::StatusOr<std::string> MakeLeaf(const EventView& event,
                                     std::string_view metadata,
                                     const audit::Salt& payload_salt,
                                     const audit::Salt& metadata_salt,
                                     const audit::Hash& previous_in_stream) {
  audit::Leaf leaf;
  leaf.position = event.position.value();
  leaf.revision = event.revision.value();
  leaf.recorded_at_micros = absl::ToUnixMicros(event.recorded_at);
  leaf.append_first_position = event.append.first_position.value();
  leaf.append_count = event.append.count;
  leaf.stream = event.stream;
  leaf.type = event.type;
  leaf.event_id = event.id.bytes();
  leaf.content_type = event.content_type;
  leaf.schema_hash = event.schema.value();
  leaf.previous_in_stream = previous_in_stream;
  leaf.payload_commitment = audit::CommitPayload(payload_salt, event.payload);
  leaf.metadata_commitment = audit::CommitMetadata(metadata_salt, metadata);
  leaf.producer_signature = event.signature;
  DAYBOOK_RETURN_IF_ERROR(audit::CheckLeaf(leaf));
  std::string bytes;
  audit::EncodeLeaf(leaf, &bytes);
  return bytes;
}

absl::StatusOr<WitnessedLeaf> WitnessLeaf(const EventView& event,
                                          EventStore& store, TreeReader& tree) {
  WitnessedLeaf witnessed;
  DAYBOOK_RETURN_IF_ERROR(tree.VisitLeaves(
      event.position, event.position.Next(), [&](const StoredLeaf& stored) {
        witnessed.bytes = stored.bytes;
        witnessed.payload_salt = stored.payload_salt;
        witnessed.metadata_salt = stored.metadata_salt;
        return true;
      }));
  const auto damaged = [&] {
    return absl::DataLossError(Concat("the event at position ",
                                      event.position.value(),
                                      " is not that of its leaf in the tree"));
  };
  const bool has_key = event.position == event.append.first_position &&
                       !event.append.key.empty();
  if (has_key) {
    DAYBOOK_ASSIGN_OR_RETURN(witnessed.exported,
                             store.ExportAppend(event.position));
  }
  witnessed.metadata =
      LeafMetadataOf(event, has_key ? &witnessed.exported : nullptr);
  const absl::StatusOr<audit::Leaf> stored = audit::ParseLeaf(witnessed.bytes);
  if (!stored.ok()) return damaged();
  const absl::StatusOr<std::string> made =
      MakeLeaf(event, witnessed.metadata, witnessed.payload_salt,
               witnessed.metadata_salt, stored->previous_in_stream);
  if (!made.ok() || *made != witnessed.bytes) return damaged();
  return witnessed;
}

}  // namespace daybook::tools
