// JsonObject takes the fields of one JSON object, with reasons a person can
// act on: `no field "type"`, `"tags" is no list of strings`, `unknown field
// "tyep"`.

#ifndef DAYBOOK_TOOLS_JSON_OBJECT_H_
#define DAYBOOK_TOOLS_JSON_OBJECT_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace daybook::tools {

// Parses a text that must be one JSON object in UTF-8.
// Errors: kInvalidArgument with the reason.
absl::StatusOr<nlohmann::json> ParseJsonObject(std::string_view text);

// Each Take...() removes the field, so that Finish() can say what is left. A
// null counts as absent. Errors: kInvalidArgument.
class JsonObject {
 public:
  explicit JsonObject(nlohmann::json object) : object_(std::move(object)) {}

  bool Has(const std::string& name) const;
  absl::StatusOr<std::string> TakeString(const std::string& name);
  absl::StatusOr<std::optional<std::string>> TakeOptionalString(
      const std::string& name);
  absl::StatusOr<std::vector<std::string>> TakeStrings(const std::string& name);
  absl::StatusOr<std::optional<absl::Time>> TakeTime(const std::string& name);
  absl::StatusOr<std::optional<uint64_t>> TakeNumber(const std::string& name);
  // Bytes in base64.
  absl::StatusOr<std::optional<std::string>> TakeBase64(
      const std::string& name);
  absl::StatusOr<std::optional<nlohmann::json>> TakeObject(
      const std::string& name);
  // Forgets a field that says nothing here.
  void Ignore(const std::string& name) { object_.erase(name); }

  // Errors: a field is left that nobody took.
  absl::Status Finish() const;

 private:
  // The field, removed; null if it is not there.
  nlohmann::json Take(const std::string& name);

  nlohmann::json object_;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_JSON_OBJECT_H_
