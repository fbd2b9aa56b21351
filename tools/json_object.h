// JsonObject takes the fields of one JSON object, with reasons a person can
// act on: `no field "type"`, `"tags" is no list of strings`, `unknown field
// "tyep"`.

#ifndef DAYBOOK_TOOLS_JSON_OBJECT_H_
#define DAYBOOK_TOOLS_JSON_OBJECT_H_

#include <cstddef>
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

// As many values an object of ours has at most, all that is in it counted.
inline constexpr size_t kJsonValuesMax = 1 << 18;

// Parses a text that must be one JSON object in UTF-8, at most kJsonDepthMax
// deep, in which no object has a member twice: one of both would be lost. The
// member `passed_on` is checked but for that, and becomes null: it is somebody
// else's, perhaps large, and read where it stands (RawMember()).
// Errors: kInvalidArgument with the reason, of a few hundred bytes at most.
absl::StatusOr<nlohmann::json> ParseJsonObject(std::string_view text,
                                               std::string_view passed_on = {});

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
  // Bytes in base64 (base64.h).
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
