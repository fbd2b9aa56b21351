#include "tools/evidence_line.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "daybook/audit/leaf.h"
#include "store/status_macros.h"
#include "tools/bounded_json.h"
#include "tools/full_export.h"
#include "tools/json_object.h"
#include "tools/json_text.h"
#include "tools/salt_json.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

// A line, its event, that one's metadata, their free map.
constexpr size_t kDepthMax = 6;
// What parses into a value of its own; an event has less.
constexpr size_t kMarksMax = 1 << 18;

void AppendBase64Member(std::string_view name, std::string_view bytes,
                        std::string* out) {
  absl::StrAppend(out, ",\"", ToAbsl(name), "\":\"",
                  absl::Base64Escape(ToAbsl(bytes)), "\"");
}

// Parsing takes many times the memory of what is not one long string.
absl::Status CheckShape(std::string_view line) {
  const auto marks = std::ranges::count_if(line, [](char c) {
    return c == ',' || c == ':' || c == '[' || c == '{';
  });
  if (static_cast<size_t>(marks) > kMarksMax) {
    return absl::InvalidArgumentError("more values than an event has");
  }
  return CheckBoundedJson(line, kDepthMax);
}

absl::StatusOr<uint64_t> TakeNumber(JsonObject& fields,
                                    const std::string& name) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<uint64_t> number,
                           fields.TakeNumber(name));
  if (number.has_value()) return *number;
  return absl::InvalidArgumentError(Concat("no field ", Quoted(name)));
}

absl::StatusOr<std::string> TakeBytes(JsonObject& fields,
                                      const std::string& name, size_t size) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                           fields.TakeBase64(name));
  if (bytes.has_value() && bytes->size() == size) return *bytes;
  return absl::InvalidArgumentError(
      Concat(Quoted(name), " is not ", size, " bytes in base64"));
}

}  // namespace

void AppendEvidenceLine(const EventView& event, const WitnessedLeaf& leaf,
                        const audit::Hash& previous_in_stream,
                        std::string* out) {
  absl::StrAppend(out, "{\"position\":", event.position.value(),
                  ",\"revision\":", event.revision.value(),
                  ",\"append_first\":", event.append.first_position.value(),
                  ",\"append_count\":", event.append.count);
  if (!event.append.key.empty()) {
    AppendBase64Member("append_key", event.append.key, out);
  }
  AppendBase64Member("payload_salt", BytesOf(leaf.payload_salt), out);
  AppendBase64Member("metadata_salt", BytesOf(leaf.metadata_salt), out);
  AppendBase64Member("previous_in_stream", previous_in_stream.view(), out);
  AppendBase64Member("metadata", leaf.metadata, out);
  *out += ",\"event\":";
  // The salts stand above, but in a signature.
  std::optional<EventSalts> salts;
  if (!event.signature.empty()) salts = {leaf.payload_salt, leaf.metadata_salt};
  AppendFullExportLine(event,
                       leaf.exported.key.empty() ? nullptr : &leaf.exported,
                       salts, std::nullopt, out);
  // Its newline.
  out->pop_back();
  *out += "}\n";
}

absl::StatusOr<EvidenceLine> EvidenceLine::Parse(std::string_view line) {
  DAYBOOK_RETURN_IF_ERROR(CheckShape(line));
  DAYBOOK_ASSIGN_OR_RETURN(nlohmann::json object, ParseJsonObject(line));
  JsonObject fields(std::move(object));
  EvidenceLine read;
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t position,
                           TakeNumber(fields, "position"));
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t revision,
                           TakeNumber(fields, "revision"));
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t first,
                           TakeNumber(fields, "append_first"));
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t count,
                           TakeNumber(fields, "append_count"));
  if (count > std::numeric_limits<uint32_t>::max()) {
    return absl::InvalidArgumentError("\"append_count\" is too large");
  }
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<std::string> key,
                           fields.TakeBase64("append_key"));
  read.append_key_ = std::move(key).value_or("");
  DAYBOOK_ASSIGN_OR_RETURN(read.leaf_.payload_salt,
                           TakeSalt(fields, "payload_salt"));
  DAYBOOK_ASSIGN_OR_RETURN(read.leaf_.metadata_salt,
                           TakeSalt(fields, "metadata_salt"));
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::string previous,
      TakeBytes(fields, "previous_in_stream", audit::Hash::kSize));
  read.previous_ = *audit::Hash::FromBytes(previous);
  // Made again below.
  fields.Ignore("metadata");
  fields.Ignore("event");
  DAYBOOK_RETURN_IF_ERROR(fields.Finish());

  const std::optional<std::string_view> text = RawMember(line, "event");
  if (!text.has_value()) {
    return absl::InvalidArgumentError("no field \"event\"");
  }
  DAYBOOK_ASSIGN_OR_RETURN(FullExportLine exported, ParseFullExportLine(*text));
  NewEvent& event = exported.event.event;
  read.leaf_.exported = std::move(exported.exported);
  read.event_ = {.position = Position(position),
                 .revision = Revision(revision),
                 .stream = std::move(exported.event.stream),
                 .type = std::move(event.type),
                 .source = std::move(event.source),
                 .content_type = std::move(event.content_type),
                 .payload = std::move(event.payload),
                 .id = event.id.value_or(EventId()),
                 .tags = std::move(event.tags),
                 .schema = event.schema,
                 .recorded_at = exported.recorded_at,
                 .occurred_at = event.occurred_at,
                 .append_first_position = Position(first),
                 .append_count = static_cast<uint32_t>(count),
                 .metadata = std::move(event.metadata)};
  read.encoded_ = EncodedParts::Of(read.event_);
  if (event.signature.has_value()) {
    read.event_.signature = std::move(event.signature->bytes);
  }

  const EventView view = read.event();
  const bool has_key = !read.leaf_.exported.key.empty();
  if (has_key && read.leaf_.exported.key != read.append_key_) {
    return absl::InvalidArgumentError("it has two append keys");
  }
  read.leaf_.metadata =
      LeafMetadataOf(view, has_key ? &read.leaf_.exported : nullptr);
  DAYBOOK_ASSIGN_OR_RETURN(
      read.leaf_.bytes,
      MakeLeaf(view, read.leaf_.metadata, read.leaf_.payload_salt,
               read.leaf_.metadata_salt, read.previous_));
  std::string again;
  AppendEvidenceLine(view, read.leaf_, read.previous_, &again);
  again.pop_back();
  if (again != line) {
    return absl::InvalidArgumentError(
        "it is not the line that its event has: changed, or written by "
        "something else");
  }
  return read;
}

EventView EvidenceLine::event() const {
  EventView view = ViewOf(event_, encoded_);
  view.append.key = append_key_;
  return view;
}

}  // namespace daybook::tools
