// Lines of events: what comes in goes out again as the same event.

#include <string>
#include <string_view>
#include <utility>

#include "store/validate.h"
#include "tests/fuzz/event_view_of.h"
#include "tests/fuzz/fuzz_target.h"
#include "tools/cloud_event.h"
#include "tools/cloud_event_mapping.h"
#include "tools/cloud_event_writer.h"
#include "tools/evidence_line.h"
#include "tools/evidence_manifest.h"
#include "tools/full_export.h"
#include "tools/import_format.h"
#include "tools/json_text.h"
#include "tools/media_type.h"
#include "tools/uri.h"

namespace daybook::tools {
namespace {

using ::daybook::fuzz::StoredEvent;

constexpr size_t kReasonBytesMax = 4096;

// Whether a store would take it: only such events go out.
bool CanBeStored(const StreamEvent& event) {
  AppendRequest request;
  request.events.push_back(event);
  return ValidateSystemAppend(request).ok();
}

bool SamePayload(const StreamEvent& a, const StreamEvent& b) {
  return a.stream == b.stream && a.event.type == b.event.type &&
         a.event.payload == b.event.payload &&
         a.event.content_type == b.event.content_type &&
         a.event.tags == b.event.tags && a.event.schema == b.event.schema &&
         a.event.occurred_at == b.event.occurred_at;
}

bool SameEvent(const StreamEvent& a, const StreamEvent& b) {
  return SamePayload(a, b) && a.event.source == b.event.source &&
         a.event.metadata == b.event.metadata;
}

}  // namespace

FUZZ_TARGET(tools_import_line) {
  ImportLine line;
  const absl::Status status = ParseImportLine(input, &line);
  if (!status.ok()) {
    FUZZ_REQUIRE(status.message().size() <= kReasonBytesMax);
    return;
  }
  FUZZ_REQUIRE(line.readable);
  if (!CanBeStored(line.event)) return;
  const StoredEvent stored(line.event);
  std::string out;
  AppendImportLine(stored.view(), &out);
  out.pop_back();
  ImportLine again;
  FUZZ_REQUIRE(ParseImportLine(out, &again).ok());
  FUZZ_REQUIRE(SamePayload(again.event, line.event));
}

FUZZ_TARGET(tools_full_export_line) {
  const absl::StatusOr<FullExportLine> line = ParseFullExportLine(input);
  if (!line.ok()) return;
  if (!CanBeStored(line->event)) return;
  StoredEvent stored(line->event);
  stored.view().recorded_at = line->recorded_at;
  std::string out;
  std::optional<Position> head;
  if (line->head.has_value()) head = Position(*line->head);
  std::optional<EventSalts> salts;
  const std::optional<NewSignature>& signature = line->event.event.signature;
  if (signature.has_value()) {
    salts = EventSalts{signature->payload_salt, signature->metadata_salt};
  }
  AppendFullExportLine(stored.view(),
                       line->exported.key.empty() ? nullptr : &line->exported,
                       salts, head, &out);
  out.pop_back();
  const FullExportLine again = ParseFullExportLine(out).value();
  FUZZ_REQUIRE(SameEvent(again.event, line->event));
  FUZZ_REQUIRE(again.event.event.id == line->event.event.id);
  FUZZ_REQUIRE(again.event.event.signature == line->event.event.signature);
  FUZZ_REQUIRE(again.recorded_at == line->recorded_at);
  FUZZ_REQUIRE(again.exported.key == line->exported.key);
  FUZZ_REQUIRE(again.head == line->head);
  FUZZ_REQUIRE(again.event.event.signature == signature);
}

FUZZ_TARGET(tools_cloud_event) {
  const absl::StatusOr<CloudEvent> event = ParseCloudEvent(input);
  if (!event.ok()) {
    FUZZ_REQUIRE(event.status().message().size() <= kReasonBytesMax);
    return;
  }
  FUZZ_REQUIRE(!event->id.empty() && !event->type.empty());
  FUZZ_REQUIRE(!event->source.empty() && IsUriReference(event->source));
  FUZZ_REQUIRE(IsCloudEventText(event->id));
  for (const auto& [name, value] : event->extensions) {
    FUZZ_REQUIRE(IsCloudEventName(name) && !IsCoreCloudEventName(name));
    FUZZ_REQUIRE(IsCloudEventText(value.text));
  }
  const absl::StatusOr<StreamEvent> mapped = FromCloudEvent(*event);
  if (!mapped.ok() || !CanBeStored(*mapped)) return;
  StreamEvent kept = *mapped;
  // A UUID stays; others are kept beside the one that a store makes.
  if (!kept.event.id.has_value()) kept.event.id = EventId();
  const StoredEvent stored(kept);
  std::string out;
  AppendCloudEvent(stored.view(), "/default", &out);
  const absl::StatusOr<CloudEvent> again = ParseCloudEvent(out);
  FUZZ_REQUIRE(again.ok());
  FUZZ_REQUIRE(again->id == event->id || mapped->event.id.has_value());
  FUZZ_REQUIRE(again->source == event->source);
  FUZZ_REQUIRE(again->type == event->type);
  FUZZ_REQUIRE(again->data == event->data);
  const absl::StatusOr<StreamEvent> back = FromCloudEvent(*again);
  FUZZ_REQUIRE(back.ok());
  FUZZ_REQUIRE(back->stream == mapped->stream);
  FUZZ_REQUIRE(back->event.tags == mapped->event.tags);
}

FUZZ_TARGET(tools_evidence_manifest) {
  const absl::StatusOr<EvidenceManifest> manifest =
      ParseEvidenceManifest(input);
  if (!manifest.ok()) return;
  FUZZ_REQUIRE(FormatEvidenceManifest(*manifest) == input);
  manifest->Selection();
}

FUZZ_TARGET(tools_evidence_line) {
  const absl::StatusOr<EvidenceLine> line = EvidenceLine::Parse(input);
  if (!line.ok()) return;
  std::string again;
  AppendEvidenceLine(line->event(), line->leaf(), line->previous_in_stream(),
                     &again);
  FUZZ_REQUIRE(again == std::string(input) + "\n");
}

FUZZ_TARGET(tools_uri) {
  FUZZ_REQUIRE(!IsUri(input) || IsUriReference(input));
  FUZZ_REQUIRE(IsUriReference(UriPathOf(input)));
  const std::optional<MediaType> type = ParseMediaType(input);
  FUZZ_REQUIRE(!type.has_value() ||
               (!type->type.empty() && !type->subtype.empty()));
}

}  // namespace daybook::tools
