#include "tools/event_json.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tools/json_text.h"
#include "tools/payload_json.h"
#include "tools/producer_arguments.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

// Appends members of an object, with the commas between them.
class Members {
 public:
  explicit Members(std::string* out) : out_(out) { *out_ += '{'; }
  void Close() { *out_ += '}'; }

  std::string* Name(std::string_view name) {
    if (!first_) *out_ += ',';
    first_ = false;
    AppendJsonString(name, out_);
    *out_ += ':';
    return out_;
  }
  void String(std::string_view name, std::string_view value) {
    AppendJsonString(value, Name(name));
  }
  void OptionalString(std::string_view name, std::string_view value) {
    if (!value.empty()) String(name, value);
  }
  void Number(std::string_view name, uint64_t value) {
    absl::StrAppend(Name(name), value);
  }

 private:
  std::string* const out_;
  bool first_ = true;
};

}  // namespace

void AppendTagsJson(const TagList& tags, std::string* out) {
  *out += '[';
  bool first = true;
  for (const std::string_view tag : tags) {
    if (!first) *out += ',';
    first = false;
    AppendJsonString(tag, out);
  }
  *out += ']';
}

void AppendMetadataJson(const Metadata& metadata, std::string* out) {
  Members members(out);
  members.OptionalString("correlation_id", metadata.correlation_id);
  members.OptionalString("causation_id", metadata.causation_id);
  members.OptionalString("traceparent", metadata.traceparent);
  members.OptionalString("tracestate", metadata.tracestate);
  members.OptionalString("actor", metadata.actor);
  if (!metadata.fields.empty()) {
    Members fields(members.Name("fields"));
    for (const auto& [name, value] : metadata.fields) {
      fields.String(name, value);
    }
    fields.Close();
  }
  members.Close();
}

void AppendEventJson(const EventView& event, StoredTypes& types,
                     std::string* out) {
  Members members(out);
  members.Number("position", event.position.value());
  members.String("stream", event.stream);
  members.Number("revision", event.revision.value());
  members.String("id", event.id.ToString());
  members.String("type", event.type);
  members.String("source", event.source);
  members.String("content_type", event.content_type);
  AppendTagsJson(event.tags, members.Name("tags"));
  if (event.occurred_at.has_value()) {
    members.String("time", TimeText(*event.occurred_at));
  } else {
    *members.Name("time") += "null";
  }
  members.String("recorded_at", TimeText(event.recorded_at));
  if (event.encoded_metadata.empty()) {
    *members.Name("metadata") += "{}";
  } else {
    AppendMetadataJson(event.metadata(), members.Name("metadata"));
  }
  std::string data;
  if (AppendPayloadJson(event, types, &data)) {
    *members.Name("data") += data;
  } else {
    members.String("data_base64", absl::Base64Escape(ToAbsl(event.payload)));
  }
  members.OptionalString("signed_by", SignedBy(event.signature));
  members.Close();
}

}  // namespace daybook::tools
