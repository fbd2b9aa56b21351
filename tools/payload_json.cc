#include "tools/payload_json.h"

#include <memory>

#include "daybook/store/schema.h"
#include "tools/json_text.h"
#include "tools/message_json.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

// What a preview shows at most.
constexpr size_t kPreviewBytesMax = 1024;

}  // namespace

bool AppendPayloadJson(const EventView& event, StoredTypes& types,
                       std::string* out) {
  if (IsJsonContentType(event.content_type) && IsJson(event.payload)) {
    AppendCompactJson(event.payload, out);
    return true;
  }
  if (event.content_type != kProtobufContentType) return false;
  const absl::StatusOr<std::string> json = types.ToJson(event);
  if (!json.ok() || !IsJson(*json)) return false;
  AppendCompactJson(*json, out);
  return true;
}

bool AppendPayloadNumbers(const EventView& event, StoredTypes& types,
                          std::string* out) {
  if (event.content_type != kProtobufContentType) {
    if (!IsJsonContentType(event.content_type) || !IsJson(event.payload)) {
      return false;
    }
    out->append(event.payload);
    return true;
  }
  const absl::StatusOr<const StoredType*> type = types.Find(event);
  if (!type.ok()) return false;
  const absl::StatusOr<std::unique_ptr<google::protobuf::Message>> message =
      (*type)->Parse(event.payload);
  if (!message.ok()) return false;
  AppendMessageJson(**message, out);
  return true;
}

std::string PayloadPreview(const EventView& event, StoredTypes& types) {
  std::string json;
  std::string_view text = event.payload;
  if (event.content_type == kProtobufContentType &&
      AppendPayloadJson(event, types, &json)) {
    text = json;
  }
  if (!IsUtf8(text)) return Concat("(", Bytes(text.size()), ")");
  text = text.substr(0, kPreviewBytesMax);
  // Not within a character.
  while (!IsUtf8(text)) text.remove_suffix(1);
  return std::string(text);
}

}  // namespace daybook::tools
