#include "tools/append_fields.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "daybook/audit/commitment.h"
#include "store/status_macros.h"
#include "tools/salt_json.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

using nlohmann::json;

absl::Status Wrong(std::string_view what) {
  return absl::InvalidArgumentError(ToAbsl(what));
}

absl::StatusOr<NewSignature> ParseSignature(json object) {
  JsonObject inside(std::move(object));
  NewSignature signature;
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<std::string> bytes,
                           inside.TakeBase64("bytes_base64"));
  signature.bytes = std::move(bytes).value_or("");
  if (signature.bytes.empty()) return Wrong("\"signature\" has no bytes");
  DAYBOOK_ASSIGN_OR_RETURN(signature.payload_salt,
                           TakeSalt(inside, "payload_salt_base64"));
  DAYBOOK_ASSIGN_OR_RETURN(signature.metadata_salt,
                           TakeSalt(inside, "metadata_salt_base64"));
  DAYBOOK_RETURN_IF_ERROR(inside.Finish());
  return signature;
}

}  // namespace

absl::StatusOr<KeyAndResult> TakeKeyAndResult(JsonObject& fields) {
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<std::string> key,
                           fields.TakeOptionalString("key"));
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<std::string> key_bytes,
                           fields.TakeBase64("key_base64"));
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<std::string> result,
                           fields.TakeBase64("result_base64"));
  KeyAndResult taken;
  taken.key = std::move(key).value_or(std::move(key_bytes).value_or(""));
  taken.result = std::move(result).value_or("");
  return taken;
}

absl::StatusOr<std::optional<NewSignature>> TakeSignature(JsonObject& fields) {
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<json> found,
                           fields.TakeObject("signature"));
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> salts,
                           fields.TakeBase64("salts_base64"));
  if (found.has_value() && salts.has_value()) {
    return Wrong("both \"signature\" and \"salts_base64\" are there");
  }
  if (found.has_value()) return ParseSignature(*std::move(found));
  if (!salts.has_value()) return std::nullopt;
  NewSignature signature;
  if (salts->size() != 2 * audit::kSaltSize) {
    return Wrong(Concat("\"salts_base64\" is not ", 2 * audit::kSaltSize,
                        " bytes in base64"));
  }
  const auto middle = salts->begin() + audit::kSaltSize;
  std::copy(salts->begin(), middle, signature.payload_salt.begin());
  std::copy(middle, salts->end(), signature.metadata_salt.begin());
  return signature;
}

}  // namespace daybook::tools
