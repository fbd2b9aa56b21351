#include "tools/json_object.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

using nlohmann::json;

absl::Status Wrong(std::string_view what) {
  return absl::InvalidArgumentError(ToAbsl(what));
}

// The parser's message without its number: "parse error at line 1, column 7:
// syntax error while parsing value - ...".
std::string Reason(const json::exception& error) {
  const std::string_view what = error.what();
  const size_t bracket = what.find("] ");
  return std::string(
      bracket == std::string_view::npos ? what : what.substr(bracket + 2));
}

}  // namespace

absl::StatusOr<json> ParseJsonObject(std::string_view text) {
  if (!IsUtf8(text)) return Wrong("not UTF-8");
  try {
    json value = json::parse(text.begin(), text.end());
    if (!value.is_object()) return Wrong("no JSON object");
    return value;
  } catch (const json::exception& error) {
    return Wrong(Concat("no JSON: ", Escaped(Reason(error))));
  }
}

json JsonObject::Take(const std::string& name) {
  const auto found = object_.find(name);
  if (found == object_.end()) return json();
  json value = std::move(*found);
  object_.erase(found);
  return value;
}

bool JsonObject::Has(const std::string& name) const {
  const auto found = object_.find(name);
  return found != object_.end() && !found->is_null();
}

absl::StatusOr<std::string> JsonObject::TakeString(const std::string& name) {
  absl::StatusOr<std::optional<std::string>> text = TakeOptionalString(name);
  if (!text.ok()) return text.status();
  if (!text->has_value()) return Wrong(Concat("no field ", Quoted(name)));
  return **std::move(text);
}

absl::StatusOr<std::optional<std::string>> JsonObject::TakeOptionalString(
    const std::string& name) {
  json value = Take(name);
  if (value.is_null()) return std::nullopt;
  if (!value.is_string()) return Wrong(Concat(Quoted(name), " is no string"));
  return std::move(value.get_ref<std::string&>());
}

absl::StatusOr<std::vector<std::string>> JsonObject::TakeStrings(
    const std::string& name) {
  json value = Take(name);
  std::vector<std::string> strings;
  if (value.is_null()) return strings;
  const std::string reason = Concat(Quoted(name), " is no list of strings");
  if (!value.is_array()) return Wrong(reason);
  for (json& element : value) {
    if (!element.is_string()) return Wrong(reason);
    strings.push_back(std::move(element.get_ref<std::string&>()));
  }
  return strings;
}

absl::StatusOr<std::optional<absl::Time>> JsonObject::TakeTime(
    const std::string& name) {
  absl::StatusOr<std::optional<std::string>> text = TakeOptionalString(name);
  if (!text.ok()) return text.status();
  if (!text->has_value()) return std::nullopt;
  absl::StatusOr<absl::Time> time = ParseTimeText(**text);
  if (!time.ok()) {
    return Wrong(
        Concat(Quoted(name), ": ", std::string(time.status().message())));
  }
  return *time;
}

absl::StatusOr<std::optional<uint64_t>> JsonObject::TakeNumber(
    const std::string& name) {
  const json value = Take(name);
  if (value.is_null()) return std::nullopt;
  if (!value.is_number_unsigned()) {
    return Wrong(Concat(Quoted(name), " is no number from 0 on"));
  }
  return value.get<uint64_t>();
}

absl::StatusOr<std::optional<std::string>> JsonObject::TakeBase64(
    const std::string& name) {
  absl::StatusOr<std::optional<std::string>> text = TakeOptionalString(name);
  if (!text.ok()) return text.status();
  if (!text->has_value()) return std::nullopt;
  std::string bytes;
  if (!absl::Base64Unescape(**text, &bytes)) {
    return Wrong(Concat(Quoted(name), " is no base64"));
  }
  return bytes;
}

absl::StatusOr<std::optional<json>> JsonObject::TakeObject(
    const std::string& name) {
  json value = Take(name);
  if (value.is_null()) return std::nullopt;
  if (!value.is_object()) return Wrong(Concat(Quoted(name), " is no object"));
  return value;
}

absl::Status JsonObject::Finish() const {
  if (object_.empty()) return absl::OkStatus();
  return Wrong(Concat("unknown field ", Quoted(object_.begin().key())));
}

}  // namespace daybook::tools
