#include "replay/row_json.h"

#include <memory>

#include "daybook/projections/row_key.h"
#include "google/protobuf/util/json_util.h"

namespace daybook {

namespace pb = google::protobuf;

std::string ToJson(const pb::Message& message) {
  pb::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string json;
  if (!pb::util::MessageToJsonString(message, &json, options).ok()) {
    json.clear();
  }
  return json;
}

std::string KeyToJson(const AnyProjection& projection, std::string_view key) {
  const std::unique_ptr<pb::Message> decoded(projection.key_prototype().New());
  return DecodeRowKey(&key, decoded.get()) ? ToJson(*decoded) : std::string();
}

}  // namespace daybook
