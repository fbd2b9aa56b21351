#include "tools/stream_json.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "tools/json_text.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

template <typename Number>
std::string NumberOrNull(const std::optional<Number>& number) {
  return number.has_value() ? absl::StrCat(number->value()) : "null";
}

const char* Bool(bool value) { return value ? "true" : "false"; }

}  // namespace

void AppendStreamJson(const StreamInfo& stream, std::string* out) {
  const StreamMetadata& metadata = stream.metadata;
  *out += Concat(
      "{\"stream\":", JsonString(stream.name), ",\"count\":", stream.count,
      ",\"first_revision\":", stream.first_revision.value(),
      ",\"last_revision\":", NumberOrNull(stream.last_revision),
      ",\"last_position\":", NumberOrNull(stream.last_position),
      ",\"deleted\":", Bool(stream.deleted),
      ",\"tombstoned\":", Bool(stream.tombstoned), ",\"metadata\":{",
      "\"max_count\":",
      metadata.max_count.has_value() ? absl::StrCat(*metadata.max_count)
                                     : "null",
      ",\"truncate_before\":", NumberOrNull(metadata.truncate_before),
      ",\"json\":");
  if (metadata.json.empty()) {
    *out += "null";
  } else if (IsJson(metadata.json)) {
    AppendCompactJson(metadata.json, out);
  } else {
    // Set by a program that did not mind.
    AppendJsonString(metadata.json, out);
  }
  *out += "}}";
}

std::string StreamStateText(const StreamInfo& stream) {
  if (stream.tombstoned) return "tombstoned";
  if (stream.deleted) return "deleted";
  if (!stream.last_revision.has_value()) return "never written";
  return "";
}

}  // namespace daybook::tools
